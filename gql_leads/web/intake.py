"""The endpoints to which web forms and marketplaces send leads, without signing in: `/intake/{key}`.

A 2xx is sent only after the commit, so a sender that repeats what was not answered loses nothing, and doubles nothing either. A 4xx says
what no repetition can mend.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol
from urllib.parse import urlencode

from limits.aio.storage import MemoryStorage
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from gql_leads.domain.errors import Invalid, InvalidField, Unavailable
from gql_leads.intake import bodies, forms, marketplace, multipart
from gql_leads.intake.bodies import Unreadable
from gql_leads.services.app_context import AppContext
from gql_leads.services.intake import keys
from gql_leads.services.intake.submissions import Submission, receive
from gql_leads.store.models.intake import IntakeKey
from gql_leads.web.client_addresses import client_key
from gql_leads.web.pages import HEADERS, page_template

PREFLIGHT: Final = {"access-control-allow-methods": "POST", "access-control-allow-headers": "content-type", "access-control-max-age": "600"}
RECEIVED: Final = {"status": "received"}
RETRY_AFTER: Final = "5"
"""Seconds after which a sender repeats what could not be stored."""
HIDDEN_ORIGIN: Final = "This page hides its origin: open it from its web site, with the Referrer-Policy strict-origin-when-cross-origin."
KEPT: Final = 120
"""Seconds for which the posts of a minute are counted."""
_page = page_template("intake.html")


class PostCounts(Protocol):
    """Counts that several servers share: the sum of a key in a minute, or None without an answer."""

    async def add(self, rate_limit_key: str, minute: int, cost: int) -> int | None:
        """Add a number and return the sum."""


@dataclass(frozen=True, kw_only=True)
class IntakeLimits:
    """Posts a minute of one address with one key, and the largest body in bytes."""

    per_minute: int
    body_size: int


class Refusal(Exception):
    """An answer other than success."""

    def __init__(self, status: int, message: str, fields: tuple[InvalidField, ...] = (), headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.fields = fields
        self.headers = headers or {}


Read = Callable[[Mapping[str, Any]], Submission]


class IntakeEndpoint:
    """The routes below `/intake`, with their limits."""

    def __init__(self, app_of: Callable[[], AppContext], limits: IntakeLimits, shared_counts: PostCounts | None = None) -> None:
        self._app_of = app_of
        self._limits = limits
        self._shared_counts = shared_counts
        self._counts = MemoryStorage()

    def routes(self) -> list[Route]:
        """Return the routes of forms, pushes and web-to-lead forms."""
        methods = ["POST", "OPTIONS"]
        return [
            Route("/intake/{key}", self._guarded(self._form), methods=methods),
            Route("/intake/{key}/marketplace", self._guarded(self._push), methods=methods),
            Route("/intake/{key}/web-to-lead", self._guarded(self._web_to_lead), methods=methods),
        ]

    def _guarded(self, handle: Callable[[AppContext, IntakeKey, Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def respond(request: Request) -> Response:
            cross_origin: dict[str, str] = {}
            try:
                app = self._app_of()
                key = await self._key(app, request)
                cross_origin = _cross_origin(key, request)
                if request.method == "OPTIONS":
                    return Response(status_code=204, headers={**HEADERS, **cross_origin, **PREFLIGHT, "allow": "POST, OPTIONS"})
                await self._count(app, key, request)
                response = await handle(app, key, request)
                response.headers.update(cross_origin)
                return response
            except Refusal as refusal:
                return _refused(request, refusal, cross_origin)
            except Unreadable as error:
                return _refused(request, Refusal(error.status, error.message), cross_origin)
            except Unavailable as error:
                return _refused(request, Refusal(503, error.message, headers={"retry-after": RETRY_AFTER}), cross_origin)

        return respond

    async def _key(self, app: AppContext, request: Request) -> IntakeKey:
        key = await keys.key_of_secret(app, request.path_params["key"])
        if key is None:
            raise Refusal(404, "There is no such intake key.")
        if key.revoked_at is not None:
            raise Refusal(410, "This intake key was revoked. Ask for a new one.")
        return key

    async def _count(self, app: AppContext, key: IntakeKey, request: Request) -> None:
        now = int(app.now().timestamp())
        name, minute = f"intake/{key.id}/{client_key(request)}", now // 60
        count = None if self._shared_counts is None else await self._shared_counts.add(name, minute, 1)
        if count is None:
            count = await self._counts.incr(f"{name}/{minute}", KEPT)
        if count > self._limits.per_minute:
            headers = {"retry-after": str(60 - now % 60)}
            raise Refusal(429, "This was sent too often from one address. Wait a minute, then send it again.", headers=headers)

    async def _form(self, app: AppContext, key: IntakeKey, request: Request) -> Response:
        body, fields, is_form = await self._fields(request)
        if not forms.is_trapped(fields):
            await _received(app, key, body, forms.submission_of_form, fields)
        return _thanks(request, key.thank_you_url if is_form else None)

    async def _web_to_lead(self, app: AppContext, key: IntakeKey, request: Request) -> Response:
        body, fields, _ = await self._fields(request)
        await _received(app, key, body, forms.submission_of_web_to_lead, fields)
        return _thanks(request, _return_address(key, fields))

    async def _push(self, app: AppContext, key: IntakeKey, request: Request) -> Response:
        body, media, charset = await self._body(request)
        if media not in {bodies.JSON, ""}:
            raise Refusal(415, "Send JSON, with the content type application/json.")
        fields = bodies.read_json(body, charset)
        await _received(app, key, body, marketplace.submission_of_push, fields)
        return JSONResponse(RECEIVED, 201, headers=HEADERS)

    async def _fields(self, request: Request) -> tuple[bytes, dict[str, Any], bool]:
        """Return what identifies the body, its fields, and whether it is a form's."""
        body, media, charset = await self._body(request)
        if media == bodies.FORM:
            return body, dict(bodies.read_form(body, charset)), True
        if media == bodies.JSON:
            return body, bodies.read_json(body, charset), False
        if media == multipart.MULTIPART:
            fields = multipart.read_multipart(body, request.headers["content-type"])
            # Browsers choose another boundary for each post: what is sent again is known by its fields.
            return urlencode(fields).encode(), dict(fields), True
        raise Refusal(415, "Send a form as application/x-www-form-urlencoded, the default of HTML forms, or multipart/form-data, or JSON.")

    async def _body(self, request: Request) -> tuple[bytes, str, str | None]:
        if request.headers.get("content-encoding", "identity").lower() != "identity":
            raise Refusal(415, "Send the body without compression.")
        too_large = Refusal(413, f"Send at most {self._limits.body_size} bytes.", headers={"connection": "close"})
        length = request.headers.get("content-length", "")
        if length.isdecimal() and int(length) > self._limits.body_size:
            raise too_large
        body = bytearray()
        try:
            async for part in request.stream():
                body += part
                if len(body) > self._limits.body_size:
                    raise too_large
        except ClientDisconnect:
            raise Refusal(400, "The request ended too early.") from None
        media, charset = bodies.media_type(request.headers.get("content-type", ""))
        return bytes(body), media, charset


