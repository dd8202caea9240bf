"""Demo leads keep every rule that the services keep."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

import pytest

from gql_leads.demo.customers import CURRENCY_OF
from gql_leads.demo.fill import LEADS, fill
from gql_leads.demo.texts import COMMENTS
from gql_leads.domain.claims import day_of
from gql_leads.domain.events import TimelineKind, snapshot
from gql_leads.domain.leads.filters import Filter
from gql_leads.domain.leads.lead import (
    CallToAction,
    CloseReason,
    CompanySize,
    Lead,
    LeadOutcome,
    LeadQuality,
    LeadSource,
    LeadStage,
    LeadStatus,
    LeadType,
    PhoneValidity,
    PurchaseTimeframe,
)
from gql_leads.domain.leads.snapshots import LeadSnapshot
from gql_leads.domain.opportunities.events import OpportunityEvent
from gql_leads.domain.opportunities.records import OpportunityStage
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads.claims import claim_next_lead, release_lead
from gql_leads.services.leads.contact_details import assess_lead
from gql_leads.services.maintenance.scheduled_jobs import run_due_jobs
from gql_leads.store.events import event_log
from gql_leads.store.opportunities import ACCOUNTS, CONTACTS, OPPORTUNITIES, Kind, Record
from gql_leads.store.sql.rows import Row, as_uuid, decode, decode_json, from_millis, to_millis
from gql_leads.store.unit_of_work import derived
from tests.databases import Databases
from tests.fixtures import Clock, claim_counters, dump_tables, open_app_context, viewer_by_email

ENDINGS = {
    LeadOutcome.WON: TimelineKind.WON,
    LeadOutcome.LOST: TimelineKind.LOST,
    LeadOutcome.DECLINED: TimelineKind.DECLINED,
    LeadOutcome.EXPIRED: TimelineKind.EXPIRED,
    LeadOutcome.CONVERTED: TimelineKind.CONVERTED,
}


@pytest.fixture(scope="module")
def filled_url(test_databases: Databases) -> Iterator[str]:
    """A database with the whole demo, made once to be copied."""
    url = test_databases.migrated()
    asyncio.run(fill_anew(url))
    yield url
    test_databases.drop(url)


async def fill_anew(url: str) -> None:
    async with open_app_context(url) as app:
        await fill(app, hostile=True)


@pytest.fixture
def database_url(test_databases: Databases, filled_url: str) -> Iterator[str]:
    """A copy of the whole demo for this test."""
    url = test_databases.copied(filled_url)
    yield url
    test_databases.drop(url)


@pytest.fixture
def filled(app: AppContext) -> AppContext:
    return app


async def rows_of(app: AppContext, table: str) -> list[Row]:
    return list(await app.database.reading.fetch(f"SELECT * FROM {table} ORDER BY id"))


async def records_of(app: AppContext, kind: Kind[Record]) -> dict[UUID | None, Record]:
    return {as_uuid(row["id"]): decode(kind.facts, row) for row in await rows_of(app, kind.table)}


async def leads_of(app: AppContext) -> list[Lead]:
    return [decode(Lead, row) for row in await rows_of(app, "lead")]


OUTCOMES = frozenset(LeadOutcome) - {LeadOutcome.DUPLICATE}
"""The demo merges no leads."""


async def test_every_enum_value_and_outcome_occurs(filled: AppContext) -> None:
    leads = await leads_of(filled)
    assert len(leads) == LEADS
    expected: dict[str, Iterable[object]] = {
        "type": LeadType, "source": LeadSource, "call_to_action": CallToAction, "status": LeadStatus, "stage": LeadStage,
        "outcome": OUTCOMES, "quality": LeadQuality, "phone_validity": PhoneValidity, "close_reason": CloseReason,
        "company_size": CompanySize, "purchase_timeframe": PurchaseTimeframe,
    }  # fmt: skip
    for attribute, values in expected.items():
        assert set(values) <= {getattr(lead, attribute) for lead in leads}, attribute
    assert {(lead.type, lead.stage, lead.outcome) for lead in leads} >= {
        (kind, LeadStage.ARCHIVED, outcome) for kind in LeadType for outcome in OUTCOMES
    }
    assert len({lead.country for lead in leads}) > 25
    assert len({lead.deal_currency for lead in leads}) > 5


RARE = {
    "queue_id IS NOT NULL AND stage = 'RECEIVED' AND deleted_at IS NULL": range(140, 180),
    "stage = 'RECEIVED' AND overdue_at IS NOT NULL": range(50, 400),
    "stage = 'RECEIVED' AND overdue_at IS NULL AND contact_requested_at IS NOT NULL": range(50, 400),
    "is_test": range(20, 100),
    "deleted_at IS NOT NULL": range(20, 100),
    "company IS NULL": range(100, 500),
    "sender_id IS NOT NULL AND sender_partner_id IS NULL": range(100, 600),
    "sender_partner_id IS NOT NULL": range(50, 600),
    "qualified_at IS NOT NULL": range(100, 900),
    "claimed_at IS NOT NULL": range(50, 500),
    "first_name IS NULL": range(20, 200),
    **{f"company LIKE '%!{special}%' ESCAPE '!'": range(1, 500) for special in ("%", "_")},
    **{
        f"company LIKE '%{letters}%'": range(1, 500)
        for letters in ('"', "''", "*", "ü", "Ж", "Ω", "公司", "株式会社", "한강", "شركة", "בע", "भारत", "ข้าว")
    },
}
"""Expected numbers of leads with a rare property."""


async def test_rare_properties_occur_in_the_expected_numbers(filled: AppContext) -> None:
    counts = ", ".join(f"SUM(CASE WHEN {condition} THEN 1 ELSE 0 END) AS c{number}" for number, condition in enumerate(RARE))
    row = await filled.database.reading.fetch_one(f"SELECT {counts} FROM lead")
    assert row is not None
    found = {condition: row[f"c{number}"] for number, condition in enumerate(RARE)}
    assert {condition: found[condition] for condition, expected in RARE.items() if found[condition] not in expected} == {}


async def test_most_leads_have_a_listing_and_every_offer_has_one(filled: AppContext) -> None:
    leads = await leads_of(filled)
    assert all(lead.listing_id for lead in leads if lead.type is LeadType.OFFER)
    assert sum(lead.listing_id is not None for lead in leads) > 0.7 * len(leads)


async def test_deals_reasons_and_team_members_agree_with_their_leads(filled: AppContext) -> None:
    names = {as_uuid(row["id"]): row["name"] for row in await rows_of(filled, "member")}
    leads = await leads_of(filled)
    for lead in leads:
        assert lead.deal_currency is None or lead.deal_currency == CURRENCY_OF[str(lead.country)]
        assert lead.close_reason is None or lead.close_comment in COMMENTS[lead.close_reason]
        assert all(one.name == names[one.member_id] for one in lead.team if one.member_id)
    assert any(one.member_id for lead in leads for one in lead.team)


async def test_nothing_but_reminders_is_due_right_after_filling(filled: AppContext) -> None:
    before, leads = await dump_tables(filled), await leads_of(filled)
    await run_due_jobs(filled)
    after = await dump_tables(filled)
    assert {table for table in before if before[table] != after[table]} == {"lead", "event", "notification"}
    assert {row["kind"] for row in await rows_of(filled, "notification")} == {"RESPONSE_DUE"}
    assert await leads_of(filled) == leads


async def test_scheduled_jobs_later_treat_demo_leads_like_others(filled: AppContext, clock: Clock) -> None:
    clock.advance(days=15)
    await run_due_jobs(filled)
    assert [lead for lead in await leads_of(filled) if lead.is_waiting and lead.requires_response] == []
    in_use, there = await claim_counters(filled)
    assert in_use == there


async def test_computed_columns_equal_a_new_computation(filled: AppContext) -> None:
    for row in await rows_of(filled, "lead"):
        lead = decode(Lead, row)
        assert assess_lead(lead) == lead
        assert {name: row[name] for name in derived(lead)} == derived(lead)
        assert (row["reference_scope"] is None) == (lead.external_reference is None)


async def test_counters_equal_the_leads_they_count(filled: AppContext) -> None:
    in_use, there = await claim_counters(filled)
    assert there
    assert in_use == there
    assert sum(row["claims_that_day"] for row in await rows_of(filled, "queue_use")) == len(
        [row for row in await rows_of(filled, "claim") if from_millis(row["claimed_at"]) >= day_of(filled.now())]
    )


async def test_every_claimed_lead_has_its_claim(filled: AppContext) -> None:
    claims = {
        (as_uuid(row["lead_id"]), as_uuid(row["partner_id"]), as_uuid(row["queue_id"]), from_millis(row["claimed_at"]))
        for row in await rows_of(filled, "claim")
    }
    claimed = {(lead.id, lead.partner_id, lead.origin_queue_id, lead.claimed_at) for lead in await leads_of(filled) if lead.claimed_at}
    assert claimed
    assert claimed <= claims
    assert len(claims) > len(claimed), "some were released"


async def test_every_converted_lead_has_its_account_contact_and_opportunity(filled: AppContext) -> None:
    accounts, contacts, sales = (
        await records_of(filled, ACCOUNTS),
        await records_of(filled, CONTACTS),
        await records_of(filled, OPPORTUNITIES),
    )
    converted = [lead for lead in await leads_of(filled) if lead.outcome is LeadOutcome.CONVERTED]
    assert len(accounts) == len(contacts) == len(sales) == len(converted) > 50
    for lead in converted:
        account, contact, sale = accounts[lead.account_id], contacts[lead.contact_id], sales[lead.opportunity_id]
        assert (account.name, account.is_person) == (lead.company or lead.full_name, lead.company is None)
        assert (contact.full_name, contact.email, contact.account_id) == (lead.full_name, lead.email, account.id)
        assert (sale.account_id, sale.contact_id, sale.lead_id, sale.owner_id) == (account.id, contact.id, lead.id, lead.owner_id)
        assert {account.partner_id, contact.partner_id, sale.partner_id} == {lead.partner_id}
    assert {sale.stage for sale in sales.values()} == set(OpportunityStage)


async def test_stages_and_times_agree(filled: AppContext) -> None:
    now = filled.now()
    for lead in await leads_of(filled):
        instants = [lead.created_at, lead.claimed_at, lead.accepted_at, lead.qualified_at, lead.archived_at, lead.deleted_at]
        told = [one for one in instants if one is not None]
        assert told == sorted(told)
        assert told[-1] <= lead.updated_at <= now
        assert lead.is_archived == (lead.outcome is not None) == (lead.archived_at is not None)
        assert (lead.stage is LeadStage.ACCEPTED or lead.outcome in {LeadOutcome.WON, LeadOutcome.LOST, LeadOutcome.CONVERTED}) == (
            lead.accepted_at is not None
        )
        assert (lead.partner_id is None) == (lead.queue_id is not None or lead.outcome is LeadOutcome.EXPIRED) or lead.partner_id
        if lead.stage is not LeadStage.RECEIVED:
            assert lead.expires_at is lead.overdue_at is None
        elif lead.requires_response:
            assert lead.expires_at is not None
            assert now < lead.expires_at <= now + filled.rules.respond_within


async def test_each_lead_has_one_created_event_with_its_current_state(filled: AppContext) -> None:
    leads = {lead.id: lead for lead in await leads_of(filled)}
    events = [row for row in await rows_of(filled, "event") if row["details"] is None]
    assert {as_uuid(row["lead_id"]) for row in events} == leads.keys()
    for row in events:
        assert (row["kind"], row["before"], from_millis(row["occurred_at"])) == ("CREATED", None, filled.now())
        assert decode_json(LeadSnapshot, row["after"]) == snapshot(leads[as_uuid(row["lead_id"])], None)


async def test_each_opportunity_has_a_created_event_and_a_history_and_open_ones_a_task(filled: AppContext) -> None:
    sales = {as_uuid(row["id"]): row for row in await rows_of(filled, "opportunity")}
    events = await event_log.read(filled.database.reading, event_log.BEGINNING, 10_000)
    created = {logged.event.opportunity_id for logged in events if isinstance(logged.event, OpportunityEvent)}
    entries = [as_uuid(row["opportunity_id"]) for row in await rows_of(filled, "opportunity_timeline_entry") if row["kind"] == "CREATED"]
    assert created == {*entries} == sales.keys()
    tasks = {as_uuid(row["opportunity_id"]): row for row in await rows_of(filled, "activity") if row["opportunity_id"]}
    assert tasks.keys() == {number for number, row in sales.items() if row["closed_at"] is None}
    assert {row["due_at"] < to_millis(filled.now()) for row in tasks.values()} == {True, False}
    for row in sales.values():
        assert (row["closed_at"] is not None) == row["stage"].startswith("CLOSED")
        assert (row["close_reason"] is not None) == (row["stage"] == "CLOSED_LOST")


UNVERSIONED = {"NOTE_ADDED", "ACTIVITY_LOGGED", "CONTACT_OVERDUE", "REFERRED", "CAMPAIGN_JOINED"}


async def test_each_timeline_leads_to_the_leads_state(filled: AppContext) -> None:
    timelines: dict[Any, list[Row]] = defaultdict(list)
    for row in await rows_of(filled, "timeline_entry"):
        timelines[as_uuid(row["lead_id"])].append(row)
    notes = {as_uuid(row["id"]) for row in await rows_of(filled, "note")}
    activities = {as_uuid(row["id"]) for row in await rows_of(filled, "activity") if row["lead_id"]}
    for lead in await leads_of(filled):
        timeline = timelines[lead.id]
        kinds = [row["kind"] for row in timeline]
        assert kinds[0] == TimelineKind.CREATED
        assert kinds.count(TimelineKind.CREATED) == 1
        assert [row["occurred_at"] for row in timeline] == sorted(row["occurred_at"] for row in timeline)
        if lead.outcome is not None:
            assert ENDINGS[lead.outcome] in kinds[-2:]
        assert (TimelineKind.DELETED in kinds) == (lead.deleted_at is not None)
        assert {as_uuid(row["note_id"]) for row in timeline if row["note_id"]} <= notes
        assert {as_uuid(row["activity_id"]) for row in timeline if row["activity_id"]} <= activities
        assert lead.version == len([kind for kind in kinds if kind not in UNVERSIONED])


async def test_campaign_memberships_and_leads_agree(filled: AppContext) -> None:
    joined = {(as_uuid(row["lead_id"]), as_uuid(row["campaign_id"])) for row in await rows_of(filled, "campaign_membership")}
    assert joined == {(lead.id, campaign) for lead in await leads_of(filled) for campaign in lead.campaign_ids}
    assert {campaign for _, campaign in joined} == {as_uuid(row["id"]) for row in await rows_of(filled, "campaign")}
    assert {bool(row["responded"]) for row in await rows_of(filled, "campaign_membership")} == {True, False}


async def test_activities_are_completed_or_due_and_owned_by_the_leads_partner(filled: AppContext) -> None:
    partners = {as_uuid(row["id"]): row["partner_id"] for row in await rows_of(filled, "member")}
    activities = await rows_of(filled, "activity")
    assert {row["kind"] for row in activities} == {"CALL", "EMAIL", "MEETING", "TASK"}
    assert {(row["due_at"] is None) != (row["completed_at"] is None) for row in activities} == {True}
    assert all(partners[as_uuid(row["owner_id"])] == row["partner_id"] for row in activities)
    assert await rows_of(filled, "note_mention")


async def test_no_address_belongs_to_anybody(filled: AppContext) -> None:
    for lead in await leads_of(filled):
        address = lead.email or "nobody@example"
        domain = address.rpartition("@")[2]
        unused = domain.endswith("example") or (domain == "gmail.com" and "-" in address)
        assert unused or domain == "mailinator.com" or "@@" in address, address


async def test_a_rep_claims_and_releases_demo_leads(filled: AppContext) -> None:
    rep = await viewer_by_email(filled, "rep@acme.example")
    kept = await claim_next_lead(filled, rep)
    given_back = await claim_next_lead(filled, rep, asked=Filter(type=(LeadType.SALES_QUALIFIED,)))
    await release_lead(filled, rep, given_back.lead_id)
    assert kept.lead_id != given_back.lead_id
    in_use, there = await claim_counters(filled)
    assert in_use == there
