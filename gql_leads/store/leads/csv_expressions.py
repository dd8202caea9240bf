"""SQL expressions that format values as CSV cells.

They are many times faster than formatting each cell in Python (`make bench`, export).
"""

from collections.abc import Callable
from enum import Enum
from itertools import groupby
from typing import Final

from gql_leads.domain.values.codes import CURRENCIES
from gql_leads.store.database.configuration import Dialect

_FULL_WIDTH: Final = "＋－＝＠"
"""Signs that spreadsheets take for the plain ones, in the order of their code points."""
_BEGINNINGS: Final = tuple(map(ord, f"=+-@\t\r{_FULL_WIDTH}"))
_QUOTE: Final = ord("'")


class CsvFormat(Enum):
    """Formats of a cell."""

    AS_IT_IS = "as it is"
    HARMLESS = "with a ' before what a spreadsheet would take for a formula"
    FLAG = "true or false"
    INSTANT = "in ISO 8601, to the millisecond"
    MONEY = "minor units as an amount of the currency beside it"


def csv_expression(column: str, csv_format: CsvFormat, dialect: Dialect) -> str:
    """Return the SQL expression of a cell; a missing value is NULL."""
    return _WRITTEN[dialect][csv_format].format(column)


def _harmless(bytewise: str, code: str) -> str:
    """Return the expression that makes a spreadsheet formula harmless by a leading apostrophe.

    A text in which apostrophes stand before a formula gets one more. A reader undoes this exactly: where a cell begins with apostrophes
    and a sign that starts a formula, it removes one apostrophe. A plus sign before digits alone is a phone number, not a formula.

    Most texts need two comparisons: characters that start a formula sort before all letters or after those of most scripts. An empty
    text becomes an empty cell, because COPY would quote it. `code` is the database's function for the number of a text's first character.
    """
    formula = f"{code}({{0}}) IN {_BEGINNINGS} OR {code}({{0}}) = {_QUOTE} AND {code}(ltrim({{0}}, '''')) IN {_BEGINNINGS}"
    phone = "rtrim({0}, '0123456789') = '+' AND {0} <> '+'"
    escaped = f"CASE WHEN {phone} THEN {{0}} WHEN {formula} THEN '''' || {{0}} ELSE NULLIF({{0}}, '') END"
    suspicious = f"{{0}} COLLATE {bytewise} < 'A' OR {{0}} COLLATE {bytewise} >= '{_FULL_WIDTH[0]}'"
    return f"CASE WHEN {suspicious} THEN {escaped} ELSE {{0}} END"


def _amount(with_digits: Callable[[int], str]) -> str:
    """Return the amount of `{0}` with as many decimal digits as its currency has."""
    by_digits = groupby(sorted(CURRENCIES, key=CURRENCIES.__getitem__), CURRENCIES.__getitem__)
    cases = (f"WHEN deal_currency IN ({', '.join(map(repr, codes))}) THEN {with_digits(digits)}" for digits, codes in by_digits)
    return f"CASE WHEN {{0}} IS NULL THEN NULL {' '.join(cases)} END"


def _numeric(digits: int) -> str:
    return f"({{0}} / {10**digits}.0)::numeric(20, {digits})::text"


def _whole_and_rest(digits: int) -> str:
    """Return whole units and the rest of an amount, which is never negative."""
    return f"printf('%d.%0{digits}d', {{0}} / {10**digits}, {{0}} % {10**digits})" if digits else "{0}"


# Add half a millisecond: the result is then never rounded down to the wrong millisecond, nor printed without trailing zeros.
_TIMESTAMP: Final = "timestamp 'epoch' + make_interval(secs => ({0} + 0.5::float8) / 1000)"
_WRITTEN: Final[dict[Dialect, dict[CsvFormat, str]]] = {
    "postgres": {
        CsvFormat.AS_IT_IS: "{0}",
        CsvFormat.HARMLESS: _harmless('"C"', "ascii"),
        CsvFormat.FLAG: "{0}::text",
        CsvFormat.INSTANT: f"replace(({_TIMESTAMP})::varchar(23), ' ', 'T') || 'Z'",
        CsvFormat.MONEY: _amount(_numeric),
    },
    "sqlite": {
        CsvFormat.AS_IT_IS: "{0}",
        CsvFormat.HARMLESS: _harmless("BINARY", "unicode"),
        CsvFormat.FLAG: "CASE {0} WHEN TRUE THEN 'true' WHEN FALSE THEN 'false' END",
        CsvFormat.INSTANT: "strftime('%Y-%m-%dT%H:%M:%fZ', {0} / 1000.0, 'unixepoch')",
        CsvFormat.MONEY: _amount(_whole_and_rest),
    },
}
