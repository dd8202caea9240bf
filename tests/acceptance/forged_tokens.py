"""Tokens that pretend to be the identity provider's: each is wrong in one thing."""

import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from joserfc.jwk import RSAKey

from gql_leads.services.sign_in.tokens import Tokens
from tests.acceptance.server import SECRET
from tests.oidc_issuer import Issuer, encoded, new_rsa_key, signed

REP: Final = "rep@acme.example"
INACTIVE: Final = "former@acme.example"
ATTACKER: Final = "attacker"


@dataclass(frozen=True)
class Forger:
    """Makes tokens from a good one of the issuer."""

    issuer: Issuer
    service_email: str
    """The address of the member as which an API key acts."""

    def header(self, **changes: Any) -> dict[str, Any]:
        """Return a good header with changes; `...` removes a parameter."""
        header = {"alg": "RS256", "typ": "JWT", "kid": self.issuer.key.kid} | changes
        return {name: value for name, value in header.items() if value is not ...}

    def with_header(self, **changes: Any) -> str:
        """Return a token that the issuer signed, with another header."""
        return signed(self.header(**changes), self.issuer.claims(REP), self.issuer.key)

    def with_claims(self, **changes: Any) -> str:
        """Return a token that the issuer signed, with other claims."""
        return self.issuer.token(REP, **changes)

    def with_payload(self, payload: str) -> str:
        """Return a token that the issuer signed, with any text in place of the claims."""
        return signed(self.header(), payload.encode(), self.issuer.key)

    def by_attacker(self, **changes: Any) -> str:
        """Return a token of an attacker's key, with another header."""
        return signed(self.header(**changes), self.issuer.claims(REP), attackers_key())

    def with_public_key_as_secret(self, text: bytes, digest: str = "sha256") -> str:
        """Return a token whose secret is the issuer's public key, which everybody knows."""
        header = {"typ": "JWT", "alg": f"HS{digest[3:]}", "kid": self.issuer.key.kid}
        return signed_with_secret(header, self.issuer.claims(REP), text, digest)

    def unsigned(self, **header: Any) -> str:
        """Return a token without a signature."""
        return f"{encoded(self.header(**header))}.{encoded(self.issuer.claims(REP))}."

    @property
    def good(self) -> str:
        """A good token."""
        return self.issuer.token(REP)

    @property
    def public_key(self) -> RSAKey:
        """The issuer's key without its private part."""
        key: RSAKey = RSAKey.import_key(self.issuer.key.as_dict(private=False))
        return key


def signed_with_secret(header: object, claims: object, secret: bytes, digest: str) -> str:
    """Return a token with an HMAC; joserfc does not take a public key as the secret."""
    content = f"{encoded(header)}.{encoded(claims)}"
    return f"{content}.{encoded(hmac.new(secret, content.encode(), digest).digest())}"


def attackers_key() -> RSAKey:
    """Return a key that the issuer does not publish."""
    return new_rsa_key(ATTACKER)


def now() -> int:
    """Return the current second."""
    return int(time.time())


def replaced(token: str, part: int, value: str) -> str:
    """Return the token with another part."""
    parts = token.split(".")
    parts[part] = value
    return ".".join(parts)


def own_token(claims: Mapping[str, Any]) -> str:
    """Return a token with the secret and the header of the service's own."""
    return Tokens(SECRET.encode())._sign(dict(claims))


def jwk(key: RSAKey) -> dict[str, Any]:
    """Return the public part of a key."""
    return dict(key.as_dict(private=False))


