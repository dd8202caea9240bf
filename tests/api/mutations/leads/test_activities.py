"""Activities and mentions through the API."""

from gql_leads.api.values.ids import encode_id
from gql_leads.domain.activities import ActivityKind, NewActivity
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads.activities import log_lead_activity
from tests.api.client import errors_of, mutate
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import Clock, make_accepted_lead, make_lead

ACTIVITY = "id kind subject body dueAt completedAt createdAt owner { name }"


async def test_logged_activity_is_listed_on_the_lead_and_in_its_timeline(app: AppContext, world: World, ask: Ask, clock: Clock) -> None:
    lead = encode_id("Lead", await make_accepted_lead(app, world.rep))
    payload = f"activity {{ {ACTIVITY} }} lead {{ version activities {{ totalCount nodes {{ {ACTIVITY} }} }} }}"
    logged = await mutate(
        ask, world.rep, "logLeadActivity", payload, leadId=lead, kind="MEETING", subject="Demo", dueAt="2026-11-30T10:00:00+01:00"
    )
    activity = logged["activity"]
    assert activity == {
        "id": activity["id"], "kind": "MEETING", "subject": "Demo", "body": None, "dueAt": "2026-11-30T09:00:00.000Z",
        "completedAt": None, "createdAt": "2026-11-21T09:30:00.000Z", "owner": {"name": "Rita Rep"},
    }  # fmt: skip
    assert logged["lead"] == {"version": 2, "activities": {"totalCount": 1, "nodes": [activity]}}
    clock.advance(minutes=5)
    payload = "activity { completedAt } lead { timeline(first: 2) { nodes { kind summary note { id } activity { id completedAt } } } }"
    done = await mutate(ask, world.colleague, "completeActivity", payload, activityId=activity["id"])
    told = {"id": activity["id"], "completedAt": "2026-11-21T09:35:00.000Z"}
    assert done["activity"] == {"completedAt": told["completedAt"]}
    assert done["lead"]["timeline"]["nodes"] == [
        {"kind": "ACTIVITY_COMPLETED", "summary": "Activity completed by Colin Colleague.", "note": None, "activity": told},
        {"kind": "ACTIVITY_LOGGED", "summary": "Activity logged by Rita Rep.", "note": None, "activity": told},
    ]
    found = await ask(world.admin, "query($id: ID!) { node(id: $id) { ... on Activity { subject } } }", id=activity["id"])
    assert found == {"node": {"subject": "Demo"}}
    assert await ask(world.rival, "query($id: ID!) { node(id: $id) { id } }", id=activity["id"]) == {"node": None}


async def test_activities_are_paged_newest_first(app: AppContext, world: World, ask: Ask, clock: Clock) -> None:
    lead = await make_lead(app, partner=world.acme)
    for number in range(5):
        clock.advance(minutes=number % 2)
        await log_lead_activity(app, world.rep, lead, NewActivity(kind=ActivityKind.CALL, subject=f"Call {number}"))
    document = """query($id: ID!, $after: String) { lead(id: $id) { activities(first: 2, after: $after) {
        totalCount nodes { subject } pageInfo { hasNextPage endCursor } } } }"""
    found, after, more = list[str](), None, True
    while more:
        page = (await ask(world.rep, document, id=encode_id("Lead", lead), after=after))["lead"]["activities"]
        found += [one["subject"] for one in page["nodes"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
        assert page["totalCount"] == 5
    assert found == [f"Call {number}" for number in (4, 3, 2, 1, 0)]


async def test_note_lists_the_members_it_mentions(app: AppContext, world: World, ask: Ask) -> None:
    lead = encode_id("Lead", await make_lead(app, partner=world.acme))
    people = [encode_id("Member", one.member_id) for one in (world.colleague, world.channel)]
    noted = await mutate(ask, world.rep, "addLeadNote", "note { mentions { id } }", leadId=lead, body="Look!", mentionIds=people)
    assert noted["note"]["mentions"] == [{"id": one} for one in people]
    nobody: tuple[list[str] | None, ...] = (None, [])
    for given in nobody:
        noted = await mutate(ask, world.rep, "addLeadNote", "note { mentions { id } }", leadId=lead, body="Look!", mentionIds=given)
        assert noted["note"]["mentions"] == []


async def test_unknown_activity_and_member_are_not_found(app: AppContext, world: World, ask: Ask) -> None:
    lead = encode_id("Lead", await make_lead(app, partner=world.acme))
    activity, nobody = (encode_id(kind, "00000000-0000-7000-8000-000000000000") for kind in ("Activity", "Member"))
    assert errors_of(await mutate(ask, world.rep, "completeActivity", activityId=activity)) == [("NotFound", ["activityId"])]
    noted = await mutate(
        ask, world.rep, "addLeadNote", leadId=lead, body="x", mentionIds=[encode_id("Member", world.rep.member_id), nobody]
    )
    assert errors_of(noted) == [("NotFound", ["mentionIds", "1"])]
