"""Work that runs by itself, with the clock moved; and leads that were deleted."""

from uuid import UUID

import pytest

from gql_leads.domain.activities import ActivityKind, NewActivity
from gql_leads.domain.errors import NotFound
from gql_leads.domain.leads.lead import CallToAction, LeadOutcome, LeadStage
from gql_leads.services import scheduled_jobs
from gql_leads.services.app_context import Desk
from gql_leads.services.leads import claims, deletion, favorites, notes
from gql_leads.services.leads.activities import log_activity
from gql_leads.services.leads.bulk import BATCH
from tests.factories import World
from tests.fixtures import Clock, a_lead, an_accepted_lead, an_entered_lead, counters, everything, kinds_of, the_lead


async def leads_of_every_kind(desk: Desk, world: World) -> dict[str, UUID]:
    return {
        "hot": await a_lead(desk, partner=world.acme, contact_requested_at=desk.now()),
        "hot in a queue": await a_lead(desk, contact_requested_at=desk.now()),
        "claimed": (await claims.claim_lead(desk, world.rep, await a_lead(desk))).lead_id,
        "accepted": await an_accepted_lead(desk, world.rep, contact_requested_at=desk.now()),
        "informational": await an_entered_lead(desk, world.admin, call_to_action=CallToAction.FREE_TRIAL),
        "entered": await an_entered_lead(desk, world.rep, contact_requested=True),
        "deleted": await deletion.delete_lead(desk, world.referrals, await a_lead(desk, partner=world.acme)),
    }


AFTER: dict[int, dict[str, str]] = {
    0: {},
    2: {},
    4: dict.fromkeys(("hot", "hot in a queue", "entered"), "CREATED CONTACT_OVERDUE"),
    15: {
        **dict.fromkeys(("hot", "hot in a queue"), "CREATED CONTACT_OVERDUE EXPIRED"),
        "entered": "CREATED CONTACT_OVERDUE",
        "claimed": "CREATED CLAIMED EXPIRED",
    },
    190: {
        **dict.fromkeys(("hot", "hot in a queue"), "CREATED CONTACT_OVERDUE EXPIRED"),
        "entered": "CREATED CONTACT_OVERDUE",
        "claimed": "CREATED CLAIMED EXPIRED",
        "informational": "CREATED EXPIRED",
        "deleted": "",
    },
}


@pytest.mark.parametrize("days", AFTER)
async def test_so_many_days_later_what_is_due_is_done_once(desk: Desk, world: World, clock: Clock, days: int) -> None:
    leads = await leads_of_every_kind(desk, world)
    before = {name: " ".join(await kinds_of(desk, lead)) for name, lead in leads.items()}
    clock.advance(days=days)
    await scheduled_jobs.do_what_is_due(desk)
    assert {name: " ".join(await kinds_of(desk, lead)) for name, lead in leads.items()} == before | AFTER[days]
    again = await everything(desk)
    await scheduled_jobs.do_what_is_due(desk)
    assert await everything(desk) == again
    in_use, there = await counters(desk)
    assert in_use == there


async def test_an_expired_lead_is_archived_and_waits_no_more(desk: Desk, world: World, clock: Clock) -> None:
    leads = await leads_of_every_kind(desk, world)
    clock.advance(days=14)
    await scheduled_jobs.do_what_is_due(desk)
    for name in ("hot", "hot in a queue", "claimed"):
        lead = await the_lead(desk, leads[name])
        assert (lead.stage, lead.outcome, lead.archived_at) == (LeadStage.ARCHIVED, LeadOutcome.EXPIRED, clock())
        assert (lead.queue_id, lead.expires_at, lead.overdue_at) == (None, None, None)
    assert (await the_lead(desk, leads["accepted"])).stage is LeadStage.ACCEPTED


async def test_more_than_one_batch_is_done_at_a_time(desk: Desk, world: World, clock: Clock) -> None:
    leads = [await a_lead(desk) for _ in range(BATCH + 5)]
    clock.advance(days=15)
    await scheduled_jobs.do_what_is_due(desk)
    assert {(await the_lead(desk, lead)).outcome for lead in leads} == {LeadOutcome.EXPIRED}


async def test_a_deleted_lead_comes_back_as_it_was_for_30_days(desk: Desk, world: World, clock: Clock) -> None:
    lead = (await claims.claim_lead(desk, world.rep, await a_lead(desk))).lead_id
    was = await the_lead(desk, lead)
    await deletion.delete_lead(desk, world.referrals, lead)
    assert await counters(desk) == ({}, {})
    clock.advance(days=10)
    await scheduled_jobs.do_what_is_due(desk)
    await deletion.restore_lead(desk, world.referrals, lead)
    found = await the_lead(desk, lead)
    assert (found.deleted_at, found.version, found.expires_at) == (None, was.version + 2, was.expires_at)
    assert await kinds_of(desk, lead) == ["CREATED", "CLAIMED", "DELETED", "RESTORED"]
    in_use, there = await counters(desk)
    assert in_use == there == {(str(world.general), str(world.acme)): 1}


async def test_after_30_days_a_deleted_leads_contents_are_gone_and_it_stays_deleted(desk: Desk, world: World, clock: Clock) -> None:
    lead = await an_accepted_lead(desk, world.rep)
    await notes.add_note(desk, world.rep, lead, "secret", mentions=[world.rep.member_id])
    await log_activity(desk, world.rep, lead, NewActivity(kind=ActivityKind.CALL, subject="secret"))
    await favorites.mark(desk, world.rep, lead)
    await deletion.delete_lead(desk, world.referrals, lead)
    clock.advance(days=30)
    with pytest.raises(NotFound):
        await deletion.restore_lead(desk, world.referrals, lead)
    await scheduled_jobs.do_what_is_due(desk)
    with pytest.raises(NotFound):
        await deletion.restore_lead(desk, world.admin, lead)
    found = await the_lead(desk, lead)
    assert (found.purged_at, found.partner_id, found.stage) == (clock(), world.acme, LeadStage.ACCEPTED)
    left = await everything(desk)
    for table in ("note", "note_mention", "activity", "timeline_entry", "favorite"):
        assert left[table] == []
    assert not any("Bosu" in str(row) or "contoso" in str(row).lower() for row in left["lead"])


async def test_a_lead_that_grew_overdue_while_it_was_deleted_comes_back_overdue(desk: Desk, world: World, clock: Clock) -> None:
    lead = await a_lead(desk, partner=world.acme, contact_requested_at=desk.now())
    await deletion.delete_lead(desk, world.referrals, lead)
    clock.advance(days=4)
    await deletion.restore_lead(desk, world.referrals, lead)
    await scheduled_jobs.do_what_is_due(desk)
    assert (await the_lead(desk, lead)).overdue_at is None
    assert await kinds_of(desk, lead) == ["CREATED", "DELETED", "RESTORED"]
