"""The cache of verified tokens, and the log of refusals; forged tokens are tested with a real server in tests/acceptance."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from gql_leads.domain.errors import Unauthenticated
from gql_leads.domain.rules import ClaimRules
from gql_leads.domain.viewer import MemberRole, Viewer
from gql_leads.services.sign_in.oidc import identity_provider
from gql_leads.services.sign_in.oidc.id_tokens import LEEWAY, verify_signature
from gql_leads.services.sign_in.oidc.identity_provider import IdentityProvider
from gql_leads.services.sign_in.oidc.issuer_keys import IssuerKeys
from gql_leads.services.sign_in.tokens import INVALID_TOKEN
from gql_leads.store.access.viewers import AddressedViewer
from tests.oidc_issuer import AUDIENCE, Issuer, oidc_issuer

EMAIL = "rep@acme.example"
REP = Viewer(UUID(int=1), frozenset({MemberRole.SALES_REP}), UUID(int=2))


async def find(email_key: str) -> AddressedViewer | None:
    return AddressedViewer(REP, EMAIL, "acme") if email_key == EMAIL else None


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with oidc_issuer() as running:
        yield running


@pytest.fixture
def keys(issuer: Issuer) -> IssuerKeys:
    return IssuerKeys(issuer.url)


@pytest.fixture
def provider(issuer: Issuer, keys: IssuerKeys) -> IdentityProvider:
    return IdentityProvider(ClaimRules(issuer.url, AUDIENCE), keys)


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tokens whose signature was verified, in their order."""
    tokens: list[str] = []

    def recorded(token: str, *rest: Any) -> dict[str, Any]:
        tokens.append(token)
        return verify_signature(token, *rest)

    monkeypatch.setattr(identity_provider, "verify_signature", recorded)
    return tokens


async def test_a_signature_is_verified_once(issuer: Issuer, provider: IdentityProvider, verified: list[str]) -> None:
    token = issuer.token(EMAIL)
    for _ in range(3):
        assert (await provider.authenticate(token, now(), find))[0] == REP
    assert verified == [token]


async def test_the_end_of_a_cached_token_is_checked_at_each_use(issuer: Issuer, provider: IdentityProvider) -> None:
    at = now().replace(microsecond=0)
    token = issuer.token(EMAIL, exp=int(at.timestamp()) + 60)
    _, expires_at = await provider.authenticate(token, at, find)
    assert expires_at == at + timedelta(seconds=60)
    await provider.authenticate(token, expires_at + LEEWAY - timedelta(milliseconds=1), find)
    with pytest.raises(Unauthenticated):
        await provider.authenticate(token, expires_at + LEEWAY, find)
    with pytest.raises(Unauthenticated):
        await provider.authenticate(token, at - timedelta(minutes=10), find)


async def test_cached_tokens_of_a_withdrawn_key_are_refused(
    issuer: Issuer, keys: IssuerKeys, provider: IdentityProvider, verified: list[str]
) -> None:
    token = issuer.token(EMAIL)
    await provider.authenticate(token, now(), find)
    issuer.rotate("second")
    await provider.authenticate(token, now(), find)
    await keys._refresh()
    with pytest.raises(Unauthenticated):
        await provider.authenticate(token, now(), find)
    assert verified == [token]


async def test_the_cache_keeps_the_tokens_used_last(
    issuer: Issuer, provider: IdentityProvider, verified: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity_provider, "MEMOIZED", 2)
    first, second, third = (issuer.token(EMAIL, jti=number) for number in range(3))
    for token in (first, second, first, third, first, second):
        await provider.authenticate(token, now(), find)
    assert verified == [first, second, third, second]


async def test_a_reason_is_logged_once_a_minute_and_not_sent(
    issuer: Issuer, provider: IdentityProvider, caplog: pytest.LogCaptureFixture
) -> None:
    at = now()
    for token in (issuer.token(EMAIL, aud="other"), issuer.token(EMAIL, aud="another"), issuer.token("nobody@acme.example")):
        with pytest.raises(Unauthenticated) as caught:
            await provider.authenticate(token, at, find)
        assert caught.value.message == INVALID_TOKEN
    assert [record.message for record in caplog.records] == [
        "A token of the identity provider was refused: its audience does not contain GQL_LEADS_OIDC_AUDIENCE.",
        "A token of the identity provider was refused: there is no active member with its e-mail address.",
    ]
    with pytest.raises(Unauthenticated):
        await provider.authenticate(issuer.token(EMAIL, aud="other"), at + timedelta(minutes=1), find)
    assert len(caplog.records) == 3
    assert EMAIL not in caplog.text


async def test_the_log_of_reasons_is_bounded(issuer: Issuer, provider: IdentityProvider, caplog: pytest.LogCaptureFixture) -> None:
    at = now()
    for number in range(identity_provider.MOST_REASONS + 5):
        with pytest.raises(Unauthenticated):
            await provider.authenticate(issuer.token(EMAIL, roles=[f"role {number}"]), at, find)
    assert len(caplog.records) == identity_provider.MOST_REASONS


async def test_other_names_of_claims_are_settings(issuer: Issuer, keys: IssuerKeys) -> None:
    rules = ClaimRules(issuer.url, AUDIENCE, "https://acme.example/roles", "company")
    provider = IdentityProvider(rules, keys)
    token = issuer.token(EMAIL, **{"https://acme.example/roles": ["REFERRAL_ADMIN"], "company": "Acme", "roles": ["x"], "partner": "x"})
    viewer, _ = await provider.authenticate(token, now(), find)
    assert viewer.roles == {MemberRole.REFERRAL_ADMIN}
