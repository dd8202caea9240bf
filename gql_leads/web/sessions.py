"""Sessions of browsers: the refresh token stays in a cookie that no script can read."""

from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import urlsplit

from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route, Router

from gql_leads.domain.errors import LeadsError, SignInRefused, Unavailable
from gql_leads.services.app_context import AppContext
from gql_leads.services.sign_in import sessions
from gql_leads.services.sign_in.cookies import COOKIE, cleared_cookie, refresh_cookie

HEADERS: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}


def routes(app_of: Callable[[], AppContext], allowed_origins: frozenset[str]) -> list[BaseRoute]:
    """Return `POST /auth/refresh`, which answers a new access token, and `POST /auth/sign-out`."""

    async def refresh(app: AppContext, request: Request) -> Response:
        try:
            session = await sessions.refresh_session(app, request.cookies.get(COOKIE, ""))
        except SignInRefused as refused:
            answer = _error(refused, 401)
            answer.headers.append("set-cookie", cleared_cookie(app.public_url))
            return answer
        expires_at = session.access_token_expires_at.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
        answer = JSONResponse({"accessToken": session.access_token, "accessTokenExpiresAt": expires_at}, headers=HEADERS)
        lasts = session.refresh_token_expires_at - app.now()
        answer.headers.append("set-cookie", refresh_cookie(session.refresh_token, lasts, app.public_url))
        return answer

    async def sign_out(app: AppContext, request: Request) -> Response:
        await sessions.end_session_of(app, request.cookies.get(COOKIE, ""))
        answer = Response(status_code=204, headers=HEADERS)
        answer.headers.append("set-cookie", cleared_cookie(app.public_url))
        return answer

    def guarded(handle: Callable[[AppContext, Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def respond(request: Request) -> Response:
            try:
                app = app_of()
                return _foreign_origin(request, app, allowed_origins) or await handle(app, request)
            except Unavailable as error:
                return _error(error, 503)

        return respond

    paths = [Route("/refresh", guarded(refresh), methods=["POST"]), Route("/sign-out", guarded(sign_out), methods=["POST"])]
    # A redirect of the router would lead to the `Host` of the request, which a proxy may have rewritten.
    mount = Mount("/auth", app=Router(paths, redirect_slashes=False))
    if allowed_origins:
        mount.app = CORSMiddleware(
            mount.app, allow_origins=sorted(allowed_origins - {"*"}), allow_methods=["POST"], allow_credentials=True, max_age=600
        )
    return [mount]


def _foreign_origin(request: Request, app: AppContext, allowed: frozenset[str]) -> Response | None:
    """Return a refusal of a request from a page of another site; None if its origin is this site or an allowed one."""
    origin = request.headers.get("origin")
    if origin is None or origin in allowed or origin == _origin_of(app.public_url) or _host_of(origin) == request.headers.get("host"):
        return None
    return JSONResponse({"error": "Requests from this origin are not allowed. Add it to GQL_LEADS_ALLOWED_ORIGINS."}, 403, headers=HEADERS)


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _host_of(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # not an origin that a browser sends
        return None


def _error(error: LeadsError, status: int) -> Response:
    return JSONResponse({"error": error.message}, status, headers=HEADERS)
