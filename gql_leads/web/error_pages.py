"""What is answered where nothing is: 404, and 405 for another method."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response


async def answer(_: Request, error: Exception) -> Response:
    """The status and its words."""
    assert isinstance(error, HTTPException), "no other is registered"
    headers = {**(error.headers or {}), "x-content-type-options": "nosniff", "cache-control": "no-store"}
    return PlainTextResponse(f"{error.detail}\n", error.status_code, headers=headers)
