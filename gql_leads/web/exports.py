"""Downloads of exported leads through the signed links of `services.exports`."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Final

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Send

from gql_leads.domain.errors import Forbidden, Unavailable
from gql_leads.exports import csv_of
from gql_leads.services.app_context import AppContext
from gql_leads.services.exports import open_export_link

METHODS: Final = ["GET", "HEAD", "OPTIONS"]
EXPOSED_HEADERS: Final = ["content-disposition"]
HEADERS: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}
CSV: Final = "text/csv; charset=utf-8"


def routes(app_of: Callable[[], AppContext], middleware: Sequence[Middleware] = ()) -> list[Route]:
    """Return `/exports/{filename}?token=…`: 200 with the file, 403 for an invalid link, 503 without the database.

    The middleware adds the CORS headers, so preflights have to reach it.
    """

    async def fetch(request: Request) -> Response:
        filename = request.path_params["filename"]
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=HEADERS | {"allow": ", ".join(METHODS)})
        try:
            app = app_of()
            viewer, query = await open_export_link(app, filename, request.query_params.get("token", ""))
            parts = csv_of(app.reader(viewer), query)
            # Read the first part before the response starts: afterwards an error could not change the status.
            first = await anext(parts)
        except Forbidden as error:
            return PlainTextResponse(f"{error.message}\n", 403, headers=HEADERS)
        except Unavailable as error:
            return PlainTextResponse(f"{error.message}\n", 503, headers=HEADERS)
        headers = {**HEADERS, "content-disposition": f'attachment; filename="{filename}"'}
        if request.method == "HEAD":
            await parts.aclose()
            return StreamingResponse(iter(()), headers=headers, media_type=CSV)
        return FileResponse(first, parts, headers)

    return [Route("/exports/{filename}", fetch, methods=METHODS, middleware=middleware)]


class FileResponse(StreamingResponse):
    """A streamed file that closes its source when the response ends, also after a disconnect."""

    def __init__(self, first: bytes, rest: AsyncGenerator[bytes], headers: dict[str, str]) -> None:
        self._parts = _followed_by(first, rest)
        super().__init__(self._parts, headers=headers, media_type=CSV)

    async def stream_response(self, send: Send) -> None:
        """Send the parts and close their source."""
        async with aclosing(self._parts):
            await super().stream_response(send)


async def _followed_by(first: bytes, rest: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    async with aclosing(rest):
        yield first
        async for part in rest:
            yield part
