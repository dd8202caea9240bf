"""Qualification and outcomes of accepted leads."""

from gql_leads.domain.commands import QualificationFields
from gql_leads.domain.leads.lead import CloseReason, LeadOutcome, LeadStage, LeadStatus
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import outcomes
from tests.factories import World
from tests.fixtures import (  # fmt: skip
    QUALIFIED,
    Clock,
    load_lead,
    make_accepted_lead,
    make_won_lead,
    timeline_kinds,
)


async def test_a_qualification_is_complete_with_both_steps_and_can_be_withdrawn(app: AppContext, world: World, clock: Clock) -> None:
    lead = await make_accepted_lead(app, world.rep)
    await outcomes.qualify_lead(app, world.rep, lead, QualificationFields(customer_responded=True, budget=True))
    assert (await load_lead(app, lead)).qualified_at is None
    await outcomes.qualify_lead(app, world.rep, lead, QualificationFields(authority=True, need=True, timeline=True))
    when = clock()
    assert (await load_lead(app, lead)).qualified_at == when
    clock.advance(hours=1)
    await outcomes.qualify_lead(app, world.rep, lead, QUALIFIED)
    assert (await load_lead(app, lead)).qualified_at == when
    await outcomes.qualify_lead(app, world.rep, lead, QualificationFields(need=False))
    assert (await load_lead(app, lead)).qualified_at is None
    assert (await timeline_kinds(app, lead)).count("QUALIFIED") == 3


async def test_a_lead_is_archived_as_won_or_as_lost_with_its_reason(app: AppContext, world: World) -> None:
    won = await load_lead(app, await make_won_lead(app, world.rep))
    assert (won.stage, won.outcome, won.archived_at, won.close_reason) == (LeadStage.ARCHIVED, LeadOutcome.WON, app.now(), None)
    lead = await make_accepted_lead(app, world.rep)
    await outcomes.mark_lead_lost(app, world.colleague, lead, CloseReason.BUDGET_NOT_ADEQUATE, " Next year ")
    lost = await load_lead(app, lead)
    assert (lost.outcome, lost.close_reason, lost.close_comment) == (LeadOutcome.LOST, CloseReason.BUDGET_NOT_ADEQUATE, "Next year")
    assert lost.closed_by_id == world.colleague.member_id


async def test_a_lead_is_won_with_the_given_status_or_keeps_its_own(app: AppContext, world: World) -> None:
    for status in (None, LeadStatus.PURCHASED):
        lead = await make_accepted_lead(app, world.rep)
        await outcomes.qualify_lead(app, world.rep, lead, QUALIFIED)
        await outcomes.mark_lead_won(app, world.rep, lead, status=status)
        won = await load_lead(app, lead)
        assert (won.outcome, won.status) == (LeadOutcome.WON, status or LeadStatus.NEW)
        assert (await timeline_kinds(app, lead))[-1] == "WON"
