"""The service's own bearer tokens: JWTs (HS256) with a key derived from the installation's secret."""

import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from gql_leads.domain.errors import Unauthenticated

ALGORITHM = "HS256"
LEEWAY = timedelta(seconds=30)
"""Tolerated difference between the clocks of two servers."""
MOST_CHARACTERS = 8 * 1024
INVALID_TOKEN = "The token is not valid here. Sign in again, and send the new token whole and unchanged."
"""The one answer to every token that was not issued for this service."""
MEMOIZED = 4096
"""Number of tokens whose verified claims are cached."""


@dataclass(frozen=True, slots=True)
class TokenClaims:
    """The claims of a verified token: its member and its period of validity."""

    member_id: UUID
    begins_at: datetime
    expires_at: datetime
    session_id: UUID | None = None
    """The session that it belongs to; None for a token of the command line."""


class Tokens:
    """Issues bearer tokens, and verifies them, also those of previous secrets; the caller passes the time."""

    def __init__(self, secret: bytes, issuer: str = "gql-leads", audience: str = "gql-leads", *, previous: Sequence[bytes] = ()) -> None:
        self._keys = [_key(one) for one in (secret, *previous)]
        self._issuer = issuer
        self._audience = audience
        self._prefix = self._sign({}).partition(".")[0] + "."
        # Claims never change, so they are cached; expiry and the member's activity are checked at each use.
        self._facts_of = lru_cache(maxsize=MEMOIZED)(lambda token: self._facts(self._verified_claims(token)))

    def issued(self, token: str) -> bool:
        """Return whether the token has the header of this service's own; its signature is not verified."""
        return token.startswith(self._prefix)

    def mint(self, member_id: UUID, now: datetime, lasts: timedelta, *, session_id: UUID | None = None, token_id: str | None = None) -> str:
        """Return a token of this member, valid until `now + lasts`, in whole seconds.

        The same arguments with a `token_id` give the same token. A token with a session is invalid once that ends.
        """
        return self._sign(
            {
                "iss": self._issuer,
                "aud": self._audience,
                "sub": str(member_id),
                "iat": int(now.timestamp()),
                "exp": int((now + lasts).timestamp()),
                "jti": token_id or secrets.token_urlsafe(12),
                **({} if session_id is None else {"sid": str(session_id)}),
            }
        )

    def verify(self, token: str, now: datetime) -> TokenClaims:
        """Return the token's claims; raise Unauthenticated if the signature, issuer or period is wrong."""
        facts = self._facts_of(token)
        if now >= facts.expires_at + LEEWAY:
            raise Unauthenticated("The token has expired. Sign in again, or mint a new one.")
        if now < facts.begins_at - LEEWAY:
            raise Unauthenticated("The token is not good yet. See whether the clocks are right, or wait.")
        return facts

    def _sign(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": ALGORITHM}, claims, self._keys[0], algorithms=[ALGORITHM])

    def _verified_claims(self, token: str) -> dict[str, Any]:
        # Every token of this service has the same header, so other headers are rejected before decoding:
        # no other algorithm, no `crit`, no `jku`, no key chosen by the sender.
        if len(token) > MOST_CHARACTERS or not token.isascii() or not self.issued(token):
            raise _invalid_token()
        for key in self._keys:
            with suppress(JoseError):
                return jwt.decode(token, key, algorithms=[ALGORITHM]).claims
        raise _invalid_token()

    def _facts(self, claims: dict[str, Any]) -> TokenClaims:
        if claims.get("iss") != self._issuer or claims.get("aud") != self._audience:
            raise _invalid_token()
        try:
            begins_at = max(claims["iat"], claims.get("nbf", claims["iat"]))
            session_id = UUID(claims["sid"]) if "sid" in claims else None
            begins_at, expires_at = datetime.fromtimestamp(begins_at, UTC), datetime.fromtimestamp(claims["exp"], UTC)
            return TokenClaims(UUID(claims["sub"]), begins_at, expires_at, session_id)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError):
            raise _invalid_token() from None


def _key(secret: bytes) -> OctKey:
    return OctKey.import_key(HKDF(algorithm=SHA256(), length=32, salt=None, info=b"gql-leads bearer tokens 1").derive(secret))


def _invalid_token() -> Unauthenticated:
    return Unauthenticated(INVALID_TOKEN)
