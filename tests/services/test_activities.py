"""Changes of activities: who may make them, what the history keeps, and what is refused."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from gql_leads.domain.activities import Activity, ActivityKind, NewActivity
from gql_leads.domain.commands import ActivityFields, Assignee
from gql_leads.domain.errors import NotFound, NotPermitted, Refusal
from gql_leads.domain.opportunities.records import OpportunityStage
from gql_leads.services.activities import complete_activity, delete_activity, log_opportunity_activity, update_activity
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import assignments, claims, deletion
from gql_leads.services.leads.activities import log_lead_activity
from gql_leads.store import activities
from gql_leads.store.sql.rows import loaded, uuid_or_none
from tests.factories import World
from tests.fixtures import REP, Clock, load_lead, make_accepted_lead, make_lead, make_member, timeline_kinds
from tests.services.customers import an_account, an_opportunity
from tests.services.refusing import fields_at_fault, refused

TASK = NewActivity(kind=ActivityKind.TASK, subject="Send the offer", body="By mail", due_at=None)


async def stored(app: AppContext, activity: UUID) -> Activity | None:
    return await activities.record(app.database.writing, activity)


async def last_entry(app: AppContext) -> tuple[str, UUID | None, dict[str, Any]]:
    """Return kind, partner and changes of the newest history entry."""
    (row,) = await app.database.writing.fetch("SELECT * FROM timeline_entry ORDER BY id DESC LIMIT 1")
    changes = {one["field"]: (one["from"], one["to"]) for one in loaded(row["changes"])}
    return row["later_kind"] or row["kind"], uuid_or_none(row["partner_id"]), changes


async def test_an_activity_is_rescheduled_reworded_handed_over_completed_reopened_and_deleted(
    app: AppContext, world: World, clock: Clock
) -> None:
    lead = await make_accepted_lead(app, world.rep)
    before, due = await load_lead(app, lead), clock() + timedelta(days=3)
    activity = await log_lead_activity(app, world.rep, lead, TASK)
    clock.advance(hours=1)
    changed = await update_activity(
        app, world.rep, activity, ActivityFields(subject=" Call ", body=None, due_at=due, owner_id=world.colleague.member_id)
    )
    assert await stored(app, activity) == changed
    assert (changed.subject, changed.body, changed.due_at, changed.owner_id) == ("Call", None, due, world.colleague.member_id)
    assert changed.updated_at == clock()
    assert await last_entry(app) == (
        "ACTIVITY_CHANGED", world.acme, {
            "activity.subject": ("Send the offer", "Call"), "activity.body": ("By mail", None),
            "activity.dueAt": (None, "2026-11-24T09:30:00.000Z"),
            "activity.owner": (str(world.rep.member_id), str(world.colleague.member_id)),
        },
    )  # fmt: skip
    at = clock() - timedelta(minutes=5)
    await update_activity(app, world.colleague, activity, ActivityFields(completed_at=at))
    assert await last_entry(app) == ("ACTIVITY_COMPLETED", world.acme, {"activity.completedAt": (None, "2026-11-21T10:25:00.000Z")})
    await update_activity(app, world.referrals, activity, ActivityFields(completed_at=None))
    assert await last_entry(app) == ("ACTIVITY_CHANGED", world.acme, {"activity.completedAt": ("2026-11-21T10:25:00.000Z", None)})
    await delete_activity(app, world.colleague, activity)
    assert await stored(app, activity) is None
    assert await last_entry(app) == (
        "ACTIVITY_DELETED", world.acme, {
            "activity.kind": ("TASK", None), "activity.subject": ("Call", None), "activity.dueAt": ("2026-11-24T09:30:00.000Z", None),
            "activity.owner": (str(world.colleague.member_id), None),
        },
    )  # fmt: skip
    assert await load_lead(app, lead) == before


async def test_activities_are_changed_by_their_owner_and_referral_admins_in_every_stage(app: AppContext, world: World) -> None:
    claimed = (await claims.claim_lead(app, world.rep, await make_lead(app))).lead_id
    leads = [claimed, *[await make_accepted_lead(app, world.rep) for _ in range(2)]]
    tasks = [await log_lead_activity(app, world.rep, lead, TASK) for lead in leads]
    await claims.release_lead(app, world.rep, claimed)
    await app.database.writing.execute("UPDATE lead SET stage = 'ARCHIVED', outcome = 'LOST' WHERE id = ?", leads[1])
    for task in tasks:
        for who in world.everybody:
            hidden = who in (world.seller, world.rival, world.rival_admin)
            for attempt in (update_activity(app, who, task, ActivityFields(subject=who.member_id.hex)), delete_activity(app, who, task)):
                if who in (world.rep, world.referrals):
                    attempt.close()
                    continue
                refusal = await refused(app, attempt)
                assert isinstance(refusal, NotFound if hidden else NotPermitted), who
        for who in (world.rep, world.referrals):
            assert (await update_activity(app, who, task, ActivityFields(subject=who.member_id.hex))).subject == who.member_id.hex
            assert await last_entry(app) == ("ACTIVITY_CHANGED", world.acme, (await last_entry(app))[2])
        await delete_activity(app, world.referrals, task)
        for attempt in (delete_activity(app, world.rep, task), update_activity(app, world.rep, task, ActivityFields())):
            assert (await refused(app, attempt)).field == ("activityId",)


async def test_an_activity_of_a_deleted_or_lost_lead_is_not_found(app: AppContext, world: World) -> None:
    gone, deleted = [await make_lead(app, partner=world.acme) for _ in range(2)]
    tasks = [await log_lead_activity(app, world.rep, lead, TASK) for lead in (gone, deleted)]
    await assignments.assign_lead(app, world.channel, gone, Assignee(partner_id=world.globex))
    await deletion.delete_lead(app, world.referrals, deleted)
    for task in (*tasks, gone, uuid7()):
        for attempt in (
            update_activity(app, world.rep, task, ActivityFields(subject="x")), delete_activity(app, world.rep, task),
            complete_activity(app, world.rep, task),
        ):  # fmt: skip
            refusal = await refused(app, attempt)
            assert (type(refusal), refusal.field) == (NotFound, ("activityId",))


async def test_every_faulty_field_is_reported_and_a_stranger_does_not_become_the_owner(app: AppContext, world: World, clock: Clock) -> None:
    task = await log_lead_activity(app, world.rep, await make_lead(app, partner=world.acme), TASK)
    later = clock() + timedelta(milliseconds=1)
    for wanted, fields in (
        (ActivityFields(subject=None, body="x" * 10_001, owner_id=None), ["subject", "body", "ownerId"]),
        (ActivityFields(subject="a\nb", completed_at=later), ["subject", "completedAt"]),
        (ActivityFields(subject="x" * 201), ["subject"]),
    ):
        assert await fields_at_fault(app, update_activity(app, world.rep, task, wanted)) == [(field,) for field in fields]
    away = await make_member(app, world.acme, REP)
    await app.database.writing.execute("UPDATE member SET is_active = ? WHERE id = ?", False, away.member_id)
    for owner in (away.member_id, world.rival.member_id, world.admin.member_id, uuid7()):
        refusal = await refused(app, update_activity(app, world.rep, task, ActivityFields(owner_id=owner)))
        assert (type(refusal), refusal.field) == (NotFound, ("ownerId",))


async def test_changes_without_effect_and_repeated_ones_write_nothing(app: AppContext, world: World, clock: Clock) -> None:
    lead = await make_lead(app, partner=world.acme)
    task = await log_lead_activity(app, world.rep, lead, TASK)
    kinds = await timeline_kinds(app, lead)
    same = ActivityFields(subject=TASK.subject, body=TASK.body, due_at=None, completed_at=None, owner_id=world.rep.member_id)
    clock.advance(hours=1)
    for wanted in (ActivityFields(), same):
        assert (await update_activity(app, world.rep, task, wanted)).updated_at is None
    assert await timeline_kinds(app, lead) == kinds
    await asyncio.gather(*(update_activity(app, who, task, ActivityFields(subject="New")) for who in (world.rep, world.referrals) * 4))
    assert len(await timeline_kinds(app, lead)) == len(kinds) + 1
    attempts = [delete_activity(app, who, task) for who in (world.rep, world.referrals) * 4]
    results = await asyncio.gather(*attempts, return_exceptions=True)
    assert sorted(isinstance(one, Refusal) for one in results) == [False, *[True] * 7]
    assert len(await timeline_kinds(app, lead)) == len(kinds) + 2


@pytest.mark.parametrize("race", range(4))
async def test_concurrent_changes_and_a_deletion_leave_a_consistent_history(app: AppContext, world: World, race: int) -> None:
    lead = await make_lead(app, partner=world.acme)
    task = await log_lead_activity(app, world.rep, lead, TASK)
    changes = [update_activity(app, world.rep, task, ActivityFields(subject=f"{race} {number}")) for number in range(4)]
    results = await asyncio.gather(
        *changes, complete_activity(app, world.rep, task), delete_activity(app, world.rep, task), return_exceptions=True
    )
    assert all(one is None or isinstance(one, Activity | NotFound) for one in results)
    rows = await app.database.writing.fetch("SELECT * FROM timeline_entry WHERE activity_id = ? ORDER BY id", task)
    subject: str | None = TASK.subject
    for row in rows[1:]:
        for change in loaded(row["changes"]):
            if change["field"] == "activity.subject":
                assert change["from"] == subject
                subject = change["to"]
    assert (rows[-1]["later_kind"], subject) == ("ACTIVITY_DELETED", None)


async def test_activities_of_an_opportunity_are_worked_by_its_partner_also_when_it_is_closed(app: AppContext, world: World) -> None:
    opportunity = await an_opportunity(app, world.rep, await an_account(app, world.rep), stage=OpportunityStage.CLOSED_WON)
    for who in world.everybody:
        attempt = log_opportunity_activity(app, who, opportunity, TASK)
        if who in (world.rep, world.colleague, world.referrals, world.profiles):
            assert await stored(app, await attempt) is not None
            continue
        refusal = await refused(app, attempt)
        assert isinstance(refusal, NotPermitted if who in (world.admin, world.channel) else NotFound)
    task = await log_opportunity_activity(app, world.rep, opportunity, TASK, "key")
    assert await log_opportunity_activity(app, world.rep, opportunity, TASK, "key") == task
    for who in (world.colleague, world.admin):
        for attempts in (update_activity(app, who, task, ActivityFields(subject="x")), delete_activity(app, who, task)):
            assert isinstance(await refused(app, attempts), NotPermitted)
    assert isinstance(await refused(app, complete_activity(app, world.channel, task)), NotPermitted)
    assert isinstance(await refused(app, complete_activity(app, world.rival, task)), NotFound)
    assert (await complete_activity(app, world.colleague, task)).opportunity_id == opportunity
    await update_activity(app, world.rep, task, ActivityFields(completed_at=None, owner_id=world.colleague.member_id))
    await asyncio.gather(*(delete_activity(app, world.colleague, task) for _ in range(4)), return_exceptions=True)
    rows = await app.database.writing.fetch("SELECT kind FROM opportunity_timeline_entry ORDER BY id")
    assert [row["kind"] for row in rows] == [
        "CREATED", *["ACTIVITY_LOGGED"] * 5, "ACTIVITY_COMPLETED", "ACTIVITY_CHANGED", "ACTIVITY_DELETED",
    ]  # fmt: skip
