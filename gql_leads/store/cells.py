"""Facts as the cells of a file say them, written by the database itself: many times faster than cell by cell in here."""

from collections.abc import Callable
from enum import Enum
from itertools import groupby
from typing import Final

from gql_leads.domain.codes import CURRENCIES
from gql_leads.store.database import Dialect


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


def _harmless(bytewise: str) -> str:
    """What comes before letters may be a formula: most texts, and all that are missing, are said after one comparison.

    A `'` before a formula is one more `'`; an empty text is an empty cell: COPY would quote it.
    """
    formula = "substr(ltrim({0}, ''''), 1, 1) IN ('=', '+', '-', '@', '\t', '\r')"
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


_DAY: Final = 86_400_000
# Multiplied as they are, the milliseconds of a far year would be inexact.
_TIMESTAMP: Final = f"date 'epoch' + ({{0}} / {_DAY})::int + {{0}} % {_DAY} * interval '1 millisecond'"
_WRITTEN: Final[dict[Dialect, dict[Said, str]]] = {
    "postgres": {
        Said.AS_IT_IS: "{0}",
        Said.HARMLESS: _harmless('"C"'),
        Said.FLAG: "{0}::text",
        Said.INSTANT: f"""to_char({_TIMESTAMP}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')""",
        Said.MONEY: _amount(_numeric),
    },
    "sqlite": {
        Said.AS_IT_IS: "{0}",
        Said.HARMLESS: _harmless("BINARY"),
        Said.FLAG: "CASE {0} WHEN TRUE THEN 'true' WHEN FALSE THEN 'false' END",
        Said.INSTANT: "strftime('%Y-%m-%dT%H:%M:%fZ', {0} / 1000.0, 'unixepoch')",
        Said.MONEY: _amount(_whole_and_rest),
    },
}
