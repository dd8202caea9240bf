"""Validation of input, which reports all invalid fields at once.

    validator = Validator()
    name = validator.required_text(given.last_name, "contact", "lastName", most=100)
    country = validator.country(given.country, "country")
    validator.raise_if_invalid()

Each method takes a value and the path of its field. It returns the normalized value, or records an error. `raise_if_invalid` raises all
errors together, so the result for an invalid value is never used. Blank text counts as null. `UNSET` stays `UNSET`: an update leaves that
field unchanged. For a creation, where a missing field and null mean the same, pass `none_if_unset(value)`.
"""

import re
from collections.abc import Sized
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Final, TypeVar, cast
from urllib.parse import urlsplit

from gql_leads.domain.errors import Invalid, InvalidField
from gql_leads.domain.values.codes import COUNTRIES, CURRENCIES
from gql_leads.domain.values.money import Money
from gql_leads.domain.values.text_folding import is_blank, without_invisible


class Unset(Enum):
    """Type of `UNSET`, which type checkers tell from None; its value is None, so it is stored as null."""

    UNSET = None

    def __bool__(self) -> bool:
        return False


UNSET: Final = Unset.UNSET
"""Value of an input field that was left out."""

Value = TypeVar("Value")
Left = TypeVar("Left", bound=Unset)
"""Type variable for methods that return UNSET only if they accept it."""

MOST_EMAIL = 254
MOST_URL = 2000

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONTROL_IN_LINES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_LINE_BREAK = re.compile(r"\r\n?")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def none_if_unset(value: Value | Unset) -> Value | None:
    """Return the value, or None if it was left out."""
    return None if isinstance(value, Unset) else value


class Validator:
    """Collects the errors of one input."""

    def __init__(self) -> None:
        self._errors: list[InvalidField] = []

    def add_error(self, message: str, *path: str) -> None:
        """Record an error with a message that tells users what to do, and the path of the field."""
        self._errors.append(InvalidField(path, message))

    def raise_if_invalid(self) -> None:
        """Raise Invalid with all recorded errors, if there are any."""
        if self._errors:
            raise Invalid(self._errors)

    def required(self, value: Value | None, *path: str) -> Value:
        """Return the value; it must not be null."""
        if value is None:
            self.add_error(f"Give the {_label(path)}: it must not be null.", *path)
        return cast(Value, value)

    def text(self, value: str | Left | None, *path: str, most: int, lines: bool = False) -> str | Left | None:
        """Return a stripped text of at most `most` characters; with `lines` it may have line breaks and tabs."""
        if isinstance(value, str):
            return self._clean(value, path, most, lines) or None
        return value

    def required_text(self, value: str | Left | None, *path: str, most: int, lines: bool = False) -> str | Left:
        """Return a stripped text that is not blank."""
        if value is not None and not isinstance(value, str):
            return value
        clean = self._clean(value or "", path, most, lines)
        if not clean:
            self.add_error(f"Give the {_label(path)}: it must not be empty.", *path)
        return clean

    def email(self, value: str | Left | None, *path: str) -> str | Left | None:
        """Return a customer's e-mail address as text.

        Its validity is assessed elsewhere: a typo must not lose a lead.
        """
        return self.text(without_invisible(value) if isinstance(value, str) else value, *path, most=MOST_EMAIL)

    def country(self, value: str | Left | None, *path: str) -> str | Left | None:
        """Return an ISO 3166-1 alpha-2 country code."""
        if not isinstance(value, str):
            return value
        code = value.strip()
        if code and code not in COUNTRIES:
            self.add_error(f"Give the {_label(path)} as an ISO 3166-1 code of two capital letters, such as FR.", *path)
        return code or None

    def url(self, value: str | Left | None, *path: str) -> str | Left | None:
        """Return an absolute http or https URL."""
        url = self.text(value, *path, most=MOST_URL)
        if isinstance(url, str) and not _is_absolute_http(url):
            self.add_error(f"Give the {_label(path)} as a whole address, such as https://www.example.com/page.", *path)
        return url

    def money(self, value: tuple[Decimal, str] | Left | None, *path: str) -> Money | Left | None:
        """Return the money for an amount in major units and an ISO 4217 currency code."""
        if not isinstance(value, tuple):
            return value
        amount, currency = value
        if currency not in CURRENCIES:
            message = "Give the currency as an ISO 4217 code of three capital letters, such as EUR."
            self.add_error(message, *path, "currency")
            return None
        try:
            return Money.of(amount, currency)
        except ValueError as error:
            self.add_error(str(error), *path, "amount")
            return None

    def date(self, value: str | Left | None, *path: str) -> date | Left | None:
        """Return the date for an ISO text."""
        if not isinstance(value, str):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.add_error("Give the date as year, month and day, such as 2026-11-21.", *path)
            return None

    def whole_number(self, value: int | Left | None, *path: str, least: int, most: int) -> int | Left | None:
        """Return a whole number from `least` to `most`, both included."""
        if isinstance(value, int) and not least <= value <= most:
            self.add_error(f"Give the {_label(path)} as a whole number from {least} to {most}.", *path)
        return value

    def count(self, items: Sized, *path: str, most: int) -> None:
        """Check that a list has at most `most` items."""
        if len(items) > most:
            self.add_error(f"Give at most {most} entries in the {_label(path)}: there are {len(items)}.", *path)

    def _clean(self, value: str, path: tuple[str, ...], most: int, lines: bool) -> str:
        text = _LINE_BREAK.sub("\n", value) if lines else value
        text = "" if is_blank(text) else text.strip()
        if len(text) > most:
            self.add_error(f"Shorten the {_label(path)} to at most {most} characters: it has {len(text)}.", *path)
        elif (_CONTROL_IN_LINES if lines else _CONTROL).search(text):
            self.add_error(f"Take the control characters out of the {_label(path)}.", *path)
        elif _SURROGATE.search(text):
            self.add_error(f"Write the {_label(path)} in whole characters: it holds half of a surrogate pair.", *path)
        return text


def _label(path: tuple[str, ...]) -> str:
    """Return the name of the field for messages: ("team", "0", "memberId") gives "member id"."""
    name = next((part for part in reversed(path) if not part.isdigit()), "value")
    return _HUMP.sub(" ", name).lower()


def _is_absolute_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        reachable = bool(parts.hostname) and parts.port != 0
    except ValueError:  # for example, a port that is not a number, or an incomplete IPv6 address
        return False
    return parts.scheme in {"http", "https"} and reachable and not any(character.isspace() for character in url)
