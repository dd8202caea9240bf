import httpx
import pytest
from starlette.applications import Starlette

from gql_leads.web import health


async def status_of(path: str, ready: bool) -> int:
    async def find_trouble() -> str | None:
        return None if ready else "the database is away"

    transport = httpx.ASGITransport(Starlette(routes=health.routes(find_trouble)))
    async with httpx.AsyncClient(transport=transport, base_url="http://leads.test") as client:
        answer = await client.get(path)
    assert answer.headers["x-content-type-options"] == "nosniff"
    return answer.status_code


@pytest.mark.parametrize("ready", [True, False])
async def test_healthz_does_not_depend_on_the_database(ready: bool) -> None:
    assert await status_of("/healthz", ready) == 200


@pytest.mark.parametrize(("ready", "status"), [(True, 200), (False, 503)])
async def test_readyz_depends_on_the_database(ready: bool, status: int) -> None:
    assert await status_of("/readyz", ready) == status
