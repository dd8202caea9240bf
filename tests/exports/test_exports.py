"""Exported files have the leads of the list in its order, with the values that the viewer may see."""

import csv
import io
from datetime import date

from gql_leads.demo.fill import fill
from gql_leads.domain.leads.filters import Filter
from gql_leads.domain.leads.lead import (
    CloseReason,
    CompanySize,
    EmailValidity,
    LeadOutcome,
    LeadStage,
    LeadStatus,
    LeadType,
    PhoneValidity,
    PurchaseTimeframe,
)
from gql_leads.domain.leads.sorting import LeadSort, LeadSortField
from gql_leads.domain.viewer import Viewer
from gql_leads.exports import COLUMNS, csv_of
from gql_leads.services.app_context import AppContext
from gql_leads.store.leads import lists
from gql_leads.store.leads.lists import LeadQuery
from gql_leads.store.sql.pagination import Window
from gql_leads.store.sql.projection import Projection
from tests.exports.conftest import PART_SIZE
from tests.factories import make_world
from tests.fixtures import Clock, make_lead, viewer_by_email

MANY = PART_SIZE * 2 + 300
QUERIES = {
    "everything": LeadQuery(),
    "searched": LeadQuery(search="é"),
    "filtered": LeadQuery(filter=Filter(stage=(LeadStage.RECEIVED, LeadStage.ARCHIVED), is_test=False)),
    "sorted": LeadQuery(sort=(LeadSort(LeadSortField.COMPANY, descending=True), LeadSort(LeadSortField.STATUS))),
    "by name": LeadQuery(sort=(LeadSort(LeadSortField.LAST_NAME),)),
    "deleted": LeadQuery(filter=Filter(is_deleted=True)),
    "nothing": LeadQuery(filter=Filter(ids=())),
}


async def exported(app: AppContext, viewer: Viewer, query: LeadQuery) -> list[dict[str, str]]:
    parts = [part async for part in csv_of(app.reader(viewer), query)]
    return read(b"".join(parts))


