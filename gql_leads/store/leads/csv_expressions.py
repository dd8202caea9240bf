"""SQL expressions that format values as CSV cells, many times faster than formatting each cell in Python (`make bench`, export)."""

from collections.abc import Callable
from enum import Enum
from itertools import groupby
from typing import Final

from gql_leads.domain.codes import CURRENCIES
from gql_leads.store.database.configuration import Dialect

_BEGINNINGS: Final = tuple(map(ord, "=+-@\t\r"))
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

    Most texts need one comparison: characters that start a formula sort before letters. A text that starts with an apostrophe before a
    formula gets another one; an empty text becomes an empty cell, because COPY would quote it. `code` is the database's function for
    the number of a text's first character.
    """
    formula = f"{code}({{0}}) IN {_BEGINNINGS} OR {code}({{0}}) = {_QUOTE} AND {code}(ltrim({{0}}, '''')) IN {_BEGINNINGS}"
    suspicious = f"CASE WHEN {formula} THEN '''' || {{0}} ELSE NULLIF({{0}}, '') END"
    return f"CASE WHEN {{0}} COLLATE {bytewise} < 'A' THEN {suspicious} ELSE {{0}} END"


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
