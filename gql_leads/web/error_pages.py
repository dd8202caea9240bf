"""Plain-text responses for unknown paths (404) and methods (405)."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response


async def answer(_: Request, error: Exception) -> Response:
    """Return the status and its reason phrase; `no-store` prevents caching of missing pages."""
    assert isinstance(error, HTTPException), "only HTTPException is registered"
    headers = {**(error.headers or {}), "x-content-type-options": "nosniff", "cache-control": "no-store"}
    return PlainTextResponse(f"{error.detail}\n", error.status_code, headers=headers)
