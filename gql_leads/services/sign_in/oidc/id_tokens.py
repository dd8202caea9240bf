"""Verification of an identity provider's tokens: header, signature and claims."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64decode

from gql_leads.domain.rules import ClaimRules
from gql_leads.services.sign_in.oidc.issuer_documents import ALGORITHMS, Key

ACCEPTED: Final = tuple(name for names in ALGORITHMS.values() for name in names)
TYPES: Final = frozenset({"jwt", "at+jwt", "application/at+jwt"})
"""Accepted values of `typ`: those of id tokens and access tokens. Tokens for a sign-out or an event have others."""
LEEWAY: Final = timedelta(seconds=30)
"""Tolerated difference from the issuer's clock."""
MOST_CHARACTERS: Final = 16 * 1024
LONGEST_KEY_ID: Final = 256
LATEST: Final = 32_503_680_000
"""The beginning of the year 3000; a later second is a mistake, such as milliseconds."""
_TOKEN: Final = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+")
# Headers that this service does not use, such as `jku`, may be there; they are ignored.
_REGISTRY: Final = JWSRegistry(algorithms=list(ACCEPTED), strict_check_header=False)


class RefusedToken(Exception):
    """Raised for a token that is not accepted; the message is for the log and contains nothing that a client chose."""


@dataclass(frozen=True, slots=True)
class TokenHeader:
    """The part of a token's header that is used: all else in it is the sender's wish."""

    algorithm: str
    key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The claims of a verified token."""

    email: str
    begins_at: datetime
    expires_at: datetime
    roles: object = None
    """The roles claim as the issuer gave it; `has_roles` tells whether there is one."""
    has_roles: bool = False
    partner: object = None
    """The partner claim as the issuer gave it; `has_partner` tells whether there is one."""
    has_partner: bool = False


def read_header(token: str) -> TokenHeader:
    """Return the header of a token whose signature is not verified yet."""
    match = _TOKEN.fullmatch(token) if len(token) <= MOST_CHARACTERS else None
    if match is None:
        raise RefusedToken("it is no signed token")
    header = _json_object(match[1])
    algorithm, key_id, token_type = header.get("alg"), header.get("kid"), header.get("typ", "JWT")
    if not isinstance(algorithm, str) or algorithm not in ACCEPTED:
        raise RefusedToken(f"its algorithm is none of {', '.join(ACCEPTED)}")
    if not isinstance(token_type, str) or token_type.lower() not in TYPES:
        raise RefusedToken("its type is neither JWT nor at+jwt")
    if "crit" in header or "b64" in header:
        raise RefusedToken("it demands an extension of the format")
    if not isinstance(key_id, str) or not 0 < len(key_id) <= LONGEST_KEY_ID:
        raise RefusedToken("it names no key")
    return TokenHeader(algorithm, key_id)


def verify_signature(token: str, algorithm: str, key: Key) -> dict[str, Any]:
    """Return the claims of a token that this key signed."""
    try:
        jws.deserialize_compact(token, key, registry=_REGISTRY, algorithms=[algorithm])
    except (JoseError, ValueError, TypeError):
        raise RefusedToken("its signature is wrong") from None
    return _json_object(token.split(".")[1])


def read_claims(claims: Mapping[str, Any], rules: ClaimRules) -> Identity:
    """Return the claims that this service uses; raise RefusedToken if one is missing or not as the rules say."""
    if claims.get("iss") != rules.issuer:
        raise RefusedToken("its issuer is not GQL_LEADS_OIDC_ISSUER")
    audience = claims.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience
    if not isinstance(audiences, list) or not all(isinstance(one, str) for one in audiences) or rules.audience not in audiences:
        raise RefusedToken("its audience does not contain GQL_LEADS_OIDC_AUDIENCE")
    issued, expires = _second(claims, "iat"), _second(claims, "exp")
    begins = max(issued, _second(claims, "nbf")) if "nbf" in claims else issued
    if expires <= begins:
        raise RefusedToken("it ends before it begins")
    email = claims.get("email")
    if not isinstance(email, str) or not email.isprintable() or claims.get("email_verified") is not True:
        raise RefusedToken("it has no e-mail address that the identity provider has verified (claims email and email_verified)")
    return Identity(
        email=email,
        begins_at=datetime.fromtimestamp(begins, UTC),
        expires_at=datetime.fromtimestamp(expires, UTC),
        roles=claims.get(rules.roles_claim),
        has_roles=rules.roles_claim in claims,
        partner=claims.get(rules.partner_claim),
        has_partner=rules.partner_claim in claims,
    )


def check_period(identity: Identity, now: datetime) -> None:
    """Raise RefusedToken outside of the token's period of validity."""
    if now >= identity.expires_at + LEEWAY:
        raise RefusedToken("it has expired")
    if now < identity.begins_at - LEEWAY:
        raise RefusedToken("it is not valid yet: see whether the clocks are right")


def _second(claims: Mapping[str, Any], name: str) -> int:
    value = claims.get(name)
    if type(value) is not int or not 0 <= value <= LATEST:  # no bool, which is an int too
        raise RefusedToken(f"its claim {name} is no number of seconds")
    return value


def _json_object(part: str) -> dict[str, Any]:
    """Return the JSON object of a token's part; refuse a name that occurs twice, of which readers take either."""
    try:
        value = json.loads(urlsafe_b64decode(part.encode()), object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise RefusedToken("it holds no proper JSON") from None
    if not isinstance(value, dict):
        raise RefusedToken("it holds no JSON object")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(name)
