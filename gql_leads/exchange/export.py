"""The CSV of what a list of leads shows, streamed."""

import csv
import io
import re
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple

from gql_leads.domain.money import Money
from gql_leads.store import copying, leads, orders
from gql_leads.store.copying import Said
from gql_leads.store.leads import LeadQuery, Reading, Shape
from gql_leads.store.paging import Values, Window, cursor_values
from gql_leads.store.rows import Row

AS_IT_IS, HARMLESS, FLAG, INSTANT, MONEY = Said
Part = tuple[bytes, Values | None]
"""Whole lines, and behind which values the next part begins; None after the last."""
ROWS_AT_ONCE: Final = 500
"""A page is one short statement: on SQLite nobody waits for more than that, and a client that goes away stops the reading here."""
COPIED_AT_ONCE: Final = 5_000
"""On PostgreSQL: a few megabytes, in a short statement whatever the client's speed."""
BOM: Final = "\ufeff"
"""Without it, spreadsheets take UTF-8 for the machine's own code page."""
_SUSPICIOUS: Final = frozenset("'=+-@\t\r")
_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")


class Column(NamedTuple):
    """One column of the file: its heading, the row's column it says, and how."""

    heading: str
    column: str
    said: Said


def harmless(cell: str) -> str:
    """The text such that no spreadsheet takes it for a formula: with a `'` before it. One that looks so already gets one more."""
    return f"'{cell}" if cell[:1] in _SUSPICIOUS and _FORMULA.match(cell) else cell


def _flag(value: bool | int) -> str:
    return "true" if value else "false"


def _instant(millis: int) -> str:
    days, rest = divmod(millis, 86_400_000)
    minutes, rest = divmod(rest, 60_000)
    hour, minute = divmod(minutes, 60)
    second, milli = divmod(rest, 1000)
    return f"{_day(days)}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z"


@lru_cache(maxsize=1024)
def _day(days: int) -> str:
    return (date(1970, 1, 1) + timedelta(days)).isoformat()


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
    Column("PartnerName", "partner_name", HARMLESS),
    Column("OwnerName", "owner_name", HARMLESS),
    Column("QueueName", "queue_name", HARMLESS),
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
SHAPE: Final = Shape(
    columns=leads.COLUMNS & {column.column for column in COLUMNS},
    joins=frozenset({"partner", "owner", "queue"}),
)


async def csv_of(reading: Reading, query: LeadQuery) -> AsyncIterator[bytes]:
    """The file in parts, each of whole lines: the headings come with the first page of leads."""
    page = _copied if reading.connection.dialect == "postgres" else _written
    start, after = (BOM + _lines([[column.heading for column in COLUMNS]])).encode(), None
    while True:
        lines, after = await page(reading, query, after)
        yield start + lines
        if after is None:
            return
        start = b""


async def _copied(reading: Reading, query: LeadQuery, after: Values | None) -> Part:
    """A part that PostgreSQL wrote."""
    columns = [(column, said) for _, column, said in COLUMNS]
    return await copying.lines(reading, query, SHAPE, columns, Window(COPIED_AT_ONCE, after=after))


async def _written(reading: Reading, query: LeadQuery, after: Values | None) -> Part:
    """A part written here: column by column, since most say their values as they are."""
    page = await leads.page(reading, query, SHAPE, Window(ROWS_AT_ONCE, after=after))
    cells = (_cells(page.rows, column, said) for _, column, said in COLUMNS)
    order = orders.order(query.sort, reading.viewer)
    return _lines(zip(*cells, strict=True)).encode(), cursor_values(page.rows[-1], order) if page.has_next else None


def _cells(rows: Sequence[Row], column: str, said: Said) -> Iterable[Any]:
    values = [row[column] for row in rows]
    if said is MONEY:
        return map(_money, values, [row["deal_currency"] for row in rows])
    written = _WRITTEN.get(said)
    return values if written is None else [None if value is None else written(value) for value in values]


def _money(minor: int | None, currency: str | None) -> str | None:
    return None if minor is None or currency is None else Money(minor, currency).text


_WRITTEN: Final[dict[Said, Callable[[Any], str]]] = {HARMLESS: harmless, FLAG: _flag, INSTANT: _instant}


def _lines(rows: Iterable[Sequence[Any]]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows(rows)
    return written.getvalue()
