import gzip
import re

import httpx
import pytest
from starlette.applications import Starlette

from gql_leads.web import graphiql
from gql_leads.web.public_address import PublicAddress


async def get(path: str, public_url: str = "http://leads.test", **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(Starlette(routes=[*graphiql.routes(PublicAddress(public_url)), *graphiql.favicon_routes()]))
    async with httpx.AsyncClient(transport=transport, base_url="http://leads.test") as client:
        return await client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


async def test_the_page_and_its_files_are_served() -> None:
    page = await get("/graphiql")
    assert "<title>GraphiQL · gql_leads</title>" in page.text
    files = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(files) == 8
    for file in files:
        answer = await get(file)
        assert answer.status_code == 200
        type_ = {"css": "text/css", "svg": "image/svg+xml"}.get(file.rpartition(".")[2], "text/javascript")
        assert answer.headers["content-type"].startswith(type_)


async def test_the_page_names_its_files_and_the_endpoint_below_the_public_path() -> None:
    page = await get("/graphiql", public_url="https://vendor.test/crm/leads")
    assert all(address.startswith("/crm/leads/graphiql/") for address in re.findall(r'(?:src|href)="([^"]+)"', page.text))
    assert 'data-endpoint="/crm/leads/graphql"' in page.text


async def test_the_favicon_is_an_icon() -> None:
    answer = await get("/favicon.ico")
    assert answer.headers["content-type"] == "image/x-icon"
    assert answer.content.startswith(b"\0\0\1\0\1\0")


async def test_the_policy_allows_only_this_server_and_no_frames() -> None:
    policy = (await get("/graphiql")).headers["content-security-policy"]
    assert "://" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"script-src [^;]*unsafe", policy)


async def test_libraries_are_cached_and_the_page_is_not() -> None:
    assert (await get("/graphiql")).headers["cache-control"] == "no-store"
    assert "immutable" in (await get("/graphiql/react-18.2.0.js")).headers["cache-control"]


async def test_a_library_is_sent_compressed_if_the_client_accepts_gzip() -> None:
    kept = gzip.decompress((graphiql.STATIC / "react-18.2.0.js.gz").read_bytes())
    packed = await get("/graphiql/react-18.2.0.js", accept_encoding="gzip, br")
    plain = await get("/graphiql/react-18.2.0.js", accept_encoding="identity")
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content == kept


@pytest.mark.parametrize("name", ["NOTICE.txt", "nothing.js", "..%2fgraphiql.py", "react-18.2.0.js.gz"])
async def test_other_files_are_not_served(name: str) -> None:
    assert (await get(f"/graphiql/{name}")).status_code == 404
