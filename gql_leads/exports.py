"""The CSV of what a list of leads shows, streamed."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Collection, Iterator
from contextlib import aclosing, suppress
from datetime import datetime
from typing import Any, Final, NamedTuple, get_args, get_type_hints

from gql_leads.domain.leads.lead import ATTRIBUTES, Lead
from gql_leads.store.database.configuration import Dialect
from gql_leads.store.leads import csv_export, lists
from gql_leads.store.leads.csv_expressions import Said
from gql_leads.store.leads.lists import LeadQuery, LeadReader, Narrowed
from gql_leads.store.sql.pagination import Span
from gql_leads.store.sql.projection import Projection

AS_IT_IS, HARMLESS, FLAG, INSTANT, MONEY = Said
ROWS_AT_ONCE: Final[dict[Dialect, int]] = {"postgres": 10_000, "sqlite": 4_000}
"""A part is read by one short statement, whatever the client's speed, and held in memory until it is sent: a few megabytes."""
AT_ONCE: Final[dict[Dialect, int]] = {"postgres": 2, "sqlite": 1}
"""Parts that are written at once: PostgreSQL does so on two processors, SQLite in this process."""
AHEAD: Final = 2
"""Parts that are under way or wait to be sent."""
BOM: Final = "\ufeff"
"""Without it, spreadsheets take UTF-8 for the machine's own code page."""


class Column(NamedTuple):
    """One column of the file: its position and heading, the row's column that it shows, and in which form."""

    position: int
    heading: str
    column: str
    said: Said


def _form(hint: Any, *, is_code: bool) -> Said:
    """Return the form in which the values of this type are written."""
    hints = set(get_args(hint)) or {hint}
    if bool in hints:
        return FLAG
    if datetime in hints:
        return INSTANT
    if int in hints:  # the only numbers in the file are amounts of money
        return MONEY
    return HARMLESS if str in hints and not is_code else AS_IT_IS


_TYPES: Final = get_type_hints(Lead)
_COMPUTED: Final = (
    Column(26, "PartnerName", "partner__name", HARMLESS),
    Column(27, "OwnerName", "owner__name", HARMLESS),
    Column(28, "QueueName", "queue__name", HARMLESS),
    Column(30, "ContactUrgency", "urgency", AS_IT_IS),
)
_DECLARED: Final = (
    Column(one.csv.position, one.csv.heading, name, _form(_TYPES[name], is_code=one.csv.is_code))
    for name, one in ATTRIBUTES.items()
    if one.csv is not None
)
COLUMNS: Final = tuple(sorted((*_DECLARED, *_COMPUTED)))
"""Columns in the order of the file."""
SHAPE: Final = Projection(frozenset(column.column for column in COLUMNS))


async def csv_of(reader: LeadReader, query: LeadQuery) -> AsyncGenerator[bytes]:
    """The file in pieces, each of whole lines: the headings come with the first leads.

    Once the first piece of a part is taken, the next ones are read. What changes meanwhile is in one part or in none, or
    in another, but never takes something else along: a part is what lies between two places of the order.
    """
    columns = [(column, said) for _, _, column, said in COLUMNS]
    start = f"{BOM}{','.join(column.heading for column in COLUMNS)}\r\n".encode()
    narrow = await lists.listed(reader, query)
    spans = _spans(reader, narrow)
    in_order, turn = asyncio.Lock(), asyncio.Semaphore(AT_ONCE[reader.connection.dialect])

    async def lines() -> Iterator[bytes] | None:
        """Those of the next part, or None where there is none."""
        async with in_order:
            span = await anext(spans, None)
        async with turn:
            return None if span is None else await csv_export.lines(reader, narrow, SHAPE, columns, span)

    coming = deque([asyncio.create_task(lines())])
    async with aclosing(spans):
        try:
            while (part := await coming[0]) is not None:
                coming.popleft()
                yield start + next(part, b"")
                start = b""
                coming.extend(asyncio.create_task(lines()) for _ in range(AHEAD - len(coming)))
                for piece in part:
                    yield piece
        finally:
            await _end(coming)


async def _spans(reader: LeadReader, narrow: Narrowed) -> AsyncGenerator[Span]:
    """The parts of the list, in turn."""
    size, after = ROWS_AT_ONCE[reader.connection.dialect], None
    while True:
        until = await csv_export.end_of_part(reader, narrow, after, size)
        yield Span(after, until)
        if until is None:
            return
        after = until


async def _end(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel the tasks and wait for their end, however often the one that waits is cancelled."""
    for task in tasks:
        task.cancel()
    while not all(task.done() for task in tasks):
        with suppress(asyncio.CancelledError):
            await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled():
            task.exception()  # the first failure is told already
