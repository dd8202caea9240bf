"""The page on which recipients of mails about leads unsubscribe, also in one click (RFC 8058)."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from gql_leads.domain.errors import Unavailable
from gql_leads.services.app_context import AppContext
from gql_leads.services.notifications.unsubscribing import is_genuine, unsubscribe
from gql_leads.web.pages import HEADERS, page_template

_page = page_template("unsubscribe.html")


def routes(app_of: Callable[[], AppContext]) -> list[Route]:
    """Return `/unsubscribe`: GET shows a button, so that a program that only looks at links changes nothing; POST unsubscribes."""

    async def answer(request: Request) -> Response:
        recipient, token = request.query_params.get("recipient", ""), request.query_params.get("token", "")
        try:
            app = app_of()
            if not is_genuine(app, recipient, token):
                return _html("This link is not valid. Copy it whole from the mail.", 403)
            if request.method != "POST":
                return _html("Do you want no more mails about leads?", 200, has_button=True)
            await unsubscribe(app, recipient)
        except Unavailable as error:
            return _html(error.message, 503)
        return _html("You get no more mails about leads. Members choose again in their settings.", 200)

    return [Route("/unsubscribe", answer, methods=["GET", "POST"])]


def _html(sentence: str, status: int, *, has_button: bool = False) -> Response:
    return HTMLResponse(_page.render(sentence=sentence, has_button=has_button), status, headers=HEADERS)
