from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql_leads.domain.values.codes import CURRENCIES
from gql_leads.domain.values.money import Money


@pytest.mark.parametrize(
    ("amount", "currency", "minor", "text"),
    [
        ("12500", "EUR", 1250000, "12500.00"),
        ("12500.5", "EUR", 1250050, "12500.50"),
        ("0", "EUR", 0, "0.00"),
        ("-0", "EUR", 0, "0.00"),
        ("0E+999999", "EUR", 0, "0.00"),
        ("1E+3", "JPY", 1000, "1000"),
        ("100000.00", "JPY", 100000, "100000"),
        ("12500.000", "EUR", 1250000, "12500.00"),
        ("1.000", "EUR", 100, "1.00"),
        ("0.000000", "JPY", 0, "0"),
        ("0.1000000000000000000000000000000000000", "EUR", 10, "0.10"),
        ("1.23400", "BHD", 1234, "1.234"),
        ("1.234", "BHD", 1234, "1.234"),
        ("0.0001", "CLF", 1, "0.0001"),
        ("9999999999999.99", "EUR", 999999999999999, "9999999999999.99"),
        ("999999999999999", "JPY", 999999999999999, "999999999999999"),
    ],
)
def test_an_amount_is_kept_in_minor_units(amount: str, currency: str, minor: int, text: str) -> None:
    money = Money.of(Decimal(amount), currency)
    assert money == Money(minor, currency)
    assert money.text == text


@pytest.mark.parametrize(
    ("amount", "currency", "fault"),
    [
        ("-0.01", "EUR", "negative"),
        ("NaN", "EUR", "as a number"),
        ("sNaN", "EUR", "as a number"),
        ("Infinity", "EUR", "as a number"),
        ("-Infinity", "EUR", "as a number"),
        ("0.001", "EUR", "at most 2 decimal digits"),
        ("1.0010", "EUR", "at most 2 decimal digits"),
        ("1.10", "JPY", "without decimal digits"),
        ("1.5", "JPY", "without decimal digits"),
        ("10000000000000", "EUR", "at most 15 digits"),
        ("12345678901234567890", "EUR", "at most 15 digits"),
        ("1E+999999", "EUR", "at most 15 digits"),
        ("1E-999999", "EUR", "at most 2 decimal digits"),
    ],
)
def test_an_invalid_amount_is_refused_with_a_message(amount: str, currency: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        Money.of(Decimal(amount), currency)


@given(minor=st.integers(0, 10**15 - 1), currency=st.sampled_from(sorted(CURRENCIES)))
def test_the_text_of_an_amount_is_parsed_to_the_same_amount(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert Money.of(money.amount, currency) == money
    assert Money.of(Decimal(money.text), currency) == money
