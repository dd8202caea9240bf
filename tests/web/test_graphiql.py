import gzip
import re

import httpx
import pytest
from starlette.applications import Starlette

from gql_leads.web import graphiql


async def get(path: str, **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(Starlette(routes=graphiql.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://leads.test") as client:
        return await client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


async def test_the_page_and_its_files_are_served() -> None:
    page = await get("/graphiql")
    named = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    files = [address for address in named if address != "data:,"]
    assert len(files) == 7
    for file in files:
        answer = await get(file)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/css" if file.endswith("css") else "text/javascript")


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
