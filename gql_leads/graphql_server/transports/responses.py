"""The JSON responses of GraphQL over HTTP, and the headers of all responses."""

from collections.abc import Mapping, Sequence

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
    """Return the headers of every response, with the rate limit if there is one."""
    return {**SECURITY_HEADERS, **(allowance.headers() if allowance else {})}


def encode_headers(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Encode headers for ASGI."""
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


RESULT_HEADERS = {
    media_type: encode_headers({**SECURITY_HEADERS, "content-type": f"{media_type}; charset=utf-8"})
    for media_type in (JSON, GRAPHQL_RESPONSE)
}


async def send_result(
    send: Send, payload: Payload, media_type: str, allowance: Allowance | None, more_headers: Sequence[tuple[str, str]] = ()
) -> None:
    """Send a result."""
    headers = [*RESULT_HEADERS[media_type], (b"content-length", b"%d" % len(payload.body))]
    if allowance is not None:
        headers += encode_headers(allowance.headers())
    headers += [(name.encode("latin-1"), value.encode("latin-1")) for name, value in more_headers]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": payload.body})


def error_response(refusal: Refused, media_type: str | None) -> Response:
    """Return the response of a refusal; its status is 200 for a well-formed request in `application/json`."""
    media_type = media_type if media_type == GRAPHQL_RESPONSE else JSON
    status = 200 if refusal.well_formed and media_type == JSON else refusal.status
    headers = {**SECURITY_HEADERS, **refusal.headers, "content-type": f"{media_type}; charset=utf-8"}
    return Response(json_codec.dumps({"errors": refusal.errors}), status, headers)
