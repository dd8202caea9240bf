"""The CSV of what a list of leads shows, streamed."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Collection, Iterator
from contextlib import aclosing, suppress
from typing import Any, Final, NamedTuple

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
    """One column of the file: its heading, the row's column it says, and how."""

    heading: str
    column: str
    said: Said


COLUMNS: Final = (
    Column("Reference", "reference", AS_IT_IS),
    Column("Type", "type", AS_IT_IS),
    Column("Source", "source", AS_IT_IS),
    Column("CallToAction", "call_to_action", AS_IT_IS),
    Column("Status", "status", AS_IT_IS),
    Column("Stage", "stage", AS_IT_IS),
    Column("Outcome", "outcome", AS_IT_IS),
    Column("Quality", "quality", AS_IT_IS),
    Column("FirstName", "first_name", HARMLESS),
    Column("LastName", "last_name", HARMLESS),
    Column("Title", "title", HARMLESS),
    Column("Email", "email", HARMLESS),
    Column("EmailValidity", "email_validity", AS_IT_IS),
    Column("Phone", "phone", HARMLESS),
    Column("PhoneValidity", "phone_validity", AS_IT_IS),
    Column("Company", "company", HARMLESS),
    Column("CompanySize", "company_size", AS_IT_IS),
    Column("Industry", "industry", HARMLESS),
    Column("City", "city", HARMLESS),
    Column("Region", "region", HARMLESS),
    Column("Country", "country", AS_IT_IS),
    Column("ConsentToContact", "consent_to_contact", FLAG),
    Column("ConsentToShare", "consent_to_share", FLAG),
    Column("Message", "message", HARMLESS),
    Column("ListingName", "listing_name", HARMLESS),
    Column("PartnerName", "partner__name", HARMLESS),
    Column("OwnerName", "owner__name", HARMLESS),
    Column("QueueName", "queue__name", HARMLESS),
    Column("ExternalReference", "external_reference", HARMLESS),
    Column("ContactUrgency", "urgency", AS_IT_IS),
    Column("ContactRequestedAt", "contact_requested_at", INSTANT),
    Column("ExpiresAt", "expires_at", INSTANT),
    Column("LeadCreationDateTime", "created_at", INSTANT),
    Column("UpdatedAt", "updated_at", INSTANT),
    Column("ClaimedAt", "claimed_at", INSTANT),
    Column("AcceptedAt", "accepted_at", INSTANT),
    Column("ArchivedAt", "archived_at", INSTANT),
    Column("DealName", "deal_name", HARMLESS),
    Column("DealValue", "deal_minor", MONEY),
    Column("DealCurrency", "deal_currency", AS_IT_IS),
    Column("PurchaseTimeframe", "purchase_timeframe", AS_IT_IS),
    Column("ExpectedCloseDate", "expected_close_date", AS_IT_IS),
    Column("CampaignCode", "campaign_code", HARMLESS),
    Column("CrmId", "crm_id", HARMLESS),
    Column("CloseReason", "close_reason", AS_IT_IS),
    Column("CloseComment", "close_comment", HARMLESS),
    Column("IsTest", "is_test", FLAG),
)
SHAPE: Final = Projection(frozenset(column.column for column in COLUMNS))


async def csv_of(reader: LeadReader, query: LeadQuery) -> AsyncGenerator[bytes]:
    """The file in pieces, each of whole lines: the headings come with the first leads.

    Once the first piece of a part is taken, the next ones are read. What changes meanwhile is in one part or in none, or
    in another, but never takes something else along: a part is what lies between two places of the order.
    """
    columns = [(column, said) for _, column, said in COLUMNS]
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
