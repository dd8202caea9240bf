"""GraphiQL and the favicon: static files of this package, so that they work without internet access.

The page holds no data: it queries `/graphql` with the token that the user enters. The libraries are stored
compressed, and browsers cache them for a year, because their names contain their versions.
"""

import gzip
import html
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gql_leads.web.public_address import PublicAddress

STATIC: Final = Path(__file__).with_name("static")
PAGE_FILES: Final = {"page.css": "text/css", "page.js": "text/javascript", "favicon.svg": "image/svg+xml"}
LIBRARIES: Final = {
    "graphiql-3.8.3.css": "text/css",
    "graphiql-3.8.3.js": "text/javascript",
    "graphql-ws-5.16.2.js": "text/javascript",
    "react-18.2.0.js": "text/javascript",
    "react-dom-18.2.0.js": "text/javascript",
}
# Only this server. GraphiQL's dialogs need inline styles; its stylesheet embeds fonts and images as data URLs.
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
HEADERS: Final = {"x-content-type-options": "nosniff", "content-security-policy": POLICY, "referrer-policy": "no-referrer"}


def routes(address: PublicAddress) -> list[Route]:
    """Return the page at `/graphiql` and its files, and a redirect from `/`."""
    page_html = (STATIC / "page.html").read_text().replace("{prefix}", html.escape(address.prefix))

    async def redirect(request: Request) -> Response:
        return address.redirect(request, "/graphiql")

    async def page(request: Request) -> Response:
        return Response(page_html, media_type="text/html", headers=HEADERS | {"cache-control": "no-store"})

    return [Route("/", redirect), Route("/graphiql", page), Route("/graphiql/{name}", _file)]


def favicon_routes() -> list[Route]:
    """Return `/favicon.ico`, which browsers ask for whatever page they show."""
    return [Route("/favicon.ico", _favicon)]


async def _favicon(request: Request) -> Response:
    headers = HEADERS | {"cache-control": "public, max-age=86400"}
    return Response((STATIC / "favicon.ico").read_bytes(), media_type="image/x-icon", headers=headers)


async def _file(request: Request) -> Response:
    name = request.path_params["name"]
    if name in LIBRARIES:
        return _library_file(name, "gzip" in request.headers.get("accept-encoding", ""))
    if name in PAGE_FILES:
        return _page_file(name)
    raise HTTPException(404)


def _page_file(name: str) -> Response:
    headers = HEADERS | {"cache-control": "no-store"}
    return Response((STATIC / name).read_bytes(), media_type=PAGE_FILES[name], headers=headers)


def _library_file(name: str, compressed: bool) -> Response:
    content = (STATIC / f"{name}.gz").read_bytes()
    headers = HEADERS | {"cache-control": "public, max-age=31536000, immutable", "vary": "accept-encoding"}
    if compressed:
        return Response(content, media_type=LIBRARIES[name], headers=headers | {"content-encoding": "gzip"})
    return Response(gzip.decompress(content), media_type=LIBRARIES[name], headers=headers)
