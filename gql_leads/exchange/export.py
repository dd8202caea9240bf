"""The CSV of what a list of leads shows, streamed."""

import csv
import io
import re
from collections.abc import AsyncIterator, Callable
from typing import Any, Final, NamedTuple

from gql_leads.domain.money import Money
from gql_leads.store import leads, orders
from gql_leads.store.leads import LeadQuery, Reading, Shape
from gql_leads.store.paging import Window, cursor_values
from gql_leads.store.rows import Row, from_millis

ROWS_AT_ONCE: Final = 500
"""A page is one short statement: on SQLite nobody waits for more than that, and a client that goes away stops the reading here."""
BOM: Final = "\ufeff"
"""Without it, spreadsheets take UTF-8 for the machine's own code page."""
_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")


class Column(NamedTuple):
    """One column of the file: its heading, the row's column it says, and how."""

    heading: str
    column: str
    written: Callable[[Any], str]


def harmless(cell: str) -> str:
    """The text such that no spreadsheet takes it for a formula: with a `'` before it. One that looks so already gets one more."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _flag(value: bool | int) -> str:
    return "true" if value else "false"


def _instant(millis: int) -> str:
    return from_millis(millis).isoformat(timespec="milliseconds").replace("+00:00", "Z")


COLUMNS: Final = (
    Column("Reference", "reference", str),
    Column("Type", "type", str),
    Column("Source", "source", str),
    Column("CallToAction", "call_to_action", str),
    Column("Status", "status", str),
    Column("Stage", "stage", str),
    Column("Outcome", "outcome", str),
    Column("Quality", "quality", str),
    Column("FirstName", "first_name", harmless),
    Column("LastName", "last_name", harmless),
    Column("Title", "title", harmless),
    Column("Email", "email", harmless),
    Column("EmailValidity", "email_validity", str),
    Column("Phone", "phone", harmless),
    Column("PhoneValidity", "phone_validity", str),
    Column("Company", "company", harmless),
    Column("CompanySize", "company_size", str),
    Column("Industry", "industry", harmless),
    Column("City", "city", harmless),
    Column("Region", "region", harmless),
    Column("Country", "country", str),
    Column("ConsentToContact", "consent_to_contact", _flag),
    Column("ConsentToShare", "consent_to_share", _flag),
    Column("Message", "message", harmless),
    Column("ListingName", "listing_name", harmless),
    Column("PartnerName", "partner_name", harmless),
    Column("OwnerName", "owner_name", harmless),
    Column("QueueName", "queue_name", harmless),
    Column("ExternalReference", "external_reference", harmless),
    Column("ContactUrgency", "urgency", str),
    Column("ContactRequestedAt", "contact_requested_at", _instant),
    Column("ExpiresAt", "expires_at", _instant),
    Column("LeadCreationDateTime", "created_at", _instant),
    Column("UpdatedAt", "updated_at", _instant),
    Column("ClaimedAt", "claimed_at", _instant),
    Column("AcceptedAt", "accepted_at", _instant),
    Column("ArchivedAt", "archived_at", _instant),
    Column("DealName", "deal_name", harmless),
    Column("DealValue", "deal_value", str),
    Column("DealCurrency", "deal_currency", str),
    Column("PurchaseTimeframe", "purchase_timeframe", str),
    Column("ExpectedCloseDate", "expected_close_date", str),
    Column("CampaignCode", "campaign_code", harmless),
    Column("CrmId", "crm_id", harmless),
    Column("CloseReason", "close_reason", str),
    Column("CloseComment", "close_comment", harmless),
    Column("IsTest", "is_test", _flag),
)
SHAPE: Final = Shape(
    columns=leads.COLUMNS & ({column.column for column in COLUMNS} | {"deal_minor"}),
    joins=frozenset({"partner", "owner", "queue"}),
)


async def csv_of(reading: Reading, query: LeadQuery) -> AsyncIterator[bytes]:
    """The file in parts, each of whole lines: the headings come with the first page of leads."""
    order = orders.order(query.sort, reading.viewer)
    window = Window(ROWS_AT_ONCE)
    start = BOM + _lines([[column.heading for column in COLUMNS]])
    while True:
        page = await leads.page(reading, query, SHAPE, window)
        yield (start + _lines([_cells(row) for row in page.rows])).encode()
        if not page.has_next:
            return
        start, window = "", Window(ROWS_AT_ONCE, after=cursor_values(page.rows[-1], order))


def _cells(row: Row) -> list[str]:
    return [
        "" if (value := _value(row) if column == "deal_value" else row[column]) is None else written(value)
        for _, column, written in COLUMNS
    ]


def _value(row: Row) -> str | None:
    return None if row["deal_minor"] is None else Money(row["deal_minor"], row["deal_currency"]).text


def _lines(rows: list[list[str]]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows(rows)
    return written.getvalue()
