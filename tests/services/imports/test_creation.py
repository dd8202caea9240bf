"""An administrator's export, imported into an empty database of the same organization, exports to the same bytes."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from gql_leads.demo.fill import fill
from gql_leads.demo.organization import ADMIN as ADMIN_EMAIL
from gql_leads.domain.imports.headings import OWN_HEADINGS
from gql_leads.domain.leads.lead import (
    CallToAction,
    CloseReason,
    CompanySize,
    EmailValidity,
    LeadOutcome,
    LeadSource,
    LeadStage,
    LeadStatus,
    LeadType,
    PhoneValidity,
    PurchaseTimeframe,
)
from gql_leads.domain.viewer import Viewer
from gql_leads.exports import COLUMNS
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads.deletion import delete_lead
from gql_leads.store.access.viewers import viewer_of
from gql_leads.store.organization.lists import member_by_email
from gql_leads.store.sql.rows import as_uuid
from tests.databases import Databases
from tests.factories import World, make_world
from tests.fixtures import START, Clock, build_lead, make_campaign, make_lead, make_listing, make_queue, open_app_context
from tests.property_runner import PropertyRunner
from tests.services.imports.importing import export, import_file


def test_every_column_of_the_export_is_known() -> None:
    assert {column.heading for column in COLUMNS} <= OWN_HEADINGS.keys()


@pytest.fixture
def other_database_url(test_databases: Databases) -> Iterator[str]:
    url = test_databases.migrated()
    yield url
    test_databases.drop(url)


@pytest.mark.slow
async def test_the_demo_comes_back(database_url: str, other_database_url: str) -> None:
    clock = Clock(START + timedelta(days=10))
    contents: list[bytes] = []
    for leads, url in ((300, database_url), (0, other_database_url)):
        async with open_app_context(url, clock) as app:
            await fill(app, leads, hostile=True)
            admin = await viewer_named(app, ADMIN_EMAIL)
            if contents:
                done = await import_file(app, admin, contents[0])
                assert (done.stored.state, done.errors) == ("SUCCEEDED", [])
            contents.append(await export(app, admin))
    assert contents[0].count(b"\r\n") > 250
    assert contents[1] == contents[0]


async def viewer_named(app: AppContext, email: str) -> Viewer:
    row = await member_by_email(app.database.reading, email)
    assert row is not None
    viewer = await viewer_of(app.database.reading, as_uuid(row["id"]))
    assert viewer is not None
    return viewer


CHARACTERS = st.one_of(st.sampled_from("=+-@＋'\"',; abcÉß0"), st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]))
TEXTS = st.text(CHARACTERS, max_size=12).map(str.strip)
LINES = st.text(st.one_of(CHARACTERS, st.sampled_from("\t\n")), max_size=12).map(str.strip)
INSTANTS = st.integers(0, 3).map(lambda days: START - timedelta(days=days))


@st.composite
def facts(draw: st.DrawFn) -> dict[str, Any]:
    """Draw the attributes of a lead in any stage."""
    stage = draw(st.sampled_from(LeadStage))
    outcome = draw(st.sampled_from([one for one in LeadOutcome if one.value != "DUPLICATE"])) if stage is LeadStage.ARCHIVED else None
    texts = {name: draw(TEXTS) or None for name in ("first_name", "title", "company", "industry", "city", "region")}
    drawn: dict[str, Any] = {
        **texts,
        "message": draw(LINES) or None,
        "last_name": draw(TEXTS) or "Bosu",
        "email": draw(st.sampled_from([None, "a@contoso.example", "=no address"])),
        "phone": draw(st.sampled_from([None, "+4930123456", "+1", "030 555"])),
        "email_validity": draw(st.sampled_from(EmailValidity)),
        "phone_validity": draw(st.sampled_from(PhoneValidity)),
        "type": draw(st.sampled_from([LeadType.OFFER, LeadType.SALES_QUALIFIED])),
        "source": draw(st.sampled_from(LeadSource)),
        "call_to_action": draw(st.sampled_from([None, *CallToAction])),
        "status": draw(st.sampled_from(LeadStatus)),
        "stage": stage,
        "outcome": outcome,
        "company_size": draw(st.sampled_from([None, *CompanySize])),
        "country": draw(st.sampled_from([None, "FR", "CZ"])),
        "consent_to_contact": draw(st.booleans()),
        "consent_to_share": draw(st.booleans()),
        "external_reference": draw(st.sampled_from([None, "X-1", "-2"])),
        "contact_requested_at": draw(st.one_of(st.none(), INSTANTS)),
        "created_at": draw(INSTANTS),
        "updated_at": draw(INSTANTS),
        "is_test": draw(st.booleans()),
        "holder": draw(st.sampled_from(["acme", "globex", "queue", "other queue"])),
        "has_owner": draw(st.booleans()),
        "is_claimed": draw(st.booleans()),
        "listing": draw(st.sampled_from([None, "Ledger", "Unknown + offer"])),
    }
    if stage is LeadStage.RECEIVED:
        drawn["expires_at"] = draw(st.sampled_from([None, START + timedelta(days=5)]))
    else:
        drawn |= {
            "expires_at": None,
            "accepted_at": draw(st.one_of(st.none(), INSTANTS)) if stage is LeadStage.ARCHIVED else draw(INSTANTS),
            "deal_name": draw(TEXTS) or None,
            "deal_minor": draw(st.integers(0, 10**12)),
            "deal_currency": draw(st.sampled_from(["EUR", "JPY", "BHD"])),
            "purchase_timeframe": draw(st.sampled_from([None, *PurchaseTimeframe])),
            "expected_close_date": draw(st.sampled_from([None, date(2027, 1, 31)])),
            "campaign_code": draw(st.sampled_from([None, "SPRING", "gone"])),
            "crm_id": draw(TEXTS) or None,
        }
    if stage is LeadStage.ARCHIVED:
        reasons = {"close_reason": draw(st.sampled_from([None, *CloseReason])), "close_comment": draw(LINES) or None}
        drawn |= {"archived_at": draw(INSTANTS), **reasons}
    return drawn


@pytest.mark.slow
def test_leads_in_every_state_come_back(test_databases: Databases) -> None:
    urls = [test_databases.migrated(), test_databases.migrated()]
    with PropertyRunner() as runner, ExitStack() as opened:
        source, target = [opened.enter_context(runner.opened(open_app_context(url))) for url in urls]
        worlds = [runner.call(organize, one) for one in (source, target)]

        @settings(max_examples=40, phases=[Phase.generate, Phase.shrink])
        @given(st.lists(facts(), min_size=1, max_size=12))
        def come_back(drawn: list[dict[str, Any]]) -> None:
            for app in (source, target):
                runner.call(app.database.writing.execute, "DELETE FROM lead")
            for number, one in enumerate(drawn):
                runner.call(insert, source, *worlds[0], number, dict(one))
            content = runner.call(export, source, worlds[0][0].admin)
            done = runner.call(import_file, target, worlds[1][0].admin, content)
            assert (done.stored.state, done.errors, done.stored.created_rows) == ("SUCCEEDED", [], len(drawn))
            assert runner.call(export, target, worlds[1][0].admin) == content

        come_back()
    for url in urls:
        test_databases.drop(url)


async def organize(app: AppContext) -> tuple[World, UUID]:
    """Create the organization of both databases."""
    world = await make_world(app)
    await make_listing(app, world.acme, "Ledger")
    await make_campaign(app, "SPRING")
    return world, await make_queue(app, "Other")


async def insert(app: AppContext, world: World, other_queue: UUID, number: int, one: dict[str, Any]) -> None:
    """Insert a drawn lead with its holder."""
    holder, listing = one.pop("holder"), one.pop("listing")
    has_owner, is_claimed = one.pop("has_owner"), one.pop("is_claimed")
    is_waiting = holder.endswith("queue") and one["stage"] is LeadStage.RECEIVED
    is_expired_there = holder.endswith("queue") and one["outcome"] is LeadOutcome.EXPIRED
    partner = None if is_waiting or is_expired_there else world.globex if holder == "globex" else world.acme
    owner = None if partner is None or not has_owner else (world.rival if partner == world.globex else world.rep).member_id
    queue = (other_queue if holder.startswith("other") else world.general) if is_waiting else None
    lead = await build_lead(app, partner=partner or world.acme)
    claimed: dict[str, Any] = {"claimed_at": START - timedelta(hours=1), "origin_queue_id": world.general} if is_claimed and partner else {}
    lead = replace(
        lead, reference=f"L-TEST{number:02d}", partner_id=partner, queue_id=queue, owner_id=owner, listing_name=listing, **claimed, **one
    )
    async with app.unit_of_work(None) as uow:
        await uow.insert(replace(lead, external_reference=one["external_reference"]), f"scope {number}")


async def test_an_unknown_reference_is_kept_by_administrators_alone(app: AppContext, world: World) -> None:
    content = "Reference,Last Name\nl-kept77,A\n"
    await import_file(app, world.admin, content)
    row = await app.database.writing.fetch_one("SELECT reference FROM lead")
    assert row is not None
    assert row["reference"] == "L-KEPT77"
    done = await import_file(app, world.referrals, "Reference,Last Name\nL-OTHER7,B\n")
    assert done.counts == (1, 1, 1, 0, 0, 0)
    assert await app.database.writing.fetch("SELECT reference FROM lead WHERE reference = 'L-OTHER7'") == []


async def test_the_reference_of_a_deleted_lead_is_taken(app: AppContext, world: World) -> None:
    lead_id = await make_lead(app, partner=world.acme, reference="L-GONE77")
    await delete_lead(app, world.admin, lead_id)
    done = await import_file(app, world.admin, "Reference,Last Name\nL-GONE77,A\n")
    assert [(row, heading) for row, heading, _ in done.errors] == [(2, "Reference")]


@pytest.mark.parametrize(
    ("values", "heading"),
    [
        ("ACCEPTED,,,,", "PartnerName"),
        ("ARCHIVED,,Acme Cloud,,", "Outcome"),
        ("RECEIVED,WON,Acme Cloud,,", "Outcome"),
        ("RECEIVED,,Nobody,,", "PartnerName"),
        ("RECEIVED,,Globex,Rita Rep,", "OwnerName"),
        ("RECEIVED,,,,Nowhere", "QueueName"),
        ("RECEIVED,,Acme Cloud,,General", "QueueName"),
    ],
)
async def test_a_state_that_no_lead_has_is_rejected(app: AppContext, world: World, values: str, heading: str) -> None:
    done = await import_file(app, world.admin, f"LastName,Stage,Outcome,PartnerName,OwnerName,QueueName\nA,{values}\n")
    assert heading in [column for _, column, _ in done.errors]
    assert done.counts[-1] == 1


async def test_claims_are_counted(app: AppContext, world: World) -> None:
    content = "LastName,PartnerName,OwnerName,ClaimedAt,ExpiresAt\nA,Acme Cloud,Rita Rep,2026-11-20T09:30:00Z,2026-12-01T00:00:00Z\n"
    done = await import_file(app, world.admin, content)
    assert done.errors == []
    row = await app.database.writing.fetch_one("SELECT open_claims, claims_that_day FROM queue_use")
    assert row is not None
    assert (row["open_claims"], row["claims_that_day"]) == (1, 0)
