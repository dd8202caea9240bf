from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given as property_of
from hypothesis import strategies as st

from gql_leads.domain.errors import Invalid
from gql_leads.domain.values.money import Money
from gql_leads.domain.values.validation import UNSET, Validator, none_if_unset


def errors_of(validator: Validator) -> list[tuple[tuple[str, ...], str]]:
    with pytest.raises(Invalid) as caught:
        validator.raise_if_invalid()
    return [(fault.field, fault.message) for fault in caught.value.invalid_fields]


def invalid_fields_of(validator: Validator) -> set[tuple[str, ...]]:
    try:
        validator.raise_if_invalid()
    except Invalid as refused:
        return {fault.field for fault in refused.invalid_fields}
    return set()


def test_all_errors_are_reported_at_once_in_order() -> None:
    validator = Validator()
    validator.required_text("  ", "contact", "lastName", most=100)
    validator.text("x" * 300, "contact", "firstName", most=100)
    validator.country("XX", "country")
    validator.add_error("Choose a listing.", "listingId")
    assert errors_of(validator) == [
        (("contact", "lastName"), "Give the last name: it must not be empty."),
        (("contact", "firstName"), "Shorten the first name to at most 100 characters: it has 300."),
        (("country",), "Give the country as an ISO 3166-1 code of two capital letters, such as FR."),
        (("listingId",), "Choose a listing."),
    ]


def test_clean_input_raises_nothing() -> None:
    validator = Validator()
    assert validator.required_text(" Bosu ", "lastName", most=4) == "Bosu"
    assert validator.text("\u2003北京 ", "city", most=100) == "北京"
    assert validator.country("FR", "country") == "FR"
    assert validator.email(" Not An Address ", "email") == "Not An Address"
    assert validator.whole_number(3, "limit", least=0, most=3) == 3
    validator.count([1, 2], "leadIds", most=2)
    validator.raise_if_invalid()


def test_blank_text_counts_as_null() -> None:
    validator = Validator()
    assert validator.text(" \t\n", "company", most=100) is None
    assert validator.country("", "country") is None
    assert validator.url(" ", "thankYouUrl") is None
    validator.raise_if_invalid()


INVISIBLE = ("\u200b", "\u3164", "\u2060", "\u200e\u200f", "\u202a\u202c", " \ufeff\u00ad ", "\u2800")


@pytest.mark.parametrize("invisible", INVISIBLE)
def test_a_text_of_invisible_characters_is_blank(invisible: str) -> None:
    validator = Validator()
    assert validator.text(invisible, "note", most=5) is None
    assert validator.text(invisible, "body", most=5, lines=True) is None
    assert validator.email(invisible, "email") is None
    validator.raise_if_invalid()
    validator.required_text(invisible, "lastName", most=5)
    assert errors_of(validator) == [(("lastName",), "Give the last name: it must not be empty.")]


def test_invisible_characters_inside_a_text_stay_and_inside_an_email_go() -> None:
    validator = Validator()
    assert validator.text("a\u200bb", "note", most=5) == "a\u200bb"
    assert validator.email(" a\u200bda@x\u2060.example\ufeff ", "email") == "ada@x.example"
    validator.raise_if_invalid()


def test_a_field_that_was_left_out_stays_unset() -> None:
    validator = Validator()
    assert validator.text(UNSET, "company", most=100) is UNSET
    assert validator.required_text(UNSET, "lastName", most=100) is UNSET
    assert validator.country(UNSET, "country") is UNSET
    assert validator.money(UNSET, "estimatedValue") is UNSET
    assert validator.whole_number(UNSET, "limit", least=0, most=9) is UNSET
    assert validator.required(UNSET, "consentToContact") is UNSET
    validator.raise_if_invalid()


def test_null_clears_optional_fields_and_is_refused_for_required_ones() -> None:
    validator = Validator()
    assert validator.text(None, "company", most=100) is None
    validator.required_text(None, "lastName", most=100)
    validator.required(None, "consentToContact")
    assert errors_of(validator) == [
        (("lastName",), "Give the last name: it must not be empty."),
        (("consentToContact",), "Give the consent to contact: it must not be null."),
    ]


def test_a_creation_treats_a_missing_field_like_null() -> None:
    assert none_if_unset(UNSET) is None
    assert none_if_unset(None) is None
    assert none_if_unset("x") == "x"
    assert none_if_unset(False) is False


@pytest.mark.parametrize("text", ["a\0b", "a\x1fb", "a\x7fb", "a\x85b", "two\nlines", "a\tb"])
def test_control_characters_are_refused(text: str) -> None:
    validator = Validator()
    validator.text(text, "contact", "firstName", most=100)
    assert errors_of(validator) == [(("contact", "firstName"), "Take the control characters out of the first name.")]


