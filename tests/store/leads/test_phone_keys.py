"""Phone numbers that dial the same have equal keys."""

import pytest

from gql_leads.store.leads.phone_keys import phone_keys

Given = tuple[str, str | None]


def dial_the_same(one: Given, other: Given) -> bool:
    first, second = phone_keys(*one), phone_keys(*other)
    return first.dialed is not None and second.dialed is not None and (first.dialed in second or second.dialed in first)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("+1 425 555 0181 x12", None), ("+1 425 555 0181 x12", None)),
        (("+1 425 555 0181 x12", None), ("(425) 555-0181 ext. 12", "US")),
        (("+1 425 555 0181;ext=12", None), ("425.555.0181 #12", "US")),
        (("+49 30 123456 Durchwahl 12", None), ("030 123456 DW 12", "DE")),
        (("+33 1 23 45 67 89 poste 12", None), ("01 23 45 67 89 ext 12", "FR")),
        (("03-1234-5678 内線12", "JP"), ("+81 3 1234 5678 x12", None)),
        (("06 12 34 56 78", "FR"), ("+33612345678", "US")),
        (("06 12 34 56 78", "FR"), ("0033 6 12 34 56 78", None)),
        (("06 12 34 56 78", "FR"), ("0612345678", None)),
        (("06-12-34-56-78", None), ("06 12 34 56 78", None)),
        (("425 555 0181 x12", None), ("4255550181 ext. 12", None)),
        (("425 555 0181 x12", None), ("+1 425 555 0181 ext. 12", None)),
        (("+1 555 0100", None), ("+1-555-0100", "FR")),
        (("+999 123 456", None), ("+999-123456", None)),
        (("0123", "FR"), ("01-23", "FR")),
        (("٠٦١٢٣٤٥٦٧٨", "FR"), ("０６１２３４５６７８", "FR")),
        (("1-800-FLOWERS", "US"), ("+1 800 356 9377", None)),
    ],
)
def test_numbers_that_dial_the_same_are_equal(one: Given, other: Given) -> None:
    assert dial_the_same(one, other)
    assert dial_the_same(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("06 12 34 56 78", "FR"), ("06 12 34 56 78", "NL")),
        (("+1 425 555 0181 x12", None), ("+1 425 555 0181 x13", None)),
        (("+1 425 555 0181 x12", None), ("+1 425 555 0181", None)),
        (("+4930123456", None), ("+4930123457", None)),
        (("hello", None), ("hello", None)),
        (("call me", "FR"), ("call me", "FR")),
        (("12", None), ("12", None)),
        (("", None), ("", None)),
    ],
)
def test_other_numbers_and_what_is_no_number_are_not(one: Given, other: Given) -> None:
    assert not dial_the_same(one, other)
