"""The schema as a file, for code generators and editors."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


def routes(sdl: str) -> list[Route]:
    """Return `/schema.graphql`, the schema in GraphQL's definition language."""

    async def respond(request: Request) -> Response:
        return PlainTextResponse(sdl, headers=HEADERS)

    return [Route("/schema.graphql", respond)]
