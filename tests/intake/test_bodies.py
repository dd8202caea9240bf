"""Bodies: forms and JSON in several charsets."""

import pytest

from gql_leads.intake.bodies import Unreadable, media_type, read_form, read_json, text_of


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", ("", None)),
        ("Application/JSON", ("application/json", None)),
        ('application/json; charset="UTF-8"', ("application/json", "UTF-8")),
        ("application/x-www-form-urlencoded;charset=latin1;x=y", ("application/x-www-form-urlencoded", "latin1")),
    ],
)
def test_the_header_is_split(header: str, expected: tuple[str, str | None]) -> None:
    assert media_type(header) == expected


def test_the_first_value_of_a_field_counts() -> None:
    assert read_form(b"a=1&a=2&b=&+c+=x+y&d", None) == {"a": "1", "b": "", "c": "x y", "d": ""}


def test_json_may_begin_with_a_byte_order_mark() -> None:
    assert read_json(b'\xef\xbb\xbf{"a": 1}', None) == {"a": 1}
    assert read_json('{"a": "é"}'.encode("cp1252"), "windows-1252") == {"a": "é"}


@pytest.mark.parametrize("charset", ["utf-7", "utf-16", "base64", "idna", "unknown", "\x00"])
def test_other_charsets_are_refused(charset: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_json(b"{}", charset)
    assert caught.value.status == 415


@pytest.mark.parametrize(("value", "expected"), [(None, ""), (True, "true"), (False, "false"), (7, "7"), ("x", "x")])
def test_values_of_json_become_text(value: object, expected: str) -> None:
    assert text_of(value, "x") == expected
