"""The custom scalars. Python values are the store's: integers for instants, ISO text for dates."""

import decimal
import re
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Final, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from gql_leads.store.sql.rows import from_millis, to_millis

DateTime = NewType("DateTime", int)
Date = NewType("Date", str)
Decimal = NewType("Decimal", decimal.Decimal)
CountryCode = NewType("CountryCode", str)
CurrencyCode = NewType("CurrencyCode", str)
EmailAddress = NewType("EmailAddress", str)
PhoneNumber = NewType("PhoneNumber", str)
URL = NewType("URL", str)
EventCursor = NewType("EventCursor", str)
JSON = NewType("JSON", object)

_EARLIEST: Final = datetime(1, 1, 2, tzinfo=UTC)
_LATEST: Final = datetime(9999, 12, 30, tzinfo=UTC)
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:?\d\d)", re.ASCII)
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DECIMAL: Final = re.compile(r"[+-]?\d{1,40}(\.\d{1,40})?", re.ASCII)


@lru_cache(maxsize=16_384)  # a page has three or more a row, many of them the same, and is read again and again
def optional_instant(millis: int | None) -> DateTime | None:
    """Return stored milliseconds as an instant of the API; None stays None."""
    return None if millis is None else DateTime(millis)


def instant_text(millis: int) -> str:
    """Return an instant as ISO 8601 text in UTC with milliseconds."""
    return f"{from_millis(millis).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def parse_instant(text: Any) -> int:
    """Return the milliseconds of an ISO 8601 instant, rounded down; raise ValueError for other input."""
    if isinstance(text, str) and _INSTANT.fullmatch(text):
        try:
            instant = datetime.fromisoformat(text.upper())
            if _EARLIEST < instant < _LATEST:
                return to_millis(instant.astimezone(UTC))
        except ValueError:
            pass
    raise ValueError("Give an ISO 8601 instant with its offset, such as 2026-11-21T09:30:00.000Z.")


def parse_date(text: Any) -> str:
    """Return an ISO 8601 calendar date; raise ValueError for other input."""
    if isinstance(text, str) and _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            pass
    raise ValueError("Give an ISO 8601 date, such as 2026-11-21.")


def parse_decimal(value: Any) -> decimal.Decimal:
    """Return an exact decimal from a string or an integer; raise ValueError for other input."""
    if isinstance(value, int) and not isinstance(value, bool):
        return decimal.Decimal(value)
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return decimal.Decimal(value)
    raise ValueError('Give an exact decimal as a string, such as "12500.00".')


def parse_text(value: Any) -> str:
    """Return a string; the services check its content."""
    if isinstance(value, str):
        return value
    raise ValueError("Give a string.")


def parse_json(value: Any) -> Any:
    """Return a JSON value, which the JSON of the request is already."""
    return value


def _text(name: str, description: str, specified_by_url: str) -> ScalarDefinition:
    return strawberry.scalar(name=name, description=description, specified_by_url=specified_by_url, serialize=str, parse_value=parse_text)


SCALARS: Final[dict[object, ScalarDefinition]] = {
    DateTime: strawberry.scalar(
        name="DateTime",
        description="ISO 8601 instant with `Z` or an offset (`+02:00`, `+0200`) and up to 9 fraction digits;"
        " kept in whole milliseconds (rounded down), answered in UTC as `2026-11-21T09:30:00.000Z`.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time.html",
        serialize=instant_text,
        parse_value=parse_instant,
    ),
    Date: strawberry.scalar(
        name="Date",
        description="ISO 8601 calendar date, e.g. `2026-11-21`.",
        specified_by_url="https://scalars.graphql.org/andimarek/local-date.html",
        serialize=str,
        parse_value=parse_date,
    ),
    Decimal: strawberry.scalar(
        name="Decimal",
        description='An exact decimal as a string, e.g. `"12500.00"`, never a float.',
        specified_by_url="https://www.w3.org/TR/xmlschema11-2/#decimal",
        serialize=str,
        parse_value=parse_decimal,
    ),
    CountryCode: _text(
        "CountryCode",
        "ISO 3166-1 alpha-2 country code in upper case, e.g. `FR`; `XK` for Kosovo.",
        "https://www.iso.org/iso-3166-country-codes.html",
    ),
    CurrencyCode: _text(
        "CurrencyCode", "ISO 4217 currency code in upper case, e.g. `EUR`.", "https://www.iso.org/iso-4217-currency-codes.html"
    ),
    EmailAddress: _text(
        "EmailAddress",
        "An e-mail address, at most 254 characters; case is ignored. A customer's address is stored as given and rated by"
        " EmailValidity; an invalid address of a member is refused.",
        "https://www.rfc-editor.org/rfc/rfc5322#section-3.4.1",
    ),
    PhoneNumber: _text(
        "PhoneNumber",
        "A phone number, in E.164 format if it could be parsed, else as the customer wrote it.",
        "https://www.itu.int/rec/T-REC-E.164",
    ),
    URL: _text("URL", "An absolute http(s) URL.", "https://www.rfc-editor.org/rfc/rfc3986"),
    EventCursor: _text(
        "EventCursor",
        "An opaque, sealed position in the event log. Pass it as `after` to continue without a gap.",
        "https://relay.dev/graphql/connections.htm#sec-Cursor",
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="Any JSON value.",
        specified_by_url="https://ecma-international.org/publications-and-standards/standards/ecma-404/",
        serialize=parse_json,
        parse_value=parse_json,
    ),
}
