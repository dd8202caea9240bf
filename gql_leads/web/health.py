"""Whether the process lives, and whether it can serve: what load balancers and supervisors ask."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


def routes(is_ready: Callable[[], Awaitable[bool]]) -> list[Route]:
    """`/healthz` is 200 while the process answers, `/readyz` while `is_ready` says so, else 503."""

    async def alive(request: Request) -> Response:
        return PlainTextResponse("alive\n", headers=HEADERS)

    async def ready(request: Request) -> Response:
        if await is_ready():
            return PlainTextResponse("ready\n", headers=HEADERS)
        return PlainTextResponse("the database is away or not migrated\n", 503, headers=HEADERS)

    return [Route("/healthz", alive), Route("/readyz", ready)]
