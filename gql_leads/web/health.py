"""Health checks for load balancers and supervisors."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


def routes(is_ready: Callable[[], Awaitable[bool]]) -> list[Route]:
    """Return `/healthz`, always 200, and `/readyz`, 200 or 503 as `is_ready` returns."""

    async def alive(request: Request) -> Response:
        return PlainTextResponse("alive\n", headers=HEADERS)

    async def ready(request: Request) -> Response:
        if await is_ready():
            return PlainTextResponse("ready\n", headers=HEADERS)
        return PlainTextResponse("the database is away or not migrated\n", 503, headers=HEADERS)

    return [Route("/healthz", alive), Route("/readyz", ready)]
