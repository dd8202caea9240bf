from datetime import timedelta
from decimal import Decimal

import pytest

from gql_leads.domain.commands import DealFields, MoneyFields, TeamMemberFields
from gql_leads.domain.errors import ClaimLimitReached, NotPermitted
from gql_leads.domain.leads.lead import CloseReason, LeadOutcome, LeadStage, PurchaseTimeframe, TeamMember
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import responses
from tests.factories import World
from tests.fixtures import claim_counters, dump_tables, load_lead, load_viewer, make_campaign, make_lead, make_queue, timeline_kinds


async def test_an_accepted_lead_belongs_to_the_member_and_has_the_given_deal(app: AppContext, world: World) -> None:
    campaign = await make_campaign(app, "C-1")
    lead = await make_lead(app, partner=world.acme, contact_requested_at=app.now())
    deal = DealFields(
        name=" Big one ",
        estimated_value=MoneyFields(amount=Decimal(12500), currency="EUR"),
        purchase_timeframe=PurchaseTimeframe.WITHIN_3_MONTHS,
        expected_close_date="2026-12-24",
        campaign_code="C-1",
        crm_id="42",
        team=(TeamMemberFields(member_id=world.colleague.member_id), TeamMemberFields(name="Eve", email="eve@x.example")),
    )
    await responses.accept_lead(app, world.rep, lead, deal, "Called them.")
    found = await load_lead(app, lead)
    assert (found.stage, found.owner_id, found.accepted_at) == (LeadStage.ACCEPTED, world.rep.member_id, app.now())
    assert (found.expires_at, found.overdue_at, found.version) == (None, None, 2)
    assert found.campaign_ids == (campaign,)
    assert (found.deal_name, found.deal_minor, found.deal_currency) == ("Big one", 1_250_000, "EUR")
    assert (str(found.expected_close_date), found.campaign_code, found.crm_id) == ("2026-12-24", "C-1", "42")
    assert [(one.name, one.member_id) for one in found.team] == [("Colin Colleague", world.colleague.member_id), ("Eve", None)]
    assert found.team[1] == TeamMember("Eve", "eve@x.example")
    assert await timeline_kinds(app, lead) == ["CREATED", "ACCEPTED", "CAMPAIGN_JOINED", "NOTE_ADDED"]


async def test_accepting_replaces_a_deactivated_owner(app: AppContext, world: World) -> None:
    lead = await make_lead(app, partner=world.acme, owner_id=world.colleague.member_id)
    await app.database.writing.execute("UPDATE member SET is_active = ? WHERE id = ?", False, world.colleague.member_id)
    await responses.accept_lead(app, world.rep, lead, DealFields())
    assert (await load_lead(app, lead)).owner_id == world.rep.member_id


async def test_accepting_keeps_the_owner(app: AppContext, world: World) -> None:
    lead = await make_lead(app, partner=world.acme, owner_id=world.colleague.member_id)
    await responses.accept_lead(app, world.rep, lead, DealFields())
    assert (await load_lead(app, lead)).owner_id == world.colleague.member_id


async def test_accepting_a_queued_lead_claims_it_in_the_same_transaction(app: AppContext, world: World) -> None:
    lead = await make_lead(app)
    await responses.accept_lead(app, world.rep, lead, DealFields())
    found = await load_lead(app, lead)
    assert (found.partner_id, found.owner_id, found.queue_id) == (world.acme, world.rep.member_id, None)
    assert (found.stage, found.origin_queue_id, found.claimed_at) == (LeadStage.ACCEPTED, world.general, app.now())
    assert found.version == 2
    assert await timeline_kinds(app, lead) == ["CREATED", "CLAIMED", "ACCEPTED"]
    counted, there = await claim_counters(app)
    assert counted == there == {(str(world.general), str(world.acme)): 1}


async def test_accepting_a_queued_lead_respects_the_claim_limits(app: AppContext, world: World) -> None:
    queue = await make_queue(app, max_open_claims=1)
    rep = await load_viewer(app, world.rep)
    first, second = [await make_lead(app, queue=queue) for _ in range(2)]
    await responses.accept_lead(app, rep, first, DealFields())
    before = await dump_tables(app)
    with pytest.raises(ClaimLimitReached):
        await responses.accept_lead(app, rep, second, DealFields(), "note")
    assert await dump_tables(app) == before


async def test_the_vendor_resolves_team_members_and_may_not_accept(app: AppContext, world: World) -> None:
    deal = DealFields(team=(TeamMemberFields(member_id=world.rep.member_id),))
    with pytest.raises(NotPermitted):
        await responses.accept_lead(app, world.admin, await make_lead(app, partner=world.acme), deal)


async def test_a_blank_note_is_no_note(app: AppContext, world: World) -> None:
    lead = await make_lead(app, partner=world.acme)
    await responses.accept_lead(app, world.rep, lead, DealFields(), " \n ")
    assert await timeline_kinds(app, lead) == ["CREATED", "ACCEPTED"]


async def test_a_declined_lead_is_archived_with_its_reason(app: AppContext, world: World) -> None:
    lead = await make_lead(app, partner=world.acme, contact_requested_at=app.now() - timedelta(days=1))
    await responses.decline_lead(app, world.rep, lead, CloseReason.OTHER, "Not\r\nours")
    found = await load_lead(app, lead)
    assert (found.stage, found.outcome, found.archived_at) == (LeadStage.ARCHIVED, LeadOutcome.DECLINED, app.now())
    assert (found.close_reason, found.close_comment, found.closed_by_id) == (
        CloseReason.OTHER, "Not\nours", world.rep.member_id,
    )  # fmt: skip
    assert (found.expires_at, found.overdue_at) == (None, None)
    assert await timeline_kinds(app, lead) == ["CREATED", "DECLINED"]
