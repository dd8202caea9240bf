"""Scalars."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from gql_leads.api.values.scalars import instant_text, parse_date, parse_decimal, parse_instant


@given(some.integers(min_value=-62_000_000_000_000, max_value=253_000_000_000_000))
def test_instant_survives_formatting_and_parsing(millis: int) -> None:
    assert parse_instant(instant_text(millis)) == millis
    assert len(instant_text(millis)) == len("2026-11-21T09:30:00.000Z")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-11-21T09:30:00Z", "2026-11-21T09:30:00.000Z"),
        ("2026-11-21t09:30:00.1239z", "2026-11-21T09:30:00.123Z"),
        ("2026-11-21T09:30:00.5+05:30", "2026-11-21T04:00:00.500Z"),
        ("2026-11-21T09:30:00+0000", "2026-11-21T09:30:00.000Z"),
        ("2026-11-21T09:30:00.1-0230", "2026-11-21T12:00:00.100Z"),
        ("2026-11-21T09:30:00.123456789Z", "2026-11-21T09:30:00.123Z"),
        ("2026-11-21T09:30:00.999999999+0200", "2026-11-21T07:30:00.999Z"),
        ("1969-12-31T23:59:59.9999Z", "1969-12-31T23:59:59.999Z"),
    ],
)
def test_instant_accepts_any_offset(text: str, said: str) -> None:
    assert instant_text(parse_instant(text)) == said


@pytest.mark.parametrize("wrong", ["2026-02-30", "20261121", "2026-11-21T09:30:00Z", "", 5, None])
def test_invalid_date_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match="Give an ISO 8601 date"):
        parse_date(wrong)


@pytest.mark.parametrize("wrong", ["NaN", "Infinity", "1e5", "", "1.", "١", 1.5, True, None])
def test_invalid_decimal_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match="Give an exact decimal"):
        parse_decimal(wrong)
