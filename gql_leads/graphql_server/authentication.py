"""Authentication of requests by bearer token, rate limit keys and the check of headers' size."""

from collections.abc import Iterable
from typing import Any

from starlette.requests import HTTPConnection

from gql_leads.graphql_server.application import Application
from gql_leads.graphql_server.errors import Refused, Unauthenticated
from gql_leads.graphql_server.rate_limits import RateLimiter, rate_limit_key_of_address


class Authenticator:
    """Authenticates requests and charges failed attempts to the client's address."""

    def __init__(self, application: Application[Any], rates: RateLimiter) -> None:
        self._application = application
        self._rates = rates

    async def sign_in(self, connection: HTTPConnection, authorization: str | None = None) -> Any:
        """Return the caller of an `Authorization` value or header; None without one; raise `Unauthenticated`."""
        try:
            token = bearer_token([authorization] if authorization else connection.headers.getlist("authorization"))
            return None if token is None else await self._application.authenticate(token, connection.headers)
        except Unauthenticated:
            await self._rates.charge(address_of(connection), 1)
            raise


def rate_limit_key_of(connection: HTTPConnection, caller: Any) -> str:
    """Return the rate limit key: of the member, or of the address for a request without a token."""
    return address_of(connection) if caller is None else f"member {caller.key}"


def address_of(connection: HTTPConnection) -> str:
    """Return the rate limit key of the client's address."""
    return rate_limit_key_of_address(connection.client.host if connection.client else None)


def bearer_token(values: list[str]) -> str | None:
    """Return the token in the values of `Authorization`, None without a value; refuse anything but one `Bearer …`."""
    if not values:
        return None
    scheme, _, token = values[0].strip().partition(" ")
    token = token.strip()
    if len(values) > 1 or scheme.lower() != "bearer" or not token or not token.isascii() or " " in token:
        raise Unauthenticated("The `Authorization` header must be one `Bearer …` with a token.")
    return token


def refuse_large_headers(headers: Iterable[tuple[bytes, bytes]], allowed: int) -> None:
    """Refuse a request whose header fields together exceed a number of bytes."""
    if sum(len(name) + len(value) + 4 for name, value in headers) > allowed:
        raise Refused(f"The header fields are larger than {allowed:,} bytes.", status=431)
