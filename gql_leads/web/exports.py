"""Files of leads, behind links that `services.exporting` makes."""

from collections.abc import AsyncIterator, Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from gql_leads.domain.errors import Forbidden, Unavailable
from gql_leads.exchange.export import csv_of
from gql_leads.services.desk import Desk
from gql_leads.services.exporting import open_link

SAFE: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}
CSV: Final = "text/csv; charset=utf-8"


def routes(desk_of: Callable[[], Desk]) -> list[Route]:
    """`/exports/{filename}?token=…`: the file, 403 where the link is not good, 503 while the database is away."""

    async def fetch(request: Request) -> Response:
        desk, filename = desk_of(), request.path_params["filename"]
        try:
            viewer, query = await open_link(desk, filename, request.query_params.get("token", ""))
            parts = csv_of(desk.reading(viewer), query)
            # The first part now: what fails while reading it can still be told in the status.
            first = await anext(parts)
        except Forbidden as refusal:
            return PlainTextResponse(f"{refusal.message}\n", 403, headers=SAFE)
        except Unavailable as away:
            return PlainTextResponse(f"{away.message}\n", 503, headers=SAFE)
        headers = {**SAFE, "content-disposition": f'attachment; filename="{filename}"'}
        body = _followed_by(first, parts) if request.method == "GET" else iter(())
        return StreamingResponse(body, headers=headers, media_type=CSV)

    return [Route("/exports/{filename}", fetch, methods=["GET", "HEAD"])]


async def _followed_by(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for part in rest:
        yield part
