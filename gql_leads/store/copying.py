"""Pages of leads that PostgreSQL itself writes as CSV, several times faster than rows can be read."""

from collections.abc import Sequence
from enum import Enum
from itertools import groupby
from typing import Any, Final

from gql_leads.domain.codes import CURRENCIES
from gql_leads.store import leads
from gql_leads.store.leads import LeadQuery, Reading, Shape
from gql_leads.store.paging import Window, cursor_values, page_statement
from gql_leads.store.sql import Sql


class Said(Enum):
    """How a cell says the value of its column."""

    AS_IT_IS = "as it is"
    HARMLESS = "with a ' before what a spreadsheet would take for a formula"
    FLAG = "true or false"
    INSTANT = "in ISO 8601, to the millisecond"
    MONEY = "minor units as an amount of the currency beside it"


def _amount() -> str:
    """The amount of `deal_minor`, with as many decimal digits as its currency has."""
    by_digits = groupby(sorted(CURRENCIES, key=CURRENCIES.__getitem__), CURRENCIES.__getitem__)
    cases = (
        f"WHEN deal_currency IN ({', '.join(map(repr, codes))}) THEN (deal_minor / {10**digits}.0)::numeric(20, {digits})::text"
        for digits, codes in by_digits
    )
    return f"CASE {' '.join(cases)} END"


_WRITTEN: Final = {
    Said.AS_IT_IS: "{0}",
    # Letters come first, as most texts do. An empty text is an empty cell; COPY would quote it.
    Said.HARMLESS: r"""CASE WHEN {0} COLLATE "C" >= 'A' THEN {0} WHEN {0} ~ '^''*[-=+@\t\r]' THEN '''' || {0} ELSE NULLIF({0}, '') END""",
    Said.FLAG: "CASE {0} WHEN TRUE THEN 'true' WHEN FALSE THEN 'false' END",
    Said.INSTANT: """to_char(timestamp 'epoch' + {0} * interval '1 millisecond', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')""",
    Said.MONEY: _amount(),
}


async def lines(
    reading: Reading, query: LeadQuery, shape: Shape, columns: Sequence[tuple[str, Said]], window: Window
) -> tuple[bytes, list[Any] | None]:
    """One page as lines of CSV, and behind which values the next one begins; None after the last."""
    select = leads.select(reading, await leads.narrowed(reading, query), shape, window)
    page = page_statement(select, window)
    cells = ", ".join(_WRITTEN[said].format(column) for column, said in columns)
    async with reading.connection.snapshot() as snapshot:
        copied = await snapshot.copy(f"SELECT {cells} FROM (" + page + f") AS page LIMIT {window.size:d}")
        keys = ", ".join(f"k{number}" for number in range(len(select.order)))
        last = Sql(f"SELECT {keys} FROM (") + page + f") AS page OFFSET {window.size - 1:d}"
        rows = await snapshot.fetch(last)
    return _with_carriage_returns(copied), cursor_values(rows[0], select.order) if len(rows) > 1 else None


def _with_carriage_returns(lines: bytes) -> bytes:
    """The lines as spreadsheets end them, but for the breaks inside of quotes."""
    parts = lines.split(b'"')
    parts[::2] = [part.replace(b"\n", b"\r\n") for part in parts[::2]]
    return b'"'.join(parts)
