"""Claims and periods of tokens at their limits; whole forged tokens are sent to a real server in tests/acceptance."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql_leads.domain.rules import ClaimRules
from gql_leads.services.sign_in.oidc.id_tokens import (
    LEEWAY,
    LONGEST_KEY_ID,
    MOST_CHARACTERS,
    RefusedToken,
    TokenHeader,
    check_period,
    read_claims,
    read_header,
)
from tests.oidc_issuer import encoded

RULES = ClaimRules("https://login.example", "leads")
CLAIMS: dict[str, Any] = {"iss": RULES.issuer, "aud": "leads", "iat": 1_000, "exp": 2_000, "email": "a@b.example", "email_verified": True}
HEADER = {"alg": "ES256", "kid": "k"}
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text())
FIRST, LAST = datetime.fromtimestamp(1_000, UTC), datetime.fromtimestamp(2_000, UTC)


def test_a_token_is_valid_within_its_period_and_the_leeway() -> None:
    identity = read_claims(CLAIMS, RULES)
    for now in (FIRST - LEEWAY, FIRST, LAST, LAST + LEEWAY - timedelta(milliseconds=1)):
        check_period(identity, now)
    for now in (FIRST - LEEWAY - timedelta(milliseconds=1), LAST + LEEWAY):
        with pytest.raises(RefusedToken):
            check_period(identity, now)


def test_the_later_of_iat_and_nbf_begins_the_period() -> None:
    assert read_claims(CLAIMS | {"nbf": 1_500}, RULES).begins_at == FIRST + timedelta(seconds=500)
    assert read_claims(CLAIMS | {"nbf": 10}, RULES).begins_at == FIRST
    with pytest.raises(RefusedToken, match="ends before it begins"):
        read_claims(CLAIMS | {"nbf": 2_000}, RULES)


@pytest.mark.parametrize("second", [0, 32_503_680_000])
def test_the_first_and_last_second_can_be_compared_with_a_clock(second: int) -> None:
    identity = read_claims(CLAIMS | {"iat": 0, "exp": second or 1}, RULES)
    with pytest.raises(RefusedToken):
        check_period(identity, identity.expires_at + LEEWAY)


@given(st.dictionaries(st.sampled_from(sorted(CLAIMS)), VALUES))
def test_claims_of_any_type_are_accepted_or_refused(changes: dict[str, Any]) -> None:
    claims = CLAIMS | changes
    try:
        check_period(read_claims(claims, RULES), FIRST)
    except RefusedToken:
        assert changes
    else:
        assert claims["email_verified"] is True


def test_the_size_of_a_token_and_of_its_key_id_is_limited() -> None:
    assert read_header(f"{encoded(HEADER)}.AA.AA") == TokenHeader("ES256", "k")
    length = MOST_CHARACTERS - len(encoded(HEADER)) - 4
    assert read_header(f"{encoded(HEADER)}.{'A' * length}.AA") == TokenHeader("ES256", "k")
    longest = HEADER | {"kid": "k" * LONGEST_KEY_ID}
    assert read_header(f"{encoded(longest)}.AA.AA").key_id == longest["kid"]
    for token in (f"{encoded(HEADER)}.{'A' * (length + 1)}.AA", f"{encoded(HEADER | {'kid': 'k' * (LONGEST_KEY_ID + 1)})}.AA.AA"):
        with pytest.raises(RefusedToken):
            read_header(token)


@given(st.text())
def test_any_text_is_no_token(text: str) -> None:
    with pytest.raises(RefusedToken):
        read_header(text)
    with pytest.raises(RefusedToken):
        read_header(f"{encoded(text.encode('utf-8', 'replace'))}.AA.AA")
