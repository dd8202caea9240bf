"""Fetch the public keys of an identity provider, with limits on time, size and redirects."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import orjson
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

Key = RSAKey | ECKey
KeysById = Mapping[str, Mapping[str, Key]]
"""Public keys by their id (`kid`), then by the algorithm that a token may use with them."""

ALGORITHMS: Final[Mapping[str, tuple[str, ...]]] = {"RSA": ("RS256", "PS256"), "EC": ("ES256",)}
"""The accepted algorithms of each type of key: all are asymmetric, so that no public key can serve as a secret."""
PUBLIC_PARTS: Final[Mapping[str, tuple[str, ...]]] = {"RSA": ("kty", "n", "e"), "EC": ("kty", "crv", "x", "y")}
CURVE: Final = "P-256"
RSA_CHARACTERS: Final = range(342, 1367)
"""The length of a modulus of 2,048 to 8,192 bits in base64; joserfc warns about shorter ones, and longer ones take too long."""
TIMEOUT_SECONDS: Final = 10.0
MOST_BYTES: Final = 500_000
MOST_KEYS: Final = 100
MOST_REDIRECTS: Final = 3


class IssuerFault(Exception):
    """Raised if the identity provider cannot be reached, or its answer cannot be used; the message says why."""


async def fetch_keys(issuer: str) -> KeysById:
    """Return the signing keys that the issuer publishes now; raise IssuerFault."""
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS), httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as client:
            address = _keys_address(issuer, await _fetch(client, discovery_address(issuer)))
            keys = _usable_keys(await _fetch(client, address))
    except TimeoutError:
        raise IssuerFault(f"it did not answer within {TIMEOUT_SECONDS:g} s") from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise IssuerFault(f"it cannot be reached: {type(error).__name__}") from None
    if not keys:
        raise IssuerFault("it publishes no key for signatures that can be used here")
    return keys


def discovery_address(issuer: str) -> str:
    """Return the address of the discovery document."""
    return f"{issuer.removesuffix('/')}/.well-known/openid-configuration"


async def _fetch(client: httpx.AsyncClient, address: str) -> dict[str, Any]:
    """Return the JSON object at an address."""
    url = httpx.URL(address)
    for _ in range(MOST_REDIRECTS + 1):
        # Without compression, so that the limit holds for what is read.
        async with client.stream("GET", url, headers={"accept": "application/json", "accept-encoding": "identity"}) as response:
            if response.next_request is not None:
                target = response.next_request.url
                if (target.scheme, target.host, target.port) != (url.scheme, url.host, url.port):
                    raise IssuerFault(f"{url.path} redirects to another host")
                url = target
                continue
            if response.status_code != httpx.codes.OK:
                raise IssuerFault(f"{url.path} is answered with the status {response.status_code}")
            body = bytearray()
            async for part in response.aiter_raw():
                body += part
                if len(body) > MOST_BYTES:
                    raise IssuerFault(f"{url.path} is larger than {MOST_BYTES:,} bytes")
        with suppress(orjson.JSONDecodeError):
            document = orjson.loads(body)
            if isinstance(document, dict):
                return document
        raise IssuerFault(f"{url.path} is no JSON object")
    raise IssuerFault(f"{address} redirects more than {MOST_REDIRECTS} times")


def _keys_address(issuer: str, document: dict[str, Any]) -> str:
    """Return the address of the keys in a discovery document."""
    if document.get("issuer") != issuer:
        raise IssuerFault("its discovery document names another issuer than GQL_LEADS_OIDC_ISSUER, which it should equal")
    address = document.get("jwks_uri")
    schemes = ("https",) if issuer.startswith("https:") else ("https", "http")
    with suppress(ValueError):  # of a port that is no number, or too large
        parts = urlsplit(address if isinstance(address, str) else "")
        if parts.scheme in schemes and parts.hostname and parts.port != 0:
            return parts.geturl()
    raise IssuerFault("the jwks_uri in its discovery document is no https address")


def _usable_keys(document: dict[str, Any]) -> KeysById:
    """Return the keys of a JWK set that verify signatures of the accepted algorithms; ignore all others."""
    listed = document.get("keys")
    if not isinstance(listed, list) or len(listed) > MOST_KEYS:
        raise IssuerFault(f"its key set is no list of at most {MOST_KEYS} keys")
    found: dict[str, dict[str, Key]] = {}
    for jwk in listed:
        if isinstance(jwk, dict) and isinstance(kid := jwk.get("kid"), str) and (key := _key(jwk)) is not None:
            for algorithm in ALGORITHMS[key.key_type]:
                if jwk.get("alg") in (None, algorithm):
                    found.setdefault(kid, {}).setdefault(algorithm, key)
    return found


def _key(jwk: dict[str, Any]) -> Key | None:
    """Return the public key of a JWK; None if it is not for signatures, or of an unsuitable type or size."""
    kty, operations = jwk.get("kty"), jwk.get("key_ops", ["verify"])
    if not isinstance(kty, str) or kty not in ALGORITHMS or jwk.get("use", "sig") != "sig" or (kty == "EC" and jwk.get("crv") != CURVE):
        return None
    if not isinstance(operations, list) or "verify" not in operations:
        return None
    parts: dict[str, Any] = {name: jwk.get(name) for name in PUBLIC_PARTS[kty]}
    if not all(isinstance(part, str) for part in parts.values()):
        return None
    if kty == "RSA" and len(parts["n"]) not in RSA_CHARACTERS:
        return None
    try:
        key: Key = ECKey.import_key(parts) if kty == "EC" else RSAKey.import_key(parts)
        return key if key.public_key else None  # which parses it
    except (JoseError, ValueError, TypeError):
        return None
