"""The list of activities: order, filters, pages, permissions and statements."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from gql_leads.api.values.filters import ActivityFilterInput
from gql_leads.api.values.ids import encode_id
from gql_leads.domain.activities import ActivityKind, NewActivity
from gql_leads.domain.commands import Assignee
from gql_leads.services.activities import complete_activity
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import assignments
from gql_leads.services.leads.activities import log_lead_activity
from tests.api.client import errors_of, mutate, private_fields
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import Clock, make_lead

LIST = """query($filter: ActivityFilter, $first: Int, $after: String) { activities(filter: $filter, first: $first, after: $after) {
    totalCount nodes { subject } edges { cursor } pageInfo { hasNextPage endCursor } } }"""
DETAILS = "{ activities { nodes { id owner { name } lead { reference company } opportunity { name } createdAt updatedAt } } }"


async def log_tasks(app: AppContext, world: World, clock: Clock) -> tuple[str, str]:
    """Log activities of two members on two leads, some due and some completed; return the ids of the leads."""
    one, two = [await make_lead(app, partner=world.acme) for _ in range(2)]
    now = clock()
    for subject, who, lead, kind, due in (
        ("No date", world.rep, one, ActivityKind.TASK, None),
        ("Later", world.rep, two, ActivityKind.CALL, now + timedelta(days=2)),
        ("Overdue", world.rep, two, ActivityKind.TASK, now - timedelta(days=1)),
        ("Colleague's", world.colleague, one, ActivityKind.TASK, now + timedelta(days=1)),
        ("No date either", world.rep, one, ActivityKind.MEETING, None),
        ("Done first", world.rep, one, ActivityKind.TASK, now),
        ("Done last", world.rep, one, ActivityKind.EMAIL, None),
    ):
        activity = await log_lead_activity(app, who, lead, NewActivity(kind=kind, subject=subject, due_at=due))
        if subject.startswith("Done"):
            clock.advance(minutes=1)
            await complete_activity(app, who, activity)
    return encode_id("Lead", one), encode_id("Lead", two)


async def test_activities_are_listed_by_due_time_then_completed_ones_newest_first(
    app: AppContext, world: World, ask: Ask, clock: Clock
) -> None:
    one, two = await log_tasks(app, world, clock)
    expected = ["Overdue", "Colleague's", "Later", "No date", "No date either", "Done last", "Done first"]
    found, after, more = list[str](), None, True
    while more:
        page = (await ask(world.rep, LIST, first=2, after=after))["activities"]
        found += [node["subject"] for node in page["nodes"]]
        assert (page["totalCount"], len(page["edges"])) == (7, len(page["nodes"]))
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert found == expected
    mine = [subject for subject in expected if subject != "Colleague's"]
    day = "2026-11-2{}T09:30:00Z"
    filters: tuple[tuple[dict[str, Any], list[str]], ...] = (
        ({"isMine": True, "isOpen": True}, mine[:-2]),
        ({"isMine": False}, ["Colleague's"]),
        ({"isOpen": False}, expected[-2:]),
        ({"kinds": ["MEETING", "EMAIL"]}, ["No date either", "Done last"]),
        ({"kinds": []}, []),
        ({"leadIds": [two]}, ["Overdue", "Later"]),
        ({"leadIds": [one, two], "isMine": None, "dueAt": {"before": day.format(1)}}, ["Overdue"]),
        ({"dueAt": {"from": day.format(2), "before": day.format(3)}}, ["Colleague's"]),
        ({"dueAt": {}}, ["Overdue", "Colleague's", "Later", "Done first"]),
        ({"opportunityIds": []}, []),
    )
    for asked, subjects in filters:
        page = (await ask(world.rep, LIST, filter=asked))["activities"]
        assert ([node["subject"] for node in page["nodes"]], page["totalCount"]) == (subjects, len(subjects)), asked
    assert private_fields(ActivityFilterInput) == {"isMine"}


async def test_each_viewer_lists_the_activities_that_they_may_read(app: AppContext, world: World, ask: Ask, clock: Clock) -> None:
    lead, other = [await make_lead(app, partner=world.acme, sender_id=world.seller.member_id) for _ in range(2)]
    for subject, where in (("Call", lead), ("Given away", other)):
        await log_lead_activity(app, world.rep, where, NewActivity(kind=ActivityKind.CALL, subject=subject))
    await assignments.assign_lead(app, world.channel, other, Assignee(partner_id=world.globex))
    for who in world.everybody:
        vendor = who in (world.admin, world.channel)
        partner = who in (world.rep, world.colleague, world.referrals, world.profiles)
        expected = ["Call", "Given away"] if vendor else ["Call"] if partner else []
        page = (await ask(who, LIST))["activities"]
        assert ([node["subject"] for node in page["nodes"]], page["totalCount"]) == (expected, len(expected))


async def test_the_list_takes_a_constant_number_of_statements(
    app: AppContext, world: World, ask: Ask, clock: Clock, statements: list[str]
) -> None:
    counts = set()
    for _ in range(2):
        await log_tasks(app, world, clock)
        statements.clear()
        nodes = (await ask(world.rep, DETAILS))["activities"]["nodes"]
        assert {node["lead"]["company"] for node in nodes} == {"Contoso"}
        assert all(node["opportunity"] is None and node["createdAt"] <= node["updatedAt"] for node in nodes)
        counts.add(len([text for text in statements if "FROM event" not in text and "log_state" not in text]))
    assert counts == {2}


@pytest.mark.parametrize(
    ("filter_", "words"),
    [
        ({"leadIds": ["x"]}, "is no id"),
        ({"opportunityIds": [encode_id("Lead", UUID(int=1))]}, "of the type Opportunity"),
        ({"leadIds": [""] * 201}, "at most 200 values in `leadIds`"),
    ],
)
async def test_a_faulty_filter_is_refused(world: World, answer: Ask, filter_: dict[str, Any], words: str) -> None:
    (error,) = (await answer(world.rep, LIST, filter=filter_))["errors"]
    assert words in error.message


async def test_changes_are_mutations_with_the_activity_and_the_timeline_has_names(app: AppContext, world: World, ask: Ask) -> None:
    lead = encode_id("Lead", await make_lead(app, partner=world.acme))
    logged = await mutate(ask, world.rep, "logLeadActivity", "activity { id }", leadId=lead, kind="TASK", subject="Offer")
    activity, colleague = logged["activity"]["id"], encode_id("Member", world.colleague.member_id)
    changed = await mutate(
        ask, world.rep, "updateActivity", "activity { subject dueAt completedAt owner { name } lead { id } opportunity { id } }",
        activityId=activity, subject="Call", dueAt="2026-12-01T10:00:00+01:00", ownerId=colleague,
    )  # fmt: skip
    assert changed["activity"] == {
        "subject": "Call", "dueAt": "2026-12-01T09:00:00.000Z", "completedAt": None, "owner": {"name": "Colin Colleague"},
        "lead": {"id": lead}, "opportunity": None,
    }  # fmt: skip
    assert errors_of(await mutate(ask, world.profiles, "deleteActivity", "deletedActivityId", activityId=activity)) == [
        ("NotPermitted", None)
    ]
    noted = await mutate(ask, world.rep, "addLeadNote", "note { id }", leadId=lead, body="Called.")
    edited = await mutate(ask, world.rep, "updateNote", "note { body }", noteId=noted["note"]["id"], body="Called twice.")
    assert edited == {"note": {"body": "Called twice."}, "errors": []}
    deleted = await mutate(ask, world.referrals, "deleteActivity", "deletedActivityId", activityId=activity)
    assert deleted == {"deletedActivityId": activity, "errors": []}
    document = """query($id: ID!) { lead(id: $id) { timeline { nodes {
        kind summary changes { field from to } note { body } activity { id } } } } }"""
    timeline = (await ask(world.colleague, document, id=lead))["lead"]["timeline"]["nodes"]
    assert [(one["kind"], one["summary"], one["activity"]) for one in timeline[:-1]] == [
        ("ACTIVITY_DELETED", "Activity deleted by Rafa Referrals.", None),
        ("NOTE_EDITED", "Note edited by Rita Rep.", None),
        ("NOTE_ADDED", "Note added by Rita Rep.", None),
        ("ACTIVITY_CHANGED", "Activity changed by Rita Rep.", None),
        ("ACTIVITY_LOGGED", "Activity logged by Rita Rep.", None),
    ]
    assert timeline[1]["changes"] == [{"field": "note.body", "from": "Called.", "to": "Called twice."}]
    assert timeline[3]["changes"] == [
        {"field": "activity.subject", "from": "Offer", "to": "Call"},
        {"field": "activity.dueAt", "from": None, "to": "2026-12-01T09:00:00.000Z"},
        {"field": "activity.owner", "from": "Rita Rep", "to": "Colin Colleague"},
    ]