def read(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


async def listed(app: AppContext, viewer: Viewer, query: LeadQuery) -> list[str]:
    page = await lists.page(app.reader(viewer), query, Projection(frozenset({"reference"})), Window(100_000))
    return [row["reference"] for row in page.rows]


async def test_file_has_the_leads_of_the_list_in_its_order(app: AppContext) -> None:
    await fill(app, MANY, hostile=True)
    for email in ("admin@vendor.example", "seller@vendor.example", "rep@acme.example", "referrals@globex.example"):
        viewer = await viewer_by_email(app, email)
        for name, query in QUERIES.items():
            rows = await exported(app, viewer, query)
            assert [row["Reference"] for row in rows] == await listed(app, viewer, query), (email, name)


async def test_file_is_returned_in_parts_of_whole_lines(app: AppContext) -> None:
    await fill(app, MANY, hostile=True)
    parts = [part async for part in csv_of(app.reader(await viewer_by_email(app, "channel@vendor.example")), LeadQuery())]
    assert len(parts) == 3
    assert parts[0].startswith(b"\xef\xbb\xbfReference,Type,Source,")
    assert all(part.endswith(b"\r\n") for part in parts)
    assert sum(len(read(b"\xef\xbb\xbfReference\r\n" + part)) for part in parts[1:]) <= 2 * PART_SIZE


async def test_leads_created_during_an_export_neither_repeat_nor_hide_others(app: AppContext, clock: Clock) -> None:
    await fill(app, MANY, hostile=True)
    viewer = await viewer_by_email(app, "admin@vendor.example")
    before = await listed(app, viewer, LeadQuery())
    parts = []
    async for part in csv_of(app.reader(viewer), LeadQuery()):
        parts.append(part)
        clock.advance(seconds=1)
        await fill(app, 20, seed=len(parts) + 1)
    found = [row["Reference"] for row in read(b"".join(parts))]
    assert len(found) == len(set(found))
    assert [reference for reference in found if reference in set(before)] == before


async def test_file_without_leads_has_the_headings(app: AppContext) -> None:
    world = await make_world(app)
    (part,) = [part async for part in csv_of(app.reader(world.rep), LeadQuery())]
    assert part.decode() == "\ufeff" + ",".join(column.heading for column in COLUMNS) + "\r\n"


async def test_every_column_has_the_value_of_its_attribute(app: AppContext, clock: Clock) -> None:
    world = await make_world(app)
    now = clock()
    await make_lead(
        app, partner=world.acme, reference="L-ABCDEF", type=LeadType.PROFILE, status=LeadStatus.PURCHASED,
        stage=LeadStage.ARCHIVED, outcome=LeadOutcome.LOST, first_name="Zoé", last_name="=1+1", title='"Boss", they say',
        email="zoe@zoe.example", email_validity=EmailValidity.SPAM, phone="+33612345678", phone_validity=PhoneValidity.VALID,
        company="-Zoé & Co", company_size=CompanySize.EMPLOYEES_1_TO_9, industry="Retail", city="Nîmes", region="@home", country="FR",
        consent_to_contact=True, consent_to_share=False, message="one\ntwo", external_reference="'=x", owner_id=world.rep.member_id,
        expires_at=None, created_at=now, updated_at=now, claimed_at=now, accepted_at=now, archived_at=now, deal_name="Deal",
        deal_minor=1250000, deal_currency="EUR", purchase_timeframe=PurchaseTimeframe.LATER, expected_close_date=date(2026, 12, 24),
        campaign_code="SPRING", crm_id="42", close_reason=CloseReason.OTHER, close_comment="'quoted'", is_test=True,
    )  # fmt: skip
    (row,) = await exported(app, world.rep, LeadQuery())
    at = "2026-11-21T09:30:00.000Z"
    assert row | {"Source": "", "CallToAction": "", "Quality": "", "ListingName": "", "ContactRequestedAt": ""} == {
        **{column.heading: "" for column in COLUMNS},
        "Reference": "L-ABCDEF", "Type": "PROFILE", "Status": "PURCHASED", "Stage": "ARCHIVED", "Outcome": "LOST",
        "FirstName": "Zoé", "LastName": "'=1+1", "Title": '"Boss", they say', "Email": "zoe@zoe.example", "EmailValidity": "SPAM",
        "Phone": "+33612345678", "PhoneValidity": "VALID", "Company": "'-Zoé & Co", "CompanySize": "EMPLOYEES_1_TO_9",
        "Industry": "Retail", "City": "Nîmes", "Region": "'@home", "Country": "FR", "ConsentToContact": "true", "ConsentToShare": "false",
        "Message": "one\ntwo", "ExternalReference": "''=x", "PartnerName": "Acme Cloud", "OwnerName": "Rita Rep",
        "LeadCreationDateTime": at, "UpdatedAt": at, "ClaimedAt": at, "AcceptedAt": at, "ArchivedAt": at, "DealName": "Deal",
        "DealValue": "12500.00", "DealCurrency": "EUR", "PurchaseTimeframe": "LATER", "ExpectedCloseDate": "2026-12-24",
        "CampaignCode": "SPRING", "CrmId": "42", "CloseReason": "OTHER", "CloseComment": "'quoted'", "IsTest": "true",
    }  # fmt: skip


CONTACT = ("FirstName", "LastName", "Title", "Email", "EmailValidity", "Phone", "PhoneValidity")
WORK = ("OwnerName", "QueueName", "DealName", "DealValue", "DealCurrency", "PurchaseTimeframe", "ExpectedCloseDate",
        "CampaignCode", "CrmId", "ClaimedAt")  # fmt: skip


async def test_masked_values_are_empty(app: AppContext) -> None:
    await fill(app, MANY, hostile=True)
    rep, admin = await viewer_by_email(app, "rep@acme.example"), await viewer_by_email(app, "admin@vendor.example")
    waiting = [row for row in await exported(app, rep, LeadQuery()) if row["QueueName"]]
    expired = [row for row in await exported(app, admin, LeadQuery()) if row["Outcome"] == "EXPIRED"]
    assert waiting
    assert expired
    assert {row[name] for row in waiting + expired for name in CONTACT} == {""}
    received = await exported(app, admin, LeadQuery(filter=Filter(stage=(LeadStage.RECEIVED,))))
    assert {row["QueueName"] for row in received} == {"", "General"}
    assert all(row["LastName"] for row in received)


async def test_columns_of_the_partners_work_are_empty_for_senders(app: AppContext) -> None:
    await fill(app, MANY, hostile=True)
    rows = await exported(app, await viewer_by_email(app, "seller@vendor.example"), LeadQuery())
    assert {row["Stage"] for row in rows} == {"RECEIVED", "ACCEPTED", "ARCHIVED"}
    assert {row[name] for row in rows for name in WORK} == {""}
    assert any(row["Email"] for row in rows)
