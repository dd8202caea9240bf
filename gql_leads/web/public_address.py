"""The public address, with which every address that the service sends to clients begins.

A proxy may change `Host` and the path of a request, so neither can be used for that.
"""

import ipaddress
from collections.abc import Awaitable
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse
from starlette.routing import Match, Router
from starlette.types import ASGIApp, Receive, Scope, Send

HEADERS: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}


class PublicAddress:
    """The address at which clients reach the service."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._url = url
        self._is_loopback = is_loopback(parts.hostname)
        self.prefix = parts.path
        """The path before all paths of the service; empty, or beginning with a slash."""

    def redirect(self, request: HTTPConnection, path: str) -> RedirectResponse:
        """Return a redirect to a path of the service, with the query string of the request.

        A client on another machine cannot use a loopback address, the default of the setting; it gets the path alone.
        """
        is_useless = self._is_loopback and not is_loopback(host_of(request))
        query = request.scope["query_string"].decode("latin-1")
        return RedirectResponse(f"{self.prefix if is_useless else self._url}{path}{query and f'?{query}'}", headers=HEADERS)


class PathPrefix:
    """Middleware that removes the prefix of the public address from paths, for a proxy that passes it on."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass a request on with the path below the prefix."""
        if scope["type"] != "lifespan" and f"{scope['path']}/".startswith(f"{self._prefix}/"):
            scope = {**scope, "path": scope["path"].removeprefix(self._prefix) or "/"}
        return self._app(scope, receive, send)


class SlashRedirects:
    """The application for paths without a route; redirects a path with trailing slashes to its route."""

    def __init__(self, router: Router, address: PublicAddress) -> None:
        self._router = router
        self._address = address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Redirect, or respond that there is nothing."""
        path = scope["path"].rstrip("/")
        if scope["type"] == "http" and path and path != scope["path"] and self._has_route({**scope, "path": path}):
            await self._address.redirect(HTTPConnection(scope), path)(scope, receive, send)
        else:
            await self._router.not_found(scope, receive, send)

    def _has_route(self, scope: Scope) -> bool:
        return any(route.matches(scope)[0] is not Match.NONE for route in self._router.routes)


def host_of(request: HTTPConnection) -> str | None:
    """Return the host that the request names, without its port."""
    try:
        return urlsplit(f"//{request.headers.get('host', '')}").hostname
    except ValueError:
        return None


def is_loopback(host: str | None) -> bool:
    """Return True for a name or an address of the machine itself."""
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
