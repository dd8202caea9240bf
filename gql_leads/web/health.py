"""Health checks for load balancers and supervisors."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


def routes(find_trouble: Callable[[], Awaitable[str | None]]) -> list[Route]:
    """Return `/healthz`, always 200, and `/readyz`: 200, or 503 with the trouble that `find_trouble` returns."""

    async def alive(request: Request) -> Response:
        return PlainTextResponse("alive\n", headers=HEADERS)

    async def ready(request: Request) -> Response:
        trouble = await find_trouble()
        return PlainTextResponse(f"{trouble or 'ready'}\n", 503 if trouble else 200, headers=HEADERS)

    return [Route("/healthz", alive), Route("/readyz", ready)]
