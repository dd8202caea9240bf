"""GraphiQL, the page to try the API on: static files of this package, so that it works without the internet.

The page holds no data: what it shows, it asks `/graphql` for with the token typed into it. The libraries are kept
compressed under names with their versions, and browsers keep them for a year.
"""

import gzip
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

STATIC: Final = Path(__file__).with_name("static")
OWN: Final = {"page.html": "text/html", "page.css": "text/css", "page.js": "text/javascript"}
LIBRARIES: Final = {
    "graphiql-3.8.3.css": "text/css",
    "graphiql-3.8.3.js": "text/javascript",
    "graphql-ws-5.16.2.js": "text/javascript",
    "react-18.2.0.js": "text/javascript",
    "react-dom-18.2.0.js": "text/javascript",
}
# Everything from this server. GraphiQL's dialogs write styles into the page; its stylesheet holds fonts and images.
POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "font-src 'self' data:",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
SAFE: Final = {"x-content-type-options": "nosniff", "content-security-policy": POLICY, "referrer-policy": "no-referrer"}


def routes() -> list[Route]:
    """The page at `/graphiql` and its files below it; who opens the bare address is sent there."""
    return [Route("/", _at_home), Route("/graphiql", _page), Route("/graphiql/{name}", _file)]


async def _at_home(request: Request) -> Response:
    return RedirectResponse("/graphiql", headers=SAFE)


async def _page(request: Request) -> Response:
    return _own("page.html")


async def _file(request: Request) -> Response:
    name = request.path_params["name"]
    if name in LIBRARIES:
        return _library(name, "gzip" in request.headers.get("accept-encoding", ""))
    if name in OWN:
        return _own(name)
    raise HTTPException(404)


def _own(name: str) -> Response:
    headers = SAFE | {"cache-control": "no-store"}
    return Response((STATIC / name).read_bytes(), media_type=OWN[name], headers=headers)


def _library(name: str, compressed: bool) -> Response:
    content = (STATIC / f"{name}.gz").read_bytes()
    headers = SAFE | {"cache-control": "public, max-age=31536000, immutable", "vary": "accept-encoding"}
    if compressed:
        return Response(content, media_type=LIBRARIES[name], headers=headers | {"content-encoding": "gzip"})
    return Response(gzip.decompress(content), media_type=LIBRARIES[name], headers=headers)
