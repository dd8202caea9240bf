"""The ordinary responses of GraphQL over HTTP, and the headers that every response has."""

from collections.abc import Mapping

from starlette.responses import Response

from gql_leads.endpoint import codec
from gql_leads.endpoint.errors import Refused
from gql_leads.endpoint.execution import Payload
from gql_leads.endpoint.negotiation import GRAPHQL_RESPONSE, JSON
from gql_leads.endpoint.ratelimit import Allowance

SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "vary": "Accept, Authorization, Origin",
}


def headers_with(allowance: Allowance | None) -> dict[str, str]:
    """Every response's headers, and what is left to spend where there is a limit."""
    return {**SECURITY_HEADERS, **(allowance.headers() if allowance else {})}


def answered(payload: Payload, media_type: str, headers: Mapping[str, str]) -> Response:
    """Answer with a result."""
    return Response(payload.body, headers={**headers, "content-type": f"{media_type}; charset=utf-8"})


def refused(refusal: Refused, media_type: str | None) -> Response:
    """Answer with errors: a good request for what cannot be is 200 in `application/json`, 400 in the newer type."""
    media_type = media_type if media_type == GRAPHQL_RESPONSE else JSON
    status = 200 if refusal.well_formed and media_type == JSON else refusal.status
    headers = {**SECURITY_HEADERS, **refusal.headers, "content-type": f"{media_type}; charset=utf-8"}
    return Response(codec.dumps({"errors": refusal.errors}), status, headers)