def test_a_long_text_may_have_line_breaks_and_tabs_and_one_kind_of_line_break() -> None:
    validator = Validator()
    assert validator.text("a\tb\r\nc\rd\n\ne\n", "message", most=100, lines=True) == "a\tb\nc\nd\n\ne"
    validator.raise_if_invalid()
    validator.text("a\0b", "message", most=100, lines=True)
    assert errors_of(validator) == [(("message",), "Take the control characters out of the message.")]


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb"])
def test_an_unpaired_surrogate_is_refused(text: str) -> None:
    validator = Validator()
    validator.text(text, "company", most=100)
    ((path, message),) = errors_of(validator)
    assert path == ("company",)
    assert message.encode() == b"Write the company in whole characters: it holds half of a surrogate pair."


def test_a_label_skips_list_indexes() -> None:
    validator = Validator()
    validator.required_text("", "deal", "team", "0", most=100)
    assert errors_of(validator) == [(("deal", "team", "0"), "Give the team: it must not be empty.")]


def test_an_email_of_254_characters_is_stored_and_a_longer_one_refused() -> None:
    validator = Validator()
    assert validator.email("x" * 254, "email") == "x" * 254
    validator.raise_if_invalid()
    validator.email("x" * 255, "email")
    assert errors_of(validator) == [(("email",), "Shorten the email to at most 254 characters: it has 255.")]


@pytest.mark.parametrize(
    "url",
    ["http://a.example", "https://a.example:8443/x?y=1#z", "HTTPS://A.example/", "https://[::1]/", "https://é.fr"],
)
def test_absolute_urls_are_returned_unchanged(url: str) -> None:
    validator = Validator()
    assert validator.url(url, "url") == url
    validator.raise_if_invalid()


@pytest.mark.parametrize(
    "url",
    [
        "a.example", "/x", "//a.example", "ftp://a.example", "javascript:alert(1)", "https://", "https:///x",
        "https://a.example:x", "https://a.example:99999", "https://[::1", "https://a b.example", "https:a.example",
    ],
)  # fmt: skip
def test_other_texts_are_not_urls(url: str) -> None:
    validator = Validator()
    validator.url(url, "url")
    assert errors_of(validator) == [
        (("url",), "Give the url as a whole address, such as https://www.example.com/page."),
    ]


def test_money_is_checked_field_by_field() -> None:
    validator = Validator()
    assert validator.money((Decimal(12500), "EUR"), "deal", "estimatedValue") == Money(1250000, "EUR")
    assert validator.money(None, "deal", "estimatedValue") is None
    validator.raise_if_invalid()
    validator.money((Decimal(-1), "EUR"), "deal", "estimatedValue")
    validator.money((Decimal(1), "XXX"), "deal", "estimatedValue")
    assert errors_of(validator) == [
        (("deal", "estimatedValue", "amount"), "Give an amount of zero or more: it must not be negative."),
        (
            ("deal", "estimatedValue", "currency"),
            "Give the currency as an ISO 4217 code of three capital letters, such as EUR.",
        ),
    ]


def test_a_date_is_written_as_year_month_and_day() -> None:
    validator = Validator()
    assert [validator.date(one, "startsOn") for one in ("2026-02-28", None, UNSET)] == [date(2026, 2, 28), None, UNSET]
    validator.raise_if_invalid()
    for wrong in ("2026-02-30", "soon", "", "2026-2-3"):
        validator.date(wrong, "startsOn")
    assert {message for _, message in errors_of(validator)} == {"Give the date as year, month and day, such as 2026-11-21."}
    with pytest.raises(Invalid) as caught:
        validator.raise_if_invalid()
    assert len(caught.value.invalid_fields) == 4


def test_numbers_and_lists_are_bounded() -> None:
    validator = Validator()
    validator.whole_number(-1, "maxOpenClaimsPerPartner", least=0, most=9)
    validator.whole_number(10, "limit", least=0, most=9)
    validator.count(range(101), "leadIds", most=100)
    assert errors_of(validator) == [
        (("maxOpenClaimsPerPartner",), "Give the max open claims per partner as a whole number from 0 to 9."),
        (("limit",), "Give the limit as a whole number from 0 to 9."),
        (("leadIds",), "Give at most 100 entries in the lead ids: there are 101."),
    ]


@property_of(
    text=st.text(st.characters(codec=None), max_size=40),
    amount=st.decimals(),
    most=st.integers(0, 30),
    lines=st.booleans(),
)
def test_arbitrary_input_is_either_valid_or_raises_invalid(text: str, amount: Decimal, most: int, lines: bool) -> None:
    validator = Validator()
    clean = validator.required_text(text, "text", most=most, lines=lines)
    validator.email(text, "email")
    validator.country(text, "country")
    validator.url(text, "url")
    validator.money((amount, "EUR"), "money")
    validator.money((Decimal(1), text), "money")
    faulty = invalid_fields_of(validator)
    if ("text",) not in faulty:
        assert 0 < len(clean) <= most
        assert clean.encode()
        assert "\0" not in clean
