"""Cross-origin requests: which origins may call, the log of refused ones, and the CORS headers."""

import logging
import re
from collections.abc import Awaitable, Iterable
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

MAX_AGE: Final = 600
"""Seconds for which browsers keep the response to a preflight."""
MAX_LOGGED: Final = 100
MAX_LOGGED_LENGTH: Final = 200
LOCAL_ORIGIN: Final = re.compile(r"https?://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?")
ALLOW_CREDENTIALS: Final = ("access-control-allow-credentials", "true")
DEFAULT_PORTS: Final = {"http": 80, "https": 443}

log = logging.getLogger(__name__)


class Origins:
    """The origins whose pages may call the server: its own, those allowed, and in development those of this machine."""

    def __init__(self, allowed: frozenset[str], own: str | None, *, allows_local: bool) -> None:
        self._allowed = allowed
        self._own = own
        self._allows_local = allows_local
        self._logged: set[str] = set()

    def is_own(self, origin: str, host: str) -> bool:
        """Return True for the public origin, and for the one that the `Host` header names."""
        if origin == self._own:
            return True
        try:
            return urlsplit(origin).netloc.lower() == host.lower() != ""
        except ValueError:  # not an origin that a browser sends
            return False

    def is_listed(self, origin: str) -> bool:
        """Return True for an origin that is allowed by name, so that its pages may also receive and send cookies."""
        return origin in self._allowed and origin != "*"

    def may_use_cookies(self, origin: str | None, host: str) -> bool:
        """Return True for the site itself, an origin that is allowed by name, and a request that no page sends."""
        return origin is None or self.is_own(origin, host) or self.is_listed(origin)

    def allows(self, origin: str) -> bool:
        """Return True for an allowed origin; log any other once."""
        if origin in self._allowed or "*" in self._allowed or origin == self._own:
            return True
        if self._allows_local and LOCAL_ORIGIN.fullmatch(origin):
            return True
        if origin not in self._logged and len(self._logged) < MAX_LOGGED:
            self._logged.add(origin)
            log.warning("Refused the origin %r, because it is not among the allowed origins.", origin[:MAX_LOGGED_LENGTH])
        return False


class CrossOrigin(CORSMiddleware):
    """Middleware that adds CORS headers to the responses for other origins."""

    def __init__(
        self, app: ASGIApp, origins: Origins, methods: Iterable[str], headers: Iterable[str], exposed_headers: Iterable[str]
    ) -> None:
        super().__init__(
            app, allow_methods=list(methods), allow_headers=list(headers), expose_headers=list(exposed_headers), max_age=MAX_AGE
        )
        self._origins = origins

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:  # type: ignore[override]  # as `EndpointFirst`
        """Pass requests of this site on, without the headers."""
        origin = host = b""
        for name, value in scope["headers"]:
            if name == b"origin":
                origin = value
            elif name == b"host":
                host = value
        if not origin or self._origins.is_own(origin.decode("latin-1"), host.decode("latin-1")):
            return self.app(scope, receive, send)
        return super().__call__(scope, receive, send)

    def is_allowed_origin(self, origin: str) -> bool:
        """Return True for an allowed origin."""
        return self._origins.allows(origin)

    def preflight_response(self, request_headers: Headers) -> Response:
        """Answer a preflight."""
        response = super().preflight_response(request_headers)
        if self._origins.is_listed(request_headers["origin"]):
            response.headers.append(*ALLOW_CREDENTIALS)
        return response

    def allow_explicit_origin(self, headers: MutableHeaders, origin: str) -> None:  # type: ignore[override]  # a static method there
        """Let the pages of an origin read the response."""
        super().allow_explicit_origin(headers, origin)
        if self._origins.is_listed(origin):
            headers.append(*ALLOW_CREDENTIALS)


def origin_of(url: str) -> str:
    """Return the origin of an http address as browsers send it: in lower case and without the default port."""
    parts = urlsplit(url)
    assert parts.hostname is not None, "the setting was validated"
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = parts.port
    return f"{parts.scheme}://{host}" if port in {None, DEFAULT_PORTS.get(parts.scheme)} else f"{parts.scheme}://{host}:{port}"