async def _received(app: AppContext, key: IntakeKey, body: bytes, read: Read, fields: Mapping[str, Any]) -> None:
    try:
        await receive(app, key, body, read(fields))
    except Invalid as invalid:
        raise Refusal(422, invalid.message, invalid.invalid_fields) from None


def _cross_origin(key: IntakeKey, request: Request) -> dict[str, str]:
    """Return the CORS headers for the origin of the request, if it has one; refuse the pages of other origins."""
    origins = request.headers.getlist("origin")
    if not origins:
        return {}
    origin = ", ".join(origins)  # browsers send one: several are no origin of any key
    if origin.lower() not in key.allowed_origins:
        if origin == "null":
            raise Refusal(403, HIDDEN_ORIGIN)
        raise Refusal(403, f"Pages of {origin[:200]} may not use this key. Add the origin to the allowedOrigins of a new key.")
    return {"access-control-allow-origin": origin, "vary": "origin"}


def _return_address(key: IntakeKey, fields: Mapping[str, Any]) -> str | None:
    """Return Salesforce's `retURL` if it is a page of an allowed origin, else the key's thank-you address."""
    wanted = bodies.text_of(fields.get("retURL"), "retURL").strip() if not isinstance(fields.get("retURL"), dict | list) else ""
    is_allowed = any(wanted == origin or wanted.startswith((f"{origin}/", f"{origin}?")) for origin in key.allowed_origins)
    return wanted if is_allowed and wanted.isprintable() and len(wanted) <= 2_000 else key.thank_you_url


def _thanks(request: Request, address: str | None) -> Response:
    """Return a redirect to the thank-you page; without one, or for a script that asks for JSON, the answer in JSON."""
    if address is not None and not _wants_json(request):
        return RedirectResponse(address, 303, headers=HEADERS)
    return JSONResponse(RECEIVED, 201, headers=HEADERS)


def _refused(request: Request, refusal: Refusal, headers: Mapping[str, str]) -> Response:
    all_headers = {**HEADERS, **headers, **refusal.headers}
    if "text/html" in request.headers.get("accept", "") and request.method == "POST":
        sentences = [fault.message for fault in refusal.fields] or [refusal.message]
        return HTMLResponse(_page.render(sentences=sentences), refusal.status, headers=all_headers)
    errors = [{"field": fault.field[-1], "message": fault.message} for fault in refusal.fields]
    return JSONResponse({"error": refusal.message, **({"errors": errors} if errors else {})}, refusal.status, headers=all_headers)


def _wants_json(request: Request) -> bool:
    accepted = request.headers.get("accept", "")
    return bodies.JSON in accepted and "text/html" not in accepted
