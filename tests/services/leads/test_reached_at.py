"""The time a lead reached its partner, from which response times are measured."""

from gql_leads.domain.commands import Assignee, DealFields
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import assignments, claims, notes, responses
from tests.factories import World
from tests.fixtures import START, Clock, enter_lead, load_lead, make_lead


async def test_a_new_lead_reaches_its_partner_at_creation_and_nobody_in_a_queue(app: AppContext, world: World) -> None:
    assert (await load_lead(app, await enter_lead(app, world.rep))).reached_at == START
    assert (await load_lead(app, await enter_lead(app, world.channel))).reached_at is None


async def test_a_claim_sets_reached_at_and_a_release_clears_it(app: AppContext, world: World, clock: Clock) -> None:
    lead = await make_lead(app)
    for _ in range(2):
        clock.advance(hours=1)
        await claims.claim_lead(app, world.rep, lead)
        assert (await load_lead(app, lead)).reached_at == clock.at
        clock.advance(hours=1)
        await claims.release_lead(app, world.rep, lead)
        assert (await load_lead(app, lead)).reached_at is None


async def test_accepting_a_queued_lead_sets_reached_at_to_that_time(app: AppContext, world: World, clock: Clock) -> None:
    lead = await make_lead(app)
    clock.advance(hours=1)
    await responses.accept_lead(app, world.rep, lead, DealFields(), "Called.")
    stored = await load_lead(app, lead)
    assert stored.reached_at == stored.accepted_at == clock.at


async def test_reached_at_changes_with_the_partner_and_not_within_one(app: AppContext, world: World, clock: Clock) -> None:
    lead = await make_lead(app, partner=world.acme)
    steps = [
        (Assignee(member_id=world.colleague.member_id), False),
        (Assignee(partner_id=world.globex), True),
        (Assignee(member_id=world.rival.member_id), False),
        (Assignee(member_id=world.rep.member_id), True),
    ]
    for to, is_new in steps:
        before = (await load_lead(app, lead)).reached_at
        clock.advance(hours=1)
        await assignments.assign_lead(app, world.admin, lead, to)
        assert (await load_lead(app, lead)).reached_at == (clock.at if is_new else before)
    clock.advance(hours=1)
    await assignments.assign_lead(app, world.admin, lead, Assignee(queue_id=world.general))
    assert (await load_lead(app, lead)).reached_at is None


async def test_other_changes_keep_reached_at(app: AppContext, world: World, clock: Clock) -> None:
    lead = await make_lead(app, partner=world.acme)
    clock.advance(hours=1)
    await notes.add_lead_note(app, world.rep, lead, "Called.")
    await responses.accept_lead(app, world.rep, lead, DealFields())
    assert (await load_lead(app, lead)).reached_at == START
