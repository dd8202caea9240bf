"""Activities on a lead: log, completion and visibility."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from gql_leads.domain.activities import ActivityKind, NewActivity
from gql_leads.domain.commands import Assignee
from gql_leads.domain.errors import Invalid, InvalidTransition, NotFound, NotPermitted
from gql_leads.domain.viewer import Viewer
from gql_leads.services.activities import complete_activity
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import assignments, claims, deletion
from gql_leads.services.leads.activities import log_lead_activity
from gql_leads.store.leads import notes_and_activities
from gql_leads.store.sql.projection import Projection
from gql_leads.store.sql.rows import from_millis, uuid_or_none
from tests.factories import World
from tests.fixtures import START, Clock, dump_tables, load_lead, make_accepted_lead, make_lead, timeline_kinds

WHOLE = Projection(frozenset({"kind", "subject", "body", "due_at", "completed_at", "owner__id"}))
CALL = NewActivity(kind=ActivityKind.CALL, subject="Ask for the budget")


async def read_by(app: AppContext, viewer: Viewer, activity: UUID) -> bool:
    return bool(await notes_and_activities.by_id(app.database.reading, viewer, notes_and_activities.ACTIVITIES, WHOLE, [activity]))


async def test_an_activity_is_logged_and_completed_and_the_version_stays(app: AppContext, world: World, clock: Clock) -> None:
    lead = await make_accepted_lead(app, world.rep)
    before = await load_lead(app, lead)
    due = clock.at.replace(year=2027)
    activity = await log_lead_activity(
        app, world.rep, lead, NewActivity(kind=ActivityKind.TASK, subject=" Send it ", body=" a\r\nb ", due_at=due)
    )
    clock.advance(hours=1)
    assert (await complete_activity(app, world.colleague, activity)).lead_id == lead
    row = (await notes_and_activities.by_id(app.database.reading, world.rep, notes_and_activities.ACTIVITIES, WHOLE, [activity]))[activity]
    assert (row["kind"], row["subject"], row["body"]) == ("TASK", "Send it", "a\nb")
    assert (from_millis(row["due_at"]), from_millis(row["completed_at"])) == (due, clock())
    assert str(row["owner__id"]) == str(world.rep.member_id)
    assert await load_lead(app, lead) == before
    assert (await timeline_kinds(app, lead))[-2:] == ["ACTIVITY_LOGGED", "ACTIVITY_COMPLETED"]


async def test_completing_again_changes_nothing(app: AppContext, world: World, clock: Clock) -> None:
    lead = await make_lead(app, partner=world.acme)
    done = await log_lead_activity(app, world.rep, lead, NewActivity(kind=ActivityKind.CALL, subject="Called", completed_at=clock()))
    clock.advance(hours=1)
    before = await dump_tables(app)
    assert (await complete_activity(app, world.rep, done)).lead_id == lead
    assert await dump_tables(app) == before


async def test_concurrent_completions_leave_one_history_entry(app: AppContext, world: World) -> None:
    lead = await make_lead(app, partner=world.acme)
    activity = await log_lead_activity(app, world.rep, lead, CALL)
    await asyncio.gather(*(complete_activity(app, who, activity) for who in (world.rep, world.colleague) * 4))
    assert (await timeline_kinds(app, lead)).count("ACTIVITY_COMPLETED") == 1


async def test_an_archived_leads_activities_are_completed_by_their_owner_and_referral_admins(app: AppContext, world: World) -> None:
    lead = await make_lead(app, partner=world.acme)
    activities = [await log_lead_activity(app, world.rep, lead, CALL) for _ in range(2)]
    await app.database.writing.execute("UPDATE lead SET stage = 'ARCHIVED', outcome = 'LOST' WHERE id = ?", lead)
    for who, activity in zip((world.rep, world.referrals), activities, strict=True):
        with pytest.raises(InvalidTransition):
            await complete_activity(app, world.colleague, activity)
        assert (await complete_activity(app, who, activity)).completed_at == app.now()


@pytest.mark.parametrize(
    ("new", "key", "fields"),
    [
        (NewActivity(kind=ActivityKind.CALL, subject=" "), None, ["subject"]),
        (NewActivity(kind=ActivityKind.CALL, subject="x" * 201), None, ["subject"]),
        (NewActivity(kind=ActivityKind.CALL, subject="a\nb", body="\0"), " ", ["subject", "body", "idempotencyKey"]),
        (NewActivity(kind=ActivityKind.CALL, subject="x", body="x" * 10_001), "k" * 201, ["body", "idempotencyKey"]),
        (NewActivity(kind=ActivityKind.TASK, subject="x", completed_at=START + timedelta(milliseconds=1)), None, ["completedAt"]),
        (
            NewActivity(kind=ActivityKind.TASK, subject=" ", completed_at=START + timedelta(days=1)),
            " ",
            ["subject", "completedAt", "idempotencyKey"],
        ),
    ],
)
async def test_every_faulty_field_of_an_activity_is_reported_at_once(
    app: AppContext, world: World, new: NewActivity, key: str | None, fields: list[str]
) -> None:
    with pytest.raises(Invalid) as refused:
        await log_lead_activity(app, world.rep, uuid7(), new, key)
    assert [fault.field for fault in refused.value.invalid_fields] == [(field,) for field in fields]


async def test_the_same_key_logs_one_activity_even_if_the_lead_was_deleted_since(app: AppContext, world: World) -> None:
    lead = await make_lead(app, partner=world.acme)
    made = await asyncio.gather(*(log_lead_activity(app, world.rep, lead, CALL, "key") for _ in range(4)))
    await deletion.delete_lead(app, world.referrals, lead)
    assert {*made, await log_lead_activity(app, world.rep, lead, CALL, "key")} == {made[0]}
    with pytest.raises(Invalid):
        await log_lead_activity(app, world.rep, lead, NewActivity(kind=ActivityKind.EMAIL, subject=CALL.subject), "key")


async def test_an_activity_stays_with_the_partner_that_logged_it(app: AppContext, world: World) -> None:
    lead = await make_lead(app, partner=world.acme, sender_id=world.seller.member_id)
    activity = await log_lead_activity(app, world.rep, lead, CALL)
    readers = [who for who in world.everybody if await read_by(app, who, activity)]
    assert readers == [world.rep, world.colleague, world.referrals, world.profiles, world.admin, world.channel]
    await assignments.assign_lead(app, world.channel, lead, Assignee(partner_id=world.globex))
    assert [who for who in world.everybody if await read_by(app, who, activity)] == [world.admin, world.channel]
    for stranger in (world.rep, world.rival, world.seller):
        with pytest.raises(NotFound) as hidden:
            await complete_activity(app, stranger, activity)
        assert hidden.value.field == ("activityId",)
    with pytest.raises(NotPermitted):
        await complete_activity(app, world.admin, activity)


async def test_a_released_leads_activities_are_completed_by_their_owner(app: AppContext, world: World) -> None:
    lead = (await claims.claim_lead(app, world.rep, await make_lead(app))).lead_id
    activity = await log_lead_activity(app, world.rep, lead, CALL)
    await claims.release_lead(app, world.rep, lead)
    assert await read_by(app, world.rep, activity)
    with pytest.raises(NotPermitted):
        await complete_activity(app, world.colleague, activity)
    await complete_activity(app, world.rep, activity)
    entry = await app.database.reading.fetch_one("SELECT partner_id FROM timeline_entry WHERE kind = 'ACTIVITY_COMPLETED'")
    assert entry is not None
    assert uuid_or_none(entry["partner_id"]) == world.acme


async def test_an_unknown_activity_and_one_of_a_deleted_lead_get_the_same_refusal(app: AppContext, world: World) -> None:
    lead = await make_lead(app, partner=world.acme)
    activity = await log_lead_activity(app, world.rep, lead, CALL)
    await deletion.delete_lead(app, world.referrals, lead)
    for unknown in (activity, lead, uuid7()):
        with pytest.raises(NotFound) as refused:
            await complete_activity(app, world.rep, unknown)
        assert (refused.value.message, refused.value.field) == (NotFound().message, ("activityId",))
