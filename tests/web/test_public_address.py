"""Redirects begin with the public address, and its path is accepted in requests."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from gql_leads.web.public_address import PathPrefix, PublicAddress, SlashRedirects

PUBLIC = "https://vendor.test/crm"
LOOPBACK = "http://127.0.0.1:8000/crm"


async def get(path: str, public_url: str = PUBLIC, host: str = "backend:8000") -> httpx.Response:
    async def page(request: Request) -> Response:
        return PlainTextResponse(request.url.path)

    address = PublicAddress(public_url)
    app = Starlette(routes=[Route("/page", page), Route("/files/{name}", page)], middleware=[Middleware(PathPrefix, prefix=address.prefix)])
    app.router.redirect_slashes = False
    app.router.default = SlashRedirects(app.router, address)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://leads.test") as client:
        return await client.get(path, headers={"host": host})


@pytest.mark.parametrize(("path", "target"), [("/page/", "/page"), ("/page//?a=1&b=%20", "/page?a=1&b=%20"), ("/files/x/", "/files/x")])
@pytest.mark.parametrize("prefix", ["", "/crm"])
async def test_trailing_slash_redirects_to_the_public_address(path: str, target: str, prefix: str) -> None:
    answer = await get(prefix + path)
    assert (answer.status_code, answer.headers["location"]) == (307, PUBLIC + target)


@pytest.mark.parametrize("path", ["/", "/nothing/", "//", "/crm", "/crm/", "/crmx/page", "/crm/crm/page", "//evil.test/"])
async def test_other_paths_are_not_found(path: str) -> None:
    assert (await get(path)).status_code == 404


@pytest.mark.parametrize("path", ["/page", "/crm/page"])
async def test_path_of_the_public_address_is_removed(path: str) -> None:
    assert (await get(path)).text == "/page"


@pytest.mark.parametrize(
    ("host", "location"),
    [("127.0.0.1:9000", f"{LOOPBACK}/page"), ("localhost", f"{LOOPBACK}/page"), ("devbox:8000", "/crm/page"), ("[::1", "/crm/page")],
)
async def test_client_on_another_machine_is_not_sent_to_a_loopback_address(host: str, location: str) -> None:
    assert (await get("/page/", LOOPBACK, host)).headers["location"] == location
