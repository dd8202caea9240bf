"""An HTTP client for the shop schema in this process."""

from typing import Any

import httpx
from starlette.applications import Starlette

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
ANN = "customer-ann"


def client(app: Starlette, token: str | None = ANN) -> httpx.AsyncClient:
    """Return a client that accepts `application/graphql-response+json`, with the token if one is given."""
    headers = {"accept": GRAPHQL} | ({"authorization": f"Bearer {token}"} if token else {})
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop", headers=headers)


async def post(
    app: Starlette, query: str, /, headers: dict[str, str] | None = None, token: str | None = ANN, **rest: Any
) -> httpx.Response:
    """Post one document; other arguments become parameters of the request body."""
    async with client(app, token) as http:
        return await http.post("/graphql", json={"query": query, **rest}, headers=headers)


def first_error(response: httpx.Response) -> dict[str, Any]:
    """Return the first error of a response."""
    error: dict[str, Any] = response.json()["errors"][0]
    return error


def code_of(response: httpx.Response) -> str:
    """Return the code of the first error of a response."""
    return str(first_error(response)["extensions"]["code"])