FORGED: Final[Mapping[str, Callable[[Forger], str]]] = {
    # header
    "alg none": lambda one: one.unsigned(alg="none"),
    "alg None": lambda one: one.unsigned(alg="None"),
    "alg none with a signature": lambda one: one.with_header(alg="none"),
    "alg missing": lambda one: one.with_header(alg=...),
    "alg a list": lambda one: one.with_header(alg=["RS256"]),
    "HS256 with the public key": lambda one: one.with_public_key_as_secret(one.public_key.as_pem(private=False)),
    "HS256 with the public key in DER": lambda one: one.with_public_key_as_secret(one.public_key.as_der(private=False)),
    "HS256 with the modulus": lambda one: one.with_public_key_as_secret(jwk(one.public_key)["n"].encode()),
    "HS512 with the public key": lambda one: one.with_public_key_as_secret(one.public_key.as_pem(private=False), "sha512"),
    "own header with the public key": lambda one: signed_with_secret(
        {"typ": "JWT", "alg": "HS256"}, one.issuer.claims(REP), one.public_key.as_pem(private=False), "sha256"
    ),
    "RS384": lambda one: signed(one.header(alg="RS384"), one.issuer.claims(REP), one.issuer.key, "RS384"),
    "RS512": lambda one: signed(one.header(alg="RS512"), one.issuer.claims(REP), one.issuer.key, "RS512"),
    "RS256 said to be PS256": lambda one: one.with_header(alg="PS256"),
    "ES256 with an RSA key": lambda one: replaced(one.with_header(alg="ES256"), 2, encoded(bytes(64))),
    "ES256 with a signature of zeros": lambda one: replaced(one.with_header(alg="ES256", kid="curve"), 2, encoded(bytes(64))),
    "kid missing": lambda one: one.with_header(kid=...),
    "kid unknown": lambda one: one.with_header(kid="other"),
    "kid of another key": lambda one: one.with_header(kid="curve"),
    "kid a path": lambda one: one.with_header(kid="../../../../dev/null"),
    "kid an SQL text": lambda one: one.with_header(kid="' OR '1'='1"),
    "kid empty": lambda one: one.with_header(kid=""),
    "kid a number": lambda one: one.with_header(kid=1),
    "kid a list": lambda one: one.with_header(kid=["first"]),
    "kid long": lambda one: one.with_header(kid="first" * 100),
    "crit": lambda one: one.with_header(crit=["exp"]),
    "crit unknown": lambda one: one.with_header(crit=["x"], x=1),
    "b64 false": lambda one: one.with_header(b64=False, crit=["b64"]),
    "typ of a sign-out": lambda one: one.with_header(typ="logout+jwt"),
    "typ a number": lambda one: one.with_header(typ=1),
    "jku": lambda one: one.by_attacker(jku=one.issuer.url + "/attacker"),
    "x5u": lambda one: one.by_attacker(x5u=one.issuer.url + "/attacker"),
    "jwk": lambda one: one.by_attacker(jwk=jwk(attackers_key())),
    "jwk and its kid": lambda one: one.by_attacker(jwk=jwk(attackers_key()), kid=ATTACKER),
    "header with a name twice": lambda one: signed(
        b'{"alg": "none", "alg": "RS256", "kid": "%s"}' % one.issuer.key.kid.encode(), one.issuer.claims(REP), one.issuer.key
    ),
    "header a list": lambda one: signed([one.header()], one.issuer.claims(REP), one.issuer.key),
    # signature
    "signature of another key": lambda one: one.by_attacker(),
    "signature shortened": lambda one: one.good[:-8],
    "signature missing": lambda one: replaced(one.good, 2, ""),
    "signature of another token": lambda one: replaced(one.good, 2, one.with_claims(jti="1").split(".")[2]),
    "claims changed": lambda one: replaced(one.good, 1, encoded(one.issuer.claims("root@vendor.example"))),
    "two parts": lambda one: one.good.rpartition(".")[0],
    "five parts": lambda one: f"{one.good}.AA.AA",
    "padded": lambda one: f"{one.good}==",
    # claims
    "aud another": lambda one: one.with_claims(aud="leads-test"),
    "aud a list of others": lambda one: one.with_claims(aud=["crm", "shop"]),
    "aud a nested list": lambda one: one.with_claims(aud=[["leads"]]),
    "aud an object": lambda one: one.with_claims(aud={"leads": 1}),
    "aud missing": lambda one: one.with_claims(aud=...),
    "iss another": lambda one: one.with_claims(iss="https://login.evil.example"),
    "iss with a slash": lambda one: one.with_claims(iss=one.issuer.url + "/"),
    "iss a list": lambda one: one.with_claims(iss=[one.issuer.url]),
    "iss missing": lambda one: one.with_claims(iss=...),
    "exp past": lambda one: one.with_claims(iat=now() - 600, exp=now() - 60),
    "exp missing": lambda one: one.with_claims(exp=...),
    "exp a text": lambda one: one.with_claims(exp=str(now() + 600)),
    "exp a fraction": lambda one: one.with_claims(exp=now() + 600.5),
    "exp negative": lambda one: one.with_claims(exp=-1),
    "exp true": lambda one: one.with_claims(exp=True),
    "exp in milliseconds": lambda one: one.with_claims(exp=now() * 1000),
    "exp before iat": lambda one: one.with_claims(iat=now() + 10, exp=now() + 5),
    "nbf in the future": lambda one: one.with_claims(nbf=now() + 120),
    "nbf a text": lambda one: one.with_claims(nbf="0"),
    "nbf negative": lambda one: one.with_claims(nbf=-1),
    "iat in the future": lambda one: one.with_claims(iat=now() + 120),
    "iat missing": lambda one: one.with_claims(iat=...),
    "iat a fraction": lambda one: one.with_claims(iat=float(now())),
    "iat negative": lambda one: one.with_claims(iat=-1),
    "claim twice": lambda one: one.with_payload(json.dumps(one.issuer.claims("x@acme.example"))[:-1] + f', "email": "{REP}"}}'),
    "claims with NaN": lambda one: one.with_payload(json.dumps(one.issuer.claims(REP) | {"x": float("nan")})),
    "claims nested deeply": lambda one: one.with_payload("[" * 9_000),
    "claims a list": lambda one: one.with_payload(json.dumps([one.issuer.claims(REP)])),
    # member
    "e-mail not verified": lambda one: one.with_claims(email_verified=False),
    "e-mail verified as a text": lambda one: one.with_claims(email_verified="true"),
    "e-mail verified missing": lambda one: one.with_claims(email_verified=...),
    "e-mail missing": lambda one: one.with_claims(email=...),
    "e-mail a list": lambda one: one.with_claims(email=[REP]),
    "e-mail with a NUL": lambda one: one.with_claims(email=f"{REP}\0"),
    "e-mail with half a character": lambda one: one.with_claims(email=f"{REP}\ud800"),
    "e-mail in wide letters": lambda one: one.with_claims(email=REP.replace("a", "\uff41")),
    "e-mail of nobody": lambda one: one.issuer.token("nobody@acme.example"),
    "e-mail of an inactive member": lambda one: one.issuer.token(INACTIVE),
    "e-mail of an API key": lambda one: one.issuer.token(one.service_email),
    "roles unknown": lambda one: one.with_claims(roles=["SALES_REP", "OWNER"]),
    "roles of the vendor": lambda one: one.with_claims(roles=["ADMINISTRATOR"]),
    "roles empty": lambda one: one.with_claims(roles=[]),
    "roles an object": lambda one: one.with_claims(roles={"SALES_REP": True}),
    "partner another": lambda one: one.with_claims(partner="Globex"),
    "partner none": lambda one: one.with_claims(partner=None),
    # key confusion between the issuer and the service
    "own token that names the issuer": lambda one: own_token(one.issuer.claims(REP)),
    "issuer's key for an own token": lambda one: one.with_claims(iss="gql-leads", aud="gql-leads"),
}
