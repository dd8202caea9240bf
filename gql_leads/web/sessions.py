"""Sessions of browsers: the refresh token stays in a cookie that no script can read."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route, Router

from gql_leads.domain.errors import LeadsError, SignInRefused, Unavailable
from gql_leads.services.app_context import AppContext
from gql_leads.services.sign_in import sessions
from gql_leads.services.sign_in.cookies import COOKIE, cleared_cookie, refresh_cookie

HEADERS: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}

FOREIGN_ORIGIN: Final = "Requests from this origin are not allowed. Add it to GQL_LEADS_ALLOWED_ORIGINS."


def routes(
    app_of: Callable[[], AppContext], may_use_cookies: Callable[[str | None, str], bool], middleware: Sequence[Middleware]
) -> list[BaseRoute]:
    """Return `POST /auth/refresh`, which answers a new access token, and `POST /auth/sign-out`.

    `may_use_cookies` tells whether a page of this origin may, sent to this host; the middleware adds the CORS headers.
    """

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
                if not may_use_cookies(request.headers.get("origin"), request.headers.get("host", "")):
                    return _refusal(FOREIGN_ORIGIN, 403)
                return await handle(app, request)
            except Unavailable as error:
                return _error(error, 503)

        return respond

    paths = [Route("/refresh", guarded(refresh), methods=["POST"]), Route("/sign-out", guarded(sign_out), methods=["POST"])]
    # A redirect of the router would lead to the `Host` of the request, which a proxy may have rewritten.
    return [Mount("/auth", app=Router(paths, redirect_slashes=False), middleware=middleware)]


def _error(error: LeadsError, status: int) -> Response:
    return _refusal(error.message, status)


def _refusal(message: str, status: int) -> Response:
    return JSONResponse({"error": message}, status, headers=HEADERS)
