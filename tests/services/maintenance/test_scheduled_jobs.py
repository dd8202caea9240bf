"""Scheduled jobs, with a moved clock."""

from uuid import UUID

import pytest

from gql_leads.domain.activities import ActivityKind, NewActivity
from gql_leads.domain.errors import NotFound
from gql_leads.domain.leads.lead import CallToAction, LeadOutcome, LeadStage
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import claims, deletion, favorites, notes
from gql_leads.services.leads.activities import log_lead_activity
from gql_leads.services.leads.bulk import BATCH
from gql_leads.services.maintenance import scheduled_jobs
from tests.factories import World
from tests.fixtures import (
    Clock,
    claim_counters,
    dump_tables,
    enter_lead,
    load_lead,
    make_accepted_lead,
    make_lead,
    make_listing,
    timeline_kinds,
)


async def leads_of_every_kind(app: AppContext, world: World) -> dict[str, UUID]:
    listing = await make_listing(app, world.acme)
    return {
        "hot": await make_lead(app, partner=world.acme, contact_requested_at=app.now()),
        "hot in a queue": await make_lead(app, contact_requested_at=app.now()),
        "claimed": (await claims.claim_lead(app, world.rep, await make_lead(app))).lead_id,
        "accepted": await make_accepted_lead(app, world.rep, contact_requested_at=app.now()),
        "informational": await enter_lead(app, world.admin, call_to_action=CallToAction.FREE_TRIAL, listing_id=listing),
        "entered": await enter_lead(app, world.rep, contact_requested=True),
        "deleted": await deletion.delete_lead(app, world.referrals, await make_lead(app, partner=world.acme)),
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
async def test_jobs_that_became_due_after_some_days_are_done_once(app: AppContext, world: World, clock: Clock, days: int) -> None:
    leads = await leads_of_every_kind(app, world)
    before = {name: " ".join(await timeline_kinds(app, lead)) for name, lead in leads.items()}
    clock.advance(days=days)
    await scheduled_jobs.run_due_jobs(app)
    assert {name: " ".join(await timeline_kinds(app, lead)) for name, lead in leads.items()} == before | AFTER[days]
    again = await dump_tables(app)
    await scheduled_jobs.run_due_jobs(app)
    assert await dump_tables(app) == again
    in_use, there = await claim_counters(app)
    assert in_use == there


async def test_an_expired_lead_is_archived_and_leaves_its_queue(app: AppContext, world: World, clock: Clock) -> None:
    leads = await leads_of_every_kind(app, world)
    clock.advance(days=14)
    await scheduled_jobs.run_due_jobs(app)
    for name in ("hot", "hot in a queue", "claimed"):
        lead = await load_lead(app, leads[name])
        assert (lead.stage, lead.outcome, lead.archived_at) == (LeadStage.ARCHIVED, LeadOutcome.EXPIRED, clock())
        assert (lead.queue_id, lead.expires_at, lead.overdue_at) == (None, None, None)
    assert (await load_lead(app, leads["accepted"])).stage is LeadStage.ACCEPTED


async def test_one_run_does_more_than_one_batch(app: AppContext, world: World, clock: Clock) -> None:
    leads = [await make_lead(app) for _ in range(BATCH + 5)]
    clock.advance(days=15)
    await scheduled_jobs.run_due_jobs(app)
    assert {(await load_lead(app, lead)).outcome for lead in leads} == {LeadOutcome.EXPIRED}


async def test_a_deleted_lead_is_purged_after_30_days(app: AppContext, world: World, clock: Clock) -> None:
    lead = await make_accepted_lead(app, world.rep)
    await notes.add_lead_note(app, world.rep, lead, "secret", mentions=[world.rep.member_id])
    await log_lead_activity(app, world.rep, lead, NewActivity(kind=ActivityKind.CALL, subject="secret"))
    await favorites.favorite_lead(app, world.rep, lead)
    await deletion.delete_lead(app, world.referrals, lead)
    clock.advance(days=30)
    with pytest.raises(NotFound):
        await deletion.restore_lead(app, world.referrals, lead)
    await scheduled_jobs.run_due_jobs(app)
    with pytest.raises(NotFound):
        await deletion.restore_lead(app, world.admin, lead)
    found = await load_lead(app, lead)
    assert (found.purged_at, found.partner_id, found.stage) == (clock(), world.acme, LeadStage.ACCEPTED)
    left = await dump_tables(app)
    for table in ("note", "note_mention", "activity", "timeline_entry", "favorite"):
        assert left[table] == []
    assert not any("Bosu" in str(row) or "contoso" in str(row).lower() for row in left["lead"])
