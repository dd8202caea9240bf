from datetime import timedelta

import pytest
from uuid_utils.compat import uuid7

from gql_leads.domain.commands import Assignee
from gql_leads.domain.errors import InvalidTransition, NotFound, NotPermitted
from gql_leads.services import claiming
from gql_leads.services.assigning import assign_lead
from gql_leads.services.desk import Desk
from tests.desks import (
    REP,
    Clock,
    a_lead,
    a_member,
    a_partner,
    a_queue,
    an_accepted_lead,
    an_entered_lead,
    come_in,
    counters,
    everything,
    kinds_of,
    the_lead,
)  # fmt: skip
from tests.worlds import World

pytestmark = pytest.mark.anyio


async def test_a_received_lead_goes_to_a_partner_a_member_or_a_queue_and_its_clock_restarts(desk: Desk, world: World, clock: Clock) -> None:
    queue = await a_queue(desk)
    lead = await a_lead(desk)
    rival = world.rival.member_id
    steps = [
        (Assignee(partner_id=world.acme), world.acme, None, None),
        (Assignee(member_id=rival), world.globex, rival, None),
        (Assignee(queue_id=queue), None, None, queue),
        (Assignee(queue_id=world.general), None, None, world.general),
        (Assignee(member_id=rival), world.globex, rival, None),
        (Assignee(partner_id=world.acme), world.acme, None, None),
    ]
    for number, (to, partner, owner, waits) in enumerate(steps, 2):
        clock.advance(days=1)
        await assign_lead(desk, world.channel, lead, to)
        found = await the_lead(desk, lead)
        assert (found.partner_id, found.owner_id, found.queue_id, found.version) == (partner, owner, waits, number)
        assert found.expires_at == desk.now() + timedelta(days=14)
        in_use, there = await counters(desk)
        assert in_use == there
    assert await kinds_of(desk, lead) == ["CREATED"] + ["ASSIGNED"] * len(steps)


async def test_within_the_partner_the_clock_and_the_claim_go_on(desk: Desk, world: World, clock: Clock) -> None:
    lead = (await claiming.claim_lead(desk, world.rep, await a_lead(desk))).lead_id
    ends = (await the_lead(desk, lead)).expires_at
    clock.advance(days=2)
    await assign_lead(desk, world.referrals, lead, Assignee(member_id=world.colleague.member_id))
    await assign_lead(desk, world.referrals, lead, Assignee(partner_id=world.acme))
    found = await the_lead(desk, lead)
    assert (found.owner_id, found.expires_at, found.claimed_at is None) == (None, ends, False)
    await claiming.release_lead(desk, world.referrals, lead)


async def test_giving_it_to_who_has_it_changes_nothing(desk: Desk, world: World) -> None:
    lead = await a_lead(desk, partner=world.acme, owner_id=world.rep.member_id)
    waiting = await a_lead(desk)
    before = await everything(desk)
    await assign_lead(desk, world.channel, lead, Assignee(member_id=world.rep.member_id))
    await assign_lead(desk, world.channel, waiting, Assignee(queue_id=world.general))
    assert await everything(desk) == before


async def test_a_partners_own_card_has_no_clock_wherever_it_goes(desk: Desk, world: World) -> None:
    lead = await an_entered_lead(desk, world.rep)
    await assign_lead(desk, world.channel, lead, Assignee(partner_id=world.globex))
    assert (await the_lead(desk, lead)).expires_at is None


async def test_an_accepted_lead_goes_to_another_member_of_its_partner_and_nowhere_else(desk: Desk, world: World) -> None:
    lead = await an_accepted_lead(desk, world.rep)
    for to in (
        Assignee(partner_id=world.globex), Assignee(partner_id=world.acme), Assignee(queue_id=world.general),
        Assignee(member_id=world.rival.member_id),
    ):  # fmt: skip
        before = await everything(desk)
        with pytest.raises(InvalidTransition):
            await assign_lead(desk, world.channel, lead, to)
        assert await everything(desk) == before
    await assign_lead(desk, world.referrals, lead, Assignee(member_id=world.colleague.member_id))
    assert (await the_lead(desk, lead)).owner_id == world.colleague.member_id


async def test_a_partners_admin_assigns_within_the_partner_only(desk: Desk, world: World) -> None:
    lead = await a_lead(desk, partner=world.acme)
    for to in (Assignee(partner_id=world.globex), Assignee(queue_id=world.general)):
        with pytest.raises(NotPermitted):
            await assign_lead(desk, world.referrals, lead, to)
    with pytest.raises(NotFound):
        await assign_lead(desk, world.referrals, lead, Assignee(member_id=world.rival.member_id))


async def test_whoever_may_not_come_in_or_is_no_partners_is_not_found(desk: Desk, world: World) -> None:
    lead = await a_lead(desk)
    gone = await a_partner(desk, is_active=False)
    left = await a_member(desk, world.acme, REP)
    await desk.database.writing.execute("UPDATE member SET is_active = FALSE WHERE id = ?", left.member_id)
    closed = await a_queue(desk, open_to=[world.globex])
    before = await everything(desk)
    for to, field in (
        (Assignee(partner_id=gone), "partnerId"), (Assignee(partner_id=uuid7()), "partnerId"), (Assignee(queue_id=uuid7()), "queueId"),
        (Assignee(member_id=left.member_id), "memberId"), (Assignee(member_id=world.seller.member_id), "memberId"),
    ):  # fmt: skip
        with pytest.raises(NotFound) as refused:
            await assign_lead(desk, world.channel, lead, to)
        assert refused.value.field == ("to", field)
    mine = await a_lead(desk, partner=world.acme)
    with pytest.raises(NotFound):
        await assign_lead(desk, await come_in(desk, world.referrals), mine, Assignee(queue_id=closed))
    assert {**await everything(desk), "lead": [], "event": [], "timeline_entry": []} == {
        **before, "lead": [], "event": [], "timeline_entry": [],
    }  # fmt: skip
