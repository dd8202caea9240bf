"""Calls, e-mails, meetings and tasks around a lead, and whom a note mentions."""

import asyncio
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from gql_leads.domain.activities import ActivityKind, NewActivity
from gql_leads.domain.commands import Assignee
from gql_leads.domain.errors import Invalid, InvalidTransition, NotFound, NotPermitted
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import assignments, claims, deletion
from gql_leads.services.leads import notes as notes_module
from gql_leads.services.leads.activities import complete_activity, log_lead_activity
from gql_leads.store import notes
from gql_leads.store.leads import notes_and_activities
from gql_leads.store.sql.projection import Projection
from gql_leads.store.sql.rows import from_millis
from tests.factories import World
from tests.fixtures import REP, Clock, dump_tables, load_lead, make_accepted_lead, make_lead, make_member, make_partner, timeline_kinds

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
    assert await complete_activity(app, world.colleague, activity) == lead
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
    assert await complete_activity(app, world.rep, done) == lead
    assert await dump_tables(app) == before


async def test_two_who_complete_it_at_once_leave_one_entry(app: AppContext, world: World) -> None:
    lead = await make_lead(app, partner=world.acme)
    activity = await log_lead_activity(app, world.rep, lead, CALL)
    await asyncio.gather(*(complete_activity(app, who, activity) for who in (world.rep, world.colleague) * 4))
    assert (await timeline_kinds(app, lead)).count("ACTIVITY_COMPLETED") == 1


async def test_an_archived_leads_activities_are_not_completed(app: AppContext, world: World) -> None:
    lead = await make_lead(app, partner=world.acme)
    activity = await log_lead_activity(app, world.rep, lead, CALL)
    await app.database.writing.execute("UPDATE lead SET stage = 'ARCHIVED', outcome = 'LOST' WHERE id = ?", lead)
    with pytest.raises(InvalidTransition):
        await complete_activity(app, world.rep, activity)
    assert await read_by(app, world.rep, activity)


@pytest.mark.parametrize(
    ("new", "key", "fields"),
    [
        (NewActivity(kind=ActivityKind.CALL, subject=" "), None, ["subject"]),
        (NewActivity(kind=ActivityKind.CALL, subject="x" * 201), None, ["subject"]),
        (NewActivity(kind=ActivityKind.CALL, subject="a\nb", body="\0"), " ", ["subject", "body", "idempotencyKey"]),
        (NewActivity(kind=ActivityKind.CALL, subject="x", body="x" * 10_001), "k" * 201, ["body", "idempotencyKey"]),
    ],
)
async def test_everything_wrong_with_an_activity_is_told_at_once(
    app: AppContext, world: World, new: NewActivity, key: str | None, fields: list[str]
) -> None:
    with pytest.raises(Invalid) as refused:
        await log_lead_activity(app, world.rep, uuid7(), new, key)
    assert [fault.field for fault in refused.value.faults] == [(field,) for field in fields]


async def test_the_same_key_logs_one_activity_even_if_the_lead_has_gone_since(app: AppContext, world: World) -> None:
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


async def test_what_a_partner_logged_it_does_not_complete_while_the_lead_waits_again(app: AppContext, world: World) -> None:
    lead = (await claims.claim_lead(app, world.rep, await make_lead(app))).lead_id
    activity = await log_lead_activity(app, world.rep, lead, CALL)
    await claims.release_lead(app, world.rep, lead)
    assert await read_by(app, world.rep, activity)
    with pytest.raises(NotPermitted):
        await complete_activity(app, world.rep, activity)
    await claims.claim_lead(app, world.colleague, lead)
    assert await complete_activity(app, world.rep, activity) == lead


async def test_an_unknown_activity_and_a_deleted_leads_are_not_told_apart(app: AppContext, world: World) -> None:
    lead = await make_lead(app, partner=world.acme)
    activity = await log_lead_activity(app, world.rep, lead, CALL)
    await deletion.delete_lead(app, world.referrals, lead)
    for unknown in (activity, lead, uuid7()):
        with pytest.raises(NotFound) as refused:
            await complete_activity(app, world.rep, unknown)
        assert (refused.value.message, refused.value.field) == (NotFound().message, ("activityId",))


async def test_a_note_mentions_those_who_can_read_it(app: AppContext, world: World) -> None:
    lead = await make_lead(app, partner=world.acme)
    mentions = [one.member_id for one in (world.channel, world.colleague, world.admin, world.colleague, world.rep)]
    note = await notes_module.add_lead_note(app, world.rep, lead, "Look!", mentions=mentions)
    rows = (await notes.mentions(app.database.reading, world.rep, [note]))[note]
    assert [row["name"] for row in rows] == ["Chris Channel", "Colin Colleague", "Ada Admin", "Rita Rep"]


async def test_who_cannot_read_a_note_is_not_found_to_be_mentioned(app: AppContext, world: World) -> None:
    ours = await make_lead(app, partner=world.acme, sender_id=world.seller.member_id, sender_partner_id=world.globex)
    waiting = await make_lead(app)
    gone = (await make_member(app, world.acme, REP)).member_id
    await app.database.writing.execute("UPDATE member SET is_active = ? WHERE id = ?", False, gone)
    known = world.rep.member_id
    for writer, lead, one in (
        (world.rep, ours, world.rival.member_id),
        (world.rep, ours, world.seller.member_id),
        (world.rep, ours, gone),
        (world.rep, ours, uuid7()),
        (world.channel, ours, world.rival.member_id),
        (world.channel, waiting, known),
        (world.rival, ours, known),
    ):
        before = await dump_tables(app)
        with pytest.raises(NotFound) as refused:
            await notes_module.add_lead_note(app, writer, lead, "Look!", mentions=[world.channel.member_id, one])
        assert (refused.value.message, refused.value.field) == (NotFound().message, ("mentionIds", "1"))
        assert await dump_tables(app) == before
    assert await notes_module.add_lead_note(app, world.channel, waiting, "Look!", mentions=[world.admin.member_id])


async def test_a_note_mentions_at_most_20(app: AppContext, world: World) -> None:
    lead = await make_lead(app, partner=world.acme)
    with pytest.raises(Invalid) as refused:
        await notes_module.add_lead_note(app, world.rep, lead, " ", mentions=[world.rep.member_id] * 21)
    assert [fault.field for fault in refused.value.faults] == [("body",), ("mentionIds",)]
    assert await notes_module.add_lead_note(app, world.rep, lead, "x", mentions=[world.rep.member_id] * 20)


async def test_other_mentions_are_other_input_to_a_key(app: AppContext, world: World) -> None:
    lead, somebody = await make_lead(app, partner=world.acme), [world.colleague.member_id]
    note = await notes_module.add_lead_note(app, world.rep, lead, "x", "key", somebody)
    assert await notes_module.add_lead_note(app, world.rep, lead, "x", "key", somebody) == note
    with pytest.raises(Invalid):
        await notes_module.add_lead_note(app, world.rep, lead, "x", "key")


async def test_a_member_of_a_partner_that_is_asleep_is_not_mentioned(app: AppContext, world: World) -> None:
    asleep = await make_partner(app)
    somebody = await make_member(app, asleep, REP)
    lead = await make_lead(app, partner=asleep)
    await app.database.writing.execute("UPDATE partner SET is_active = ? WHERE id = ?", False, asleep)
    with pytest.raises(NotFound):
        await notes_module.add_lead_note(app, world.channel, lead, "x", mentions=[somebody.member_id])
