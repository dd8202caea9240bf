"""Input made clean, and everything wrong with it said at once.

    check = Checking()
    name = check.required_text(given.last_name, "contact", "lastName", most=100)
    country = check.country(given.country, "country")
    validator.raise_if_invalid()

Every method takes a value and the path of its field. It returns the clean value, or notes a fault; `done` then raises
all faults together, so what a method returned for a faulty value is never used. A blank text is a missing one. What was
left out (`UNSET`) stays left out: that is an update's "leave it as it is". On creation, where leaving out and null mean
the same, pass `given(value)`.
"""

import re
from collections.abc import Sized
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Final, TypeVar, cast
from urllib.parse import urlsplit

from gql_leads.domain.codes import COUNTRIES, CURRENCIES
from gql_leads.domain.errors import Invalid, InvalidField
from gql_leads.domain.money import Money


class Unset(Enum):
    """The type of `UNSET`, so that a type checker can tell it from null. Written down it is null: what is created knows no difference."""

    UNSET = None

    def __bool__(self) -> bool:
        return False


UNSET: Final = Unset.UNSET
"""The value of an input field that was left out."""

Value = TypeVar("Value")
Left = TypeVar("Left", bound=Unset)
"""Solved as Unset where the value may have been left out, and as nothing where it cannot: what goes in comes out."""

MOST_EMAIL = 254
MOST_URL = 2000

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONTROL_IN_LINES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_LINE_BREAK = re.compile(r"\r\n?")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def none_if_unset(value: Value | Unset) -> Value | None:
    """The value, or None where it was left out."""
    return None if isinstance(value, Unset) else value


class Validator:
    """Collects the faults of one input."""

    def __init__(self) -> None:
        self._faults: list[InvalidField] = []

    def add_error(self, message: str, *path: str) -> None:
        """Note a fault that the caller found: a sentence that says what to do, and the field's path."""
        self._faults.append(InvalidField(path, message))

    def raise_if_invalid(self) -> None:
        """Raise Invalid with every fault that was found, if any."""
        if self._faults:
            raise Invalid(self._faults)

    def required(self, value: Value | None, *path: str) -> Value:
        """A value of any kind that must not be null."""
        if value is None:
            self.add_error(f"Give the {_label(path)}: it must not be null.", *path)
        return cast(Value, value)

    def text(self, value: str | Left | None, *path: str, most: int, lines: bool = False) -> str | Left | None:
        """A text of at most so many characters, stripped; with `lines` it may have line breaks and tabs."""
        if isinstance(value, str):
            return self._clean(value, path, most, lines) or None
        return value

    def required_text(self, value: str | Left | None, *path: str, most: int, lines: bool = False) -> str | Left:
        """A text that must not be blank."""
        if value is not None and not isinstance(value, str):
            return value
        clean = self._clean(value or "", path, most, lines)
        if not clean:
            self.add_error(f"Give the {_label(path)}: it must not be empty.", *path)
        return clean

    def email(self, value: str | Left | None, *path: str) -> str | Left | None:
        """A customer's e-mail address as they gave it: judged elsewhere, because a typo must not lose a lead."""
        return self.text(value, *path, most=MOST_EMAIL)

    def country(self, value: str | Left | None, *path: str) -> str | Left | None:
        """An ISO 3166-1 alpha-2 country code."""
        if not isinstance(value, str):
            return value
        code = value.strip()
        if code and code not in COUNTRIES:
            self.add_error(f"Give the {_label(path)} as an ISO 3166-1 code of two capital letters, such as FR.", *path)
        return code or None

    def url(self, value: str | Left | None, *path: str) -> str | Left | None:
        """An absolute http or https URL."""
        url = self.text(value, *path, most=MOST_URL)
        if isinstance(url, str) and not _is_absolute_http(url):
            self.add_error(f"Give the {_label(path)} as a whole address, such as https://www.example.com/page.", *path)
        return url

    def money(self, value: tuple[Decimal, str] | Left | None, *path: str) -> Money | Left | None:
        """An amount in major units and its ISO 4217 currency code."""
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
        """A calendar date, as ISO text."""
        if not isinstance(value, str):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.add_error("Give the date as year, month and day, such as 2026-11-21.", *path)
            return None

    def whole_number(self, value: int | Left | None, *path: str, least: int, most: int) -> int | Left | None:
        """A whole number within bounds, both included."""
        if isinstance(value, int) and not least <= value <= most:
            self.add_error(f"Give the {_label(path)} as a whole number from {least} to {most}.", *path)
        return value

    def count(self, items: Sized, *path: str, most: int) -> None:
        """A list of at most so many items."""
        if len(items) > most:
            self.add_error(f"Give at most {most} entries in the {_label(path)}: there are {len(items)}.", *path)

    def _clean(self, value: str, path: tuple[str, ...], most: int, lines: bool) -> str:
        text = _LINE_BREAK.sub("\n", value) if lines else value
        text = text.strip()
        if len(text) > most:
            self.add_error(f"Shorten the {_label(path)} to at most {most} characters: it has {len(text)}.", *path)
        elif (_CONTROL_IN_LINES if lines else _CONTROL).search(text):
            self.add_error(f"Take the control characters out of the {_label(path)}.", *path)
        elif _SURROGATE.search(text):
            self.add_error(f"Write the {_label(path)} in whole characters: it holds half of a surrogate pair.", *path)
        return text


def _label(path: tuple[str, ...]) -> str:
    """The field's name as people read it: ("team", "0", "memberId") is "member id"."""
    name = next((part for part in reversed(path) if not part.isdigit()), "value")
    return _HUMP.sub(" ", name).lower()


def _is_absolute_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        reachable = bool(parts.hostname) and parts.port != 0
    except ValueError:  # such as a port that is no number, or half of an IPv6 address
        return False
    return parts.scheme in {"http", "https"} and reachable and not any(character.isspace() for character in url)
