"""Files of leads, behind links that `services.exports` makes."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Send

from gql_leads.domain.errors import Forbidden, Unavailable
from gql_leads.exports import csv_of
from gql_leads.services.app_context import AppContext
from gql_leads.services.exports import open_export_link

SAFE: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}
CSV: Final = "text/csv; charset=utf-8"


def routes(desk_of: Callable[[], AppContext]) -> list[Route]:
    """`/exports/{filename}?token=…`: the file, 403 where the link is not good, 503 while the database is away."""

    async def fetch(request: Request) -> Response:
        app, filename = desk_of(), request.path_params["filename"]
        try:
            viewer, query = await open_export_link(app, filename, request.query_params.get("token", ""))
            parts = csv_of(app.reader(viewer), query)
            # The first part now: what fails while reading it can still be told in the status.
            first = await anext(parts)
        except Forbidden as refusal:
            return PlainTextResponse(f"{refusal.message}\n", 403, headers=SAFE)
        except Unavailable as away:
            return PlainTextResponse(f"{away.message}\n", 503, headers=SAFE)
        headers = {**SAFE, "content-disposition": f'attachment; filename="{filename}"'}
        if request.method == "HEAD":
            await parts.aclose()
            return StreamingResponse(iter(()), headers=headers, media_type=CSV)
        return File(first, parts, headers)

    return [Route("/exports/{filename}", fetch, methods=["GET", "HEAD"])]


class File(StreamingResponse):
    """A file whose reading ends with its sending, however that ends."""

    def __init__(self, first: bytes, rest: AsyncGenerator[bytes], headers: dict[str, str]) -> None:
        self._parts = _followed_by(first, rest)
        super().__init__(self._parts, headers=headers, media_type=CSV)

    async def stream_response(self, send: Send) -> None:
        """Send the parts."""
        async with aclosing(self._parts):
            await super().stream_response(send)


async def _followed_by(first: bytes, rest: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    async with aclosing(rest):
        yield first
        async for part in rest:
            yield part
