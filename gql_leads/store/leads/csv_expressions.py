"""Facts as the cells of a file say them, written by the database itself: many times faster than cell by cell in here."""

from collections.abc import Callable
from enum import Enum
from itertools import groupby
from typing import Final

from gql_leads.domain.codes import CURRENCIES
from gql_leads.store.database.configuration import Dialect

_BEGINNINGS: Final = tuple(map(ord, "=+-@\t\r"))
_QUOTE: Final = ord("'")


class Said(Enum):
    """How a cell says the value of its column."""

    AS_IT_IS = "as it is"
    HARMLESS = "with a ' before what a spreadsheet would take for a formula"
    FLAG = "true or false"
    INSTANT = "in ISO 8601, to the millisecond"
    MONEY = "minor units as an amount of the currency beside it"


def cell(column: str, said: Said, dialect: Dialect) -> str:
    """The expression of a cell; one without a value is NULL."""
    return _WRITTEN[dialect][said].format(column)


def _harmless(bytewise: str, code: str) -> str:
    """What comes before letters may be a formula: most texts, and all that are missing, are said after one comparison.

    A `'` before a formula is one more `'`; an empty text is an empty cell: COPY would quote it. `code` is what the function
    is called that gives a text's first character as a number.
    """
    formula = f"{code}({{0}}) IN {_BEGINNINGS} OR {code}({{0}}) = {_QUOTE} AND {code}(ltrim({{0}}, '''')) IN {_BEGINNINGS}"
    suspicious = f"CASE WHEN {formula} THEN '''' || {{0}} ELSE NULLIF({{0}}, '') END"
    return f"CASE WHEN {{0}} COLLATE {bytewise} < 'A' THEN {suspicious} ELSE {{0}} END"


def _amount(with_digits: Callable[[int], str]) -> str:
    """The amount of `{0}`, with as many decimal digits as its currency has."""
    by_digits = groupby(sorted(CURRENCIES, key=CURRENCIES.__getitem__), CURRENCIES.__getitem__)
    cases = (f"WHEN deal_currency IN ({', '.join(map(repr, codes))}) THEN {with_digits(digits)}" for digits, codes in by_digits)
    return f"CASE WHEN {{0}} IS NULL THEN NULL {' '.join(cases)} END"


def _numeric(digits: int) -> str:
    return f"({{0}} / {10**digits}.0)::numeric(20, {digits})::text"


def _whole_and_rest(digits: int) -> str:
    """Of an amount, which is never negative."""
    return f"printf('%d.%0{digits}d', {{0}} / {10**digits}, {{0}} % {10**digits})" if digits else "{0}"


# Half a millisecond later, it is inexact by less in any year, and ends in no zeros that PostgreSQL would leave out.
_TIMESTAMP: Final = "timestamp 'epoch' + make_interval(secs => ({0} + 0.5::float8) / 1000)"
_WRITTEN: Final[dict[Dialect, dict[Said, str]]] = {
    "postgres": {
        Said.AS_IT_IS: "{0}",
        Said.HARMLESS: _harmless('"C"', "ascii"),
        Said.FLAG: "{0}::text",
        Said.INSTANT: f"replace(({_TIMESTAMP})::varchar(23), ' ', 'T') || 'Z'",
        Said.MONEY: _amount(_numeric),
    },
    "sqlite": {
        Said.AS_IT_IS: "{0}",
        Said.HARMLESS: _harmless("BINARY", "unicode"),
        Said.FLAG: "CASE {0} WHEN TRUE THEN 'true' WHEN FALSE THEN 'false' END",
        Said.INSTANT: "strftime('%Y-%m-%dT%H:%M:%fZ', {0} / 1000.0, 'unixepoch')",
        Said.MONEY: _amount(_whole_and_rest),
    },
}
