"""The pages behind invitation and reset links: a form that sets a member's password, without a script."""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from gql_leads.domain.errors import Invalid, Unavailable
from gql_leads.domain.members import Language
from gql_leads.services.app_context import AppContext
from gql_leads.services.sign_in import links, sessions
from gql_leads.services.sign_in.secret_tokens import hash_of
from gql_leads.store.access import sign_in
from gql_leads.web.client_addresses import client_key
from gql_leads.web.pages import HEADERS, page_template
from gql_leads.web.password_texts import TEXTS, translation_of

MOST_BYTES: Final = 20_000
_page = page_template("password.html")


def routes(app_of: Callable[[], AppContext]) -> list[Route]:
    """Return `/invitation` and `/password`: GET shows the form for a `token`, POST sets the password."""

    async def show(request: Request) -> Response:
        return await _answer(app_of, request, request.query_params.get("token", ""), None)

    async def submit(request: Request) -> Response:
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > MOST_BYTES:
                return PlainTextResponse("This is larger than the form.\n", 413, headers={**HEADERS, "connection": "close"})
        form = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True).items()}
        return await _answer(app_of, request, form.get("token", ""), form)

    async def page(request: Request) -> Response:
        try:
            return await (submit(request) if request.method == "POST" else show(request))
        except Unavailable as error:
            return PlainTextResponse(f"{error.message}\n", 503, headers=HEADERS)

    return [Route(path, page, methods=["GET", "POST"]) for path in links.PATHS.values()]


async def _answer(app_of: Callable[[], AppContext], request: Request, token: str, form: dict[str, str] | None) -> Response:
    app = app_of()
    link = await sign_in.link_with(app.database.reading, hash_of(token))
    member = None if link is None else await sign_in.active_member(app.database.reading, link.member_id)
    reason = links.why_unusable(app, link) or (links.LinkFault.INACTIVE if member is None else None)
    language = Language.EN if member is None else Language(member.language)
    text = TEXTS[language]
    shown: dict[str, Any] = {
        "language": language.lower(), "text": text, "done": False, "is_usable": reason is None,
        "errors": [] if reason is None else [translation_of(reason, language)],
        "name": member.name if member else "", "email": member.email if member else "", "token": token,
    }  # fmt: skip
    if form is None or reason is not None:
        return _html(shown, 200 if reason is None else 410)
    if form.get("password", "") != form.get("repeated", ""):
        return _html({**shown, "errors": [text["differ"]]}, 422)
    try:
        await sessions.set_password(app, token, form.get("password", ""), client_key(request))
    except Invalid as refusal:
        return _html({**shown, "errors": [translation_of(fault.message, language) for fault in refusal.invalid_fields]}, 422)
    return _html({**shown, "done": True}, 200)


def _html(shown: dict[str, Any], status: int) -> Response:
    return HTMLResponse(_page.render(shown), status, headers=HEADERS)
