"""The ordinary responses of GraphQL over HTTP, and the headers that every response has."""

from collections.abc import Mapping

from starlette.responses import Response
from starlette.types import Send

from gql_leads.graphql_server import json_codec
from gql_leads.graphql_server.errors import Refused
from gql_leads.graphql_server.execution.subscriptions import Payload
from gql_leads.graphql_server.rate_limits import Allowance
from gql_leads.graphql_server.transports.content_negotiation import GRAPHQL_RESPONSE, JSON

SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "vary": "Accept, Authorization, Origin",
}


def response_headers(allowance: Allowance | None) -> dict[str, str]:
    """Every response's headers, and what is left to spend where there is a limit."""
    return {**SECURITY_HEADERS, **(allowance.headers() if allowance else {})}


def encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Headers as ASGI has them."""
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


RESULT_HEADERS = {
    media_type: encoded({**SECURITY_HEADERS, "content-type": f"{media_type}; charset=utf-8"}) for media_type in (JSON, GRAPHQL_RESPONSE)
}


async def answer(send: Send, payload: Payload, media_type: str, allowance: Allowance | None) -> None:
    """Answer with a result."""
    headers = [*RESULT_HEADERS[media_type], (b"content-length", b"%d" % len(payload.body))]
    if allowance is not None:
        headers += encoded(allowance.headers())
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": payload.body})


def refused(refusal: Refused, media_type: str | None) -> Response:
    """Answer with errors: a good request for what cannot be is 200 in `application/json`, 400 in the newer type."""
    media_type = media_type if media_type == GRAPHQL_RESPONSE else JSON
    status = 200 if refusal.well_formed and media_type == JSON else refusal.status
    headers = {**SECURITY_HEADERS, **refusal.headers, "content-type": f"{media_type}; charset=utf-8"}
    return Response(json_codec.dumps({"errors": refusal.errors}), status, headers)
