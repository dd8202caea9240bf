import httpx
import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from gql_leads.web import error_pages, health


async def find_trouble() -> str | None:
    return None


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nowhere", 404), ("POST", "/healthz", 405)])
async def test_errors_are_plain_text_that_browsers_neither_sniff_nor_cache(method: str, path: str, status: int) -> None:
    app = Starlette(routes=health.routes(find_trouble), exception_handlers={HTTPException: error_pages.answer})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://leads.test") as client:
        answer = await client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert ("allow" in answer.headers) == (status == 405)
