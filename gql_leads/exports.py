"""CSV export of a list of leads, streamed in pieces."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Collection, Iterator
from contextlib import aclosing, suppress
from datetime import datetime
from typing import Any, Final, NamedTuple, get_args, get_type_hints

from gql_leads.domain.leads.lead import ATTRIBUTES, Lead
from gql_leads.store.database.configuration import Dialect
from gql_leads.store.leads import csv_export, lists
from gql_leads.store.leads.csv_expressions import CsvFormat
from gql_leads.store.leads.lists import LeadQuery, LeadReader, SearchPlan
from gql_leads.store.sql.pagination import Span
from gql_leads.store.sql.projection import Projection

AS_IT_IS, HARMLESS, FLAG, INSTANT, MONEY = CsvFormat
ROWS_AT_ONCE: Final[dict[Dialect, int]] = {"postgres": 10_000, "sqlite": 4_000}
"""Leads per part.

One short statement reads a part, at any client speed; it stays in memory until it is sent (a few megabytes).
"""
AT_ONCE: Final[dict[Dialect, int]] = {"postgres": 2, "sqlite": 1}
"""Parts written at the same time: PostgreSQL uses two processors, SQLite works in this process."""
AHEAD: Final = 2
"""Parts that are being written or wait to be sent."""
BOM: Final = "\ufeff"
"""Byte order mark: without it, spreadsheets read UTF-8 as the machine's own code page."""


class Column(NamedTuple):
    """A column of the file: position, heading, source column and format."""

    position: int
    heading: str
    column: str
    csv_format: CsvFormat


def _form(hint: Any, *, is_code: bool) -> CsvFormat:
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
PROJECTION: Final = Projection(frozenset(column.column for column in COLUMNS))


async def csv_of(reader: LeadReader, query: LeadQuery) -> AsyncGenerator[bytes]:
    """Yield the file in pieces of whole lines; the first piece includes the headings.

    Taking the first piece of a part starts the next parts. A lead that changes during the export is in one part, in none or in another,
    but no other lead is affected: parts are ranges between two positions of the order.
    """
    columns = [(column, csv_format) for _, _, column, csv_format in COLUMNS]
    start = f"{BOM}{','.join(column.heading for column in COLUMNS)}\r\n".encode()
    plan = await lists.listed(reader, query)
    spans = _spans(reader, plan)
    in_order, turn = asyncio.Lock(), asyncio.Semaphore(AT_ONCE[reader.connection.dialect])

    async def read_part() -> Iterator[bytes] | None:
        """Return the lines of the next part, None after the last."""
        async with in_order:
            span = await anext(spans, None)
        async with turn:
            return None if span is None else await csv_export.read_csv(reader, plan, PROJECTION, columns, span)

    coming = deque([asyncio.create_task(read_part())])
    async with aclosing(spans):
        try:
            while (part := await coming[0]) is not None:
                coming.popleft()
                yield start + next(part, b"")
                start = b""
                coming.extend(asyncio.create_task(read_part()) for _ in range(AHEAD - len(coming)))
                for piece in part:
                    yield piece
        finally:
            await _end(coming)


async def _spans(reader: LeadReader, plan: SearchPlan) -> AsyncGenerator[Span]:
    """Yield the ranges of the parts in order."""
    size, after = ROWS_AT_ONCE[reader.connection.dialect], None
    while True:
        until = await csv_export.end_of_part(reader, plan, after, size)
        yield Span(after, until)
        if until is None:
            return
        after = until


async def _end(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel tasks and wait for their end, even if the waiting task is cancelled again."""
    for task in tasks:
        task.cancel()
    while not all(task.done() for task in tasks):
        with suppress(asyncio.CancelledError):
            await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled():
            task.exception()  # the first failure is reported already
