"""Fetching discovery documents and keys from a real HTTP server, with every fault that one may have."""

import json
from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey

from gql_leads.services.sign_in.oidc import issuer_documents
from gql_leads.services.sign_in.oidc.issuer_documents import MOST_BYTES, MOST_KEYS, IssuerFault, discovery_address, fetch_keys
from tests.oidc_issuer import DISCOVERY, KEYS, Issuer, encoded, new_ec_key, new_rsa_key, oidc_issuer
from tests.ports import reserve_port

RSA = new_rsa_key("rsa").as_dict(private=False)


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with oidc_issuer() as running:
        yield running


def key_set(*keys: object) -> bytes:
    return json.dumps({"keys": keys}).encode()


async def fault(issuer: Issuer) -> str:
    with pytest.raises(IssuerFault) as caught:
        await fetch_keys(issuer.url)
    return str(caught.value)


async def test_keys_are_found_by_id_and_algorithm(issuer: Issuer) -> None:
    issuer.published = [issuer.key, new_ec_key("curve"), new_rsa_key("second")]
    keys = await fetch_keys(issuer.url)
    assert {kid: set(algorithms) for kid, algorithms in keys.items()} == {
        "first": {"RS256", "PS256"}, "curve": {"ES256"}, "second": {"RS256", "PS256"},
    }  # fmt: skip
    assert not keys["first"]["RS256"].is_private
    assert issuer.requests == [DISCOVERY, KEYS]


def test_the_slash_at_the_end_of_an_issuer_is_not_doubled() -> None:
    assert discovery_address("https://login.example/") == "https://login.example/.well-known/openid-configuration"
    assert discovery_address("https://login.example/a") == "https://login.example/a/.well-known/openid-configuration"


@pytest.mark.parametrize(
    "jwk",
    [
        {**RSA, "use": "enc"},
        {**RSA, "alg": "RS384"},
        {**RSA, "alg": "RSA-OAEP"},
        {**RSA, "key_ops": ["encrypt"]},
        {**RSA, "key_ops": "verify"},
        {**RSA, "kid": 7},
        {name: value for name, value in RSA.items() if name != "kid"},
        {**RSA, "n": 7},
        {**RSA, "n": "!"},
        {**RSA, "n": ""},
        {**RSA, "e": "AQ"},
        {**RSA, "kty": "EC"},
        {**RSA, "kty": ["RSA"]},
        {**RSA, "kty": None},
        {**RSA, "n": encoded((2**1023 + 1).to_bytes(128))},
        {**RSA, "n": encoded((2**16383 + 1).to_bytes(2048))},
        ECKey.generate_key("P-384", {"kid": "p384"}).as_dict(private=False),
        {**new_ec_key("off").as_dict(private=False), "y": "AA"},
        OctKey.generate_key(256, {"kid": "secret"}).as_dict(private=True),
        {"kid": "okp", "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
        "key",
        None,
        [],
    ],
)
async def test_keys_that_cannot_be_used_are_ignored(issuer: Issuer, jwk: Any) -> None:
    issuer.body = key_set(jwk, {**RSA, "kid": "good"})
    assert set(await fetch_keys(issuer.url)) == {"good"}
    issuer.body = key_set(jwk)
    assert "no key" in await fault(issuer)


async def test_the_issuer_in_the_discovery_document_must_be_equal(issuer: Issuer) -> None:
    for other in (f"{issuer.url}/", "https://evil.example", None):
        issuer.discovery = {"issuer": other}
        assert "another issuer" in await fault(issuer)
    assert issuer.requests == [DISCOVERY] * 3


@pytest.mark.parametrize(
    "address",
    [None, 7, "", "/keys", "file:///etc/passwd", "ftp://127.0.0.1/keys", "http://", "http://[", "http://127.0.0.1:99999/keys",
     "http://127.0.0.1:0/keys", "http://127.0.0.1:x/keys"],
)  # fmt: skip
async def test_the_address_of_the_keys_must_be_http(issuer: Issuer, address: object) -> None:
    issuer.discovery = {"jwks_uri": address}
    assert "jwks_uri" in await fault(issuer)


@pytest.mark.parametrize("address", ["http://a b/", "http://\x00/", "http://" + "a" * 300, "http://ü" * 10])
async def test_an_address_of_the_keys_that_leads_nowhere_is_a_fault(issuer: Issuer, address: str) -> None:
    issuer.discovery = {"jwks_uri": address}
    await fault(issuer)


@pytest.mark.parametrize("body", [b"", b"[]", b"keys", b"\xff", b"1", b"[" * 100_000, b'{"keys": {}}', b"{}"])
async def test_a_body_that_is_no_key_set_is_a_fault(issuer: Issuer, body: bytes) -> None:
    issuer.body = body
    await fault(issuer)


async def test_a_huge_key_set_is_a_fault(issuer: Issuer) -> None:
    issuer.body = key_set(RSA)[:-1] + b" " * MOST_BYTES + b"}"
    assert "larger" in await fault(issuer)
    issuer.body = key_set(*[RSA] * (MOST_KEYS + 1))
    assert f"at most {MOST_KEYS} keys" in await fault(issuer)


async def test_redirects_stay_at_the_host(issuer: Issuer) -> None:
    issuer.redirect = "/moved"
    assert set(await fetch_keys(issuer.url)) == {"first"}
    with oidc_issuer() as other:
        issuer.redirect = other.url + KEYS
        assert "redirects to another host" in await fault(issuer)
        assert other.requests == []
    issuer.redirect = KEYS
    assert "redirects more than" in await fault(issuer)


@pytest.mark.parametrize("status", [204, 404, 500, 503])
async def test_another_status_is_a_fault(issuer: Issuer, status: int) -> None:
    issuer.status = status
    assert str(status) in await fault(issuer)


async def test_a_slow_issuer_is_a_fault(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuer_documents, "TIMEOUT_SECONDS", 0.2)
    issuer.delay = Event()
    assert "did not answer within 0.2 s" in await fault(issuer)


async def test_an_issuer_that_is_away_is_a_fault() -> None:
    port, holder = reserve_port()
    with holder, pytest.raises(IssuerFault, match="cannot be reached"):
        await fetch_keys(f"http://127.0.0.1:{port}")
