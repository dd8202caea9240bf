from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from json import dumps
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey

from gql_leads.domain.errors import Unauthenticated
from gql_leads.services.sign_in.tokens import INVALID_TOKEN, LEEWAY, MOST_CHARACTERS, Tokens

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MEMBER = UUID("01938d0e-7e4a-7000-8000-000000000001")
TOKENS = Tokens(b"a secret of thirty-two bytes or more")
GOOD = TOKENS.mint(MEMBER, NOW, HOUR)
SECOND = int(NOW.timestamp())
CLAIMS: dict[str, Any] = {"iss": "gql-leads", "aud": "gql-leads", "sub": str(MEMBER), "iat": SECOND, "exp": SECOND + 60}


def encoded(part: object) -> str:
    return urlsafe_b64encode(dumps(part).encode()).rstrip(b"=").decode()


def refusal(token: str, now: datetime = NOW) -> str:
    with pytest.raises(Unauthenticated) as caught:
        TOKENS.verify(token, now)
    assert len(token) < 20 or token[:20] not in caught.value.message
    return caught.value.message


def test_a_token_has_its_member_and_expiry() -> None:
    facts = TOKENS.verify(GOOD, NOW)
    assert facts.member_id == MEMBER
    assert facts.expires_at == NOW + HOUR


def test_tokens_are_unique() -> None:
    assert TOKENS.mint(MEMBER, NOW, HOUR) != GOOD


def test_another_process_with_the_same_secret_verifies_it() -> None:
    assert Tokens(b"a secret of thirty-two bytes or more").verify(GOOD, NOW).member_id == MEMBER


def test_a_token_is_valid_until_its_expiry_plus_the_leeway() -> None:
    last_moment = NOW + HOUR + LEEWAY - timedelta(milliseconds=1)
    assert TOKENS.verify(GOOD, last_moment).member_id == MEMBER
    assert "expired" in refusal(GOOD, NOW + HOUR + LEEWAY)


@pytest.mark.parametrize("begins", [{"iat": SECOND + 31}, {"nbf": SECOND + 31}])
def test_a_token_is_valid_from_its_start_minus_the_leeway(begins: dict[str, int]) -> None:
    token = TOKENS._sign(CLAIMS | begins)
    assert "not good yet" in refusal(token)
    assert TOKENS.verify(token, NOW + timedelta(seconds=1)).member_id == MEMBER


def test_a_token_signed_with_another_secret_is_refused() -> None:
    refusal(Tokens(b"another secret of thirty-two bytes or more").mint(MEMBER, NOW, HOUR))


def test_a_token_of_a_previous_secret_is_accepted_and_new_ones_use_the_current_secret() -> None:
    rotated = Tokens(b"another secret of thirty-two bytes or more", previous=[b"a secret of thirty-two bytes or more"])
    assert rotated.verify(GOOD, NOW).member_id == MEMBER
    refusal(rotated.mint(MEMBER, NOW, HOUR))


def test_a_token_signed_with_the_bare_secret_is_refused() -> None:
    bare = OctKey.import_key(b"a secret of thirty-two bytes or more")
    refusal(jwt.encode({"alg": "HS256"}, CLAIMS, bare))


@pytest.mark.parametrize("other", [{"issuer": "someone"}, {"audience": "something"}])
def test_a_token_for_another_service_is_refused(other: dict[str, Any]) -> None:
    foreign = Tokens(b"a secret of thirty-two bytes or more", **other).mint(MEMBER, NOW, HOUR)
    assert refusal(foreign) == INVALID_TOKEN


OURS = {"typ": "JWT", "alg": "HS256"}


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"typ": "JWT", "alg": "none"},
        {"typ": "JWT", "alg": "HS512"},
        {"typ": "JWT", "alg": "RS256"},
        {"typ": "JWT", "alg": ["HS256"]},
        {"typ": "JWT"},
        OURS | {"crit": ["exp"]},
        OURS | {"kid": "x"},
        OURS | {"jku": "https://a.example"},
        OURS | {"x5u": "https://a.example"},
        {},
        [],
        "alg",
        1,
        None,
    ],
)
def test_a_foreign_header_is_refused(header: object) -> None:
    _, payload, signature = GOOD.split(".")
    refusal(f"{encoded(header)}.{payload}.{signature}")
    refusal(f"{encoded(header)}.{payload}.")


def test_a_changed_payload_is_refused() -> None:
    header, _, signature = GOOD.split(".")
    refusal(f"{header}.{encoded(CLAIMS | {'sub': str(UUID(int=2))})}.{signature}")


@pytest.mark.parametrize(
    "claims",
    [
        {},
        CLAIMS | {"sub": "rep@acme.example"},
        CLAIMS | {"sub": 7},
        CLAIMS | {"sub": None},
        CLAIMS | {"exp": "soon"},
        CLAIMS | {"exp": None},
        CLAIMS | {"exp": 10**30},
        CLAIMS | {"exp": float("nan")},
        CLAIMS | {"iat": "now"},
        CLAIMS | {"iat": None},
        CLAIMS | {"iat": 10**30},
        CLAIMS | {"nbf": "soon"},
        CLAIMS | {"aud": ["gql-leads"]},
        *({name: claim for name, claim in CLAIMS.items() if name != missing} for missing in CLAIMS),
    ],
)
def test_claims_of_other_types_are_refused_even_if_signed(claims: dict[str, Any]) -> None:
    assert TOKENS.verify(TOKENS._sign(CLAIMS), NOW).member_id == MEMBER
    refusal(TOKENS._sign(claims))


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "...", "x", "Bearer x", GOOD + ".", GOOD + "=", GOOD + " ", " " + GOOD, GOOD + "\n", GOOD[:-1],
     GOOD.rpartition(".")[0], GOOD.rpartition(".")[0] + ".", GOOD + "é", "\ud800", GOOD + "\0"],
)  # fmt: skip
def test_malformed_tokens_are_refused(token: str) -> None:
    refusal(token)


def test_an_overlong_token_is_refused_even_if_signed() -> None:
    refusal(TOKENS._sign(CLAIMS | {"jti": "x" * MOST_CHARACTERS}))


def test_deeply_nested_json_is_refused() -> None:
    header, _, signature = GOOD.split(".")
    nested = urlsafe_b64encode(b"[" * 4000).rstrip(b"=").decode()
    refusal(f"{nested}.{nested[:16]}.{signature}")
    refusal(f"{header}.{nested}.{signature}")


@given(position=st.integers(0, len(GOOD) - 1), character=st.characters())
def test_a_token_with_any_character_changed_is_refused(position: int, character: str) -> None:
    changed = GOOD[:position] + character + GOOD[position + 1 :]
    if changed != GOOD:
        refusal(changed)


@given(st.text())
def test_arbitrary_text_is_refused(text: str) -> None:
    refusal(text)


def test_the_signature_has_only_one_encoding() -> None:
    head, _, signature = GOOD.rpartition(".")
    same_bytes = [
        last
        for last in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        if urlsafe_b64decode(signature[:-1] + last + "=") == urlsafe_b64decode(signature + "=")
    ]
    assert len(same_bytes) == 4
    accepted = [last for last in same_bytes if is_good(f"{head}.{signature[:-1]}{last}")]
    assert accepted == [signature[-1]]


def is_good(token: str) -> bool:
    try:
        TOKENS.verify(token, NOW)
    except Unauthenticated:
        return False
    return True
