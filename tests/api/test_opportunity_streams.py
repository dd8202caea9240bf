"""`opportunityChanged`: live, replayed and pulled changes are the same, and keep a list current, for random histories and viewers."""

import asyncio
import random
from contextlib import aclosing, suppress
from typing import Any, Final
from uuid import UUID

import pytest

from gql_leads.api.resolving.context import Context
from gql_leads.api.schema import schema
from gql_leads.api.values.ids import encode_id
from gql_leads.domain.activities import ActivityKind, NewActivity
from gql_leads.domain.commands import ActivityFields, OpportunityFields
from gql_leads.domain.errors import Refusal
from gql_leads.domain.leads.lead import CloseReason
from gql_leads.domain.opportunities.records import OpportunityStage
from gql_leads.domain.values.validation import UNSET
from gql_leads.domain.viewer import Viewer
from gql_leads.services.activities import complete_activity, delete_activity, log_opportunity_activity, update_activity
from gql_leads.services.app_context import AppContext
from gql_leads.services.notes import add_opportunity_note, update_note
from gql_leads.services.opportunities import update_opportunity
from tests.api.conftest import Ask
from tests.api.resolving.test_event_sources import Room
from tests.factories import World
from tests.fixtures import make_lead, wait_for_event_log
from tests.services.customers import an_account, an_opportunity

CHANGED: Final = """subscription($filter: OpportunityFilter, $after: EventCursor) {
    opportunityChanged(filter: $filter, after: $after) { cursor presence kind opportunityId actor { name } } }"""
PULLED: Final = """query($filter: OpportunityFilter, $after: EventCursor) { opportunityChanges(filter: $filter, after: $after, first: 7) {
    edges { cursor } nodes { cursor presence kind opportunityId actor { name } } pageInfo { hasNextPage endCursor } } }"""
LISTED: Final = "query($filter: OpportunityFilter) { opportunities(filter: $filter, first: 200) { eventCursor nodes { id } } }"
STAGES: Final = tuple(stage for stage in OpportunityStage if stage is not OpportunityStage.CLOSED_LOST)


async def work(app: AppContext, world: World, chance: random.Random) -> None:
    """Let members of two partners and the vendor change opportunities, some of them at the same time as leads."""
    accounts = {who.member_id: await an_account(app, who) for who in (world.rep, world.rival)}
    sales: list[UUID] = []
    activities: list[UUID] = []
    notes: list[tuple[Viewer, UUID]] = []
    for _ in range(90):
        who = chance.choice((world.rep, world.rep, world.colleague, world.rival))
        try:
            match chance.randrange(9) if sales else 0:
                case 0:
                    maker = world.rival if who is world.rival else world.rep
                    sales.append(await an_opportunity(app, maker, accounts[maker.member_id], stage=chance.choice(STAGES)))
                case 1 | 2:
                    await update_opportunity(app, who, chance.choice(sales), OpportunityFields(stage=chance.choice(STAGES)))
                case 3:
                    close = OpportunityFields(stage=OpportunityStage.CLOSED_LOST, close_reason=chance.choice(tuple(CloseReason)))
                    await update_opportunity(app, who, chance.choice(sales), close)
                case 4:
                    owner = chance.choice((world.rep, world.colleague, world.rival)).member_id
                    await update_opportunity(app, who, chance.choice(sales), OpportunityFields(owner_id=owner))
                case 5:
                    writer = chance.choice((who, world.channel))
                    notes.append((writer, await add_opportunity_note(app, writer, chance.choice(sales), "Called.")))
                case 6:
                    task = NewActivity(kind=ActivityKind.TASK, subject="Call")
                    activities.append(await log_opportunity_activity(app, who, chance.choice(sales), task))
                case 7 if activities:
                    await change_activity(app, who, chance.choice(activities), chance)
                case 8 if notes:
                    author, note = chance.choice(notes)
                    await update_note(app, author, note, str(chance.random()))
                case _:
                    await make_lead(app, partner=chance.choice((world.acme, world.globex)))
        except Refusal:
            pass
        await asyncio.sleep(0)


async def change_activity(app: AppContext, who: Viewer, activity: UUID, chance: random.Random) -> None:
    """Complete, reopen, reword or delete an activity."""
    match chance.randrange(3):
        case 0:
            await complete_activity(app, who, activity)
        case 1:
            wanted = ActivityFields(subject=str(chance.random()), completed_at=chance.choice((UNSET, None)))
            await update_activity(app, who, activity, wanted)
        case _:
            await delete_activity(app, who, activity)


def filters(world: World) -> list[dict[str, Any]]:
    """Return filters of a stream; the last two depend on the member, or on the instant."""
    return [
        {}, {"stages": ["PROSPECTING", "PROPOSAL"]}, {"stages": []}, {"partnerIds": [encode_id("Partner", world.globex)]},
        {"ownerIds": [encode_id("Member", world.colleague.member_id)]}, {"isMine": True},
        {"isMine": False, "updatedAt": {"from": "2026-11-21T09:00:00Z"}},
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
async def test_live_replayed_and_pulled_changes_are_the_same_and_keep_a_list_current(
    app: AppContext, world: World, ask: Ask, seed: int
) -> None:
    chance, room = random.Random(seed), Room(app)
    await work(app, world, chance)
    viewers = (world.rep, world.colleague, world.rival, world.channel, world.seller)
    asked = [(who, CHANGED, {"filter": asked}) for who in viewers for asked in ({}, chance.choice(filters(world)))]
    starts = [(await ask(who, LISTED, **variables))["opportunities"] for who, _, variables in asked]
    async with room.joined(*asked) as listeners:
        joined = [(await ask(who, LISTED, **variables))["opportunities"] for who, _, variables in asked]
        await asyncio.gather(work(app, world, chance), work(app, world, random.Random(seed + 100)))
        await wait_for_event_log(app)
        heard = 0
        for listener, (who, document, variables), start, known in zip(listeners, asked, starts, joined, strict=True):
            pulled = await pull(ask, who, variables, start["eventCursor"])
            replayed = await replay(app, who, document, variables | {"after": start["eventCursor"]}, len(pulled))
            assert replayed == pulled
            live = await listener.has_heard(len(pulled))
            assert live == pulled
            heard += len(live)
            rows = {node["id"] for node in known["nodes"]}
            for change in pulled:
                assert (change["opportunityId"] in rows) == (change["presence"] != "ENTERED")
                rows = rows - {change["opportunityId"]} if change["presence"] == "LEFT" else rows | {change["opportunityId"]}
            assert rows == {node["id"] for node in (await ask(who, LISTED, **variables))["opportunities"]["nodes"]}
        assert heard > 100


async def pull(ask: Ask, who: Viewer, variables: dict[str, Any], after: str) -> list[dict[str, Any]]:
    """Return all changes after a cursor, by pages."""
    found: list[dict[str, Any]] = []
    while True:
        page = (await ask(who, PULLED, **variables | {"after": after}))["opportunityChanges"]
        assert [edge["cursor"] for edge in page["edges"]] == [node["cursor"] for node in page["nodes"]]
        found += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return found


async def replay(app: AppContext, who: Viewer, document: str, variables: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """Return as many messages of a new stream, and check that it has no more."""
    results: Any = await schema.subscribe(document, variable_values=variables, context_value=Context(app, who))
    found: list[dict[str, Any]] = []
    async with aclosing(results), asyncio.timeout(60):
        while len(found) < count:
            found.append((await anext(results)).data["opportunityChanged"])
        with suppress(TimeoutError):
            async with asyncio.timeout(0.05):
                found.append((await anext(results)).data["opportunityChanged"])
    return found


async def test_a_cursor_of_either_list_joins_either_stream(app: AppContext, world: World, ask: Ask) -> None:
    account = await an_account(app, world.rep)
    before = await ask(
        world.rep, "{ leads { eventCursor } opportunities { eventCursor } accounts { nodes { opportunities { eventCursor } } } }"
    )
    cursors = [before["leads"]["eventCursor"], before["opportunities"]["eventCursor"]]
    cursors.append(before["accounts"]["nodes"][0]["opportunities"]["eventCursor"])
    lead, sale = (
        encode_id("Lead", await make_lead(app, partner=world.acme)),
        encode_id("Opportunity", await an_opportunity(app, world.rep, account)),
    )
    document = """query($after: EventCursor) { leadChanges(after: $after) { nodes { cursor leadId } }
        opportunityChanges(after: $after) { nodes { cursor opportunityId opportunity { name } actor { name } } } }"""
    for cursor in cursors:
        found = await ask(world.rep, document, after=cursor)
        assert [one["leadId"] for one in found["leadChanges"]["nodes"]] == [lead]
        (change,) = found["opportunityChanges"]["nodes"]
        assert (change["opportunityId"], change["opportunity"], change["actor"]) == (sale, {"name": "Ledger"}, {"name": "Rita Rep"})
    after_lead = await ask(world.rep, document, after=found["leadChanges"]["nodes"][0]["cursor"])
    assert len(after_lead["opportunityChanges"]["nodes"]) == 1
    after_sale = await ask(world.rep, document, after=change["cursor"])
    assert [len(one["nodes"]) for one in after_sale.values()] == [0, 0]


async def test_subscribers_with_equal_rights_share_a_stream_unless_its_filter_depends_on_the_member(world: World, app: AppContext) -> None:
    room = Room(app)
    for asked, groups in (({}, 2), ({"isMine": True}, 3)):
        people = (world.rep, world.colleague, world.channel)
        async with room.joined(*((who, CHANGED, {"filter": asked}) for who in people)):
            assert len(room.groups) == groups


async def test_one_opportunity_is_followed_with_its_current_state(app: AppContext, world: World) -> None:
    account = await an_account(app, world.rep)
    other, sale = await an_opportunity(app, world.rep, account), await an_opportunity(app, world.rep, account)
    document = """subscription($id: ID, $filter: OpportunityFilter) { opportunityChanged(opportunityId: $id, filter: $filter) {
        presence kind opportunity { stage owner { name } timeline(first: 1) { nodes { summary } } } } }"""
    room = Room(app)
    variables = {"id": encode_id("Opportunity", sale), "filter": {"stages": ["PROSPECTING"]}}
    async with room.joined((world.channel, document, variables)) as (listener,):
        await add_opportunity_note(app, world.channel, sale, "Look!")
        await listener.has_heard(1)
        await update_opportunity(app, world.rep, other, OpportunityFields(name="New"))
        await update_opportunity(app, world.rep, sale, OpportunityFields(stage=OpportunityStage.CLOSED_WON))
        first, second = await listener.has_heard(2)
    shown = {"stage": "PROSPECTING", "owner": {"name": "Rita Rep"}, "timeline": {"nodes": [{"summary": "Note added by Chris Channel."}]}}
    assert first == {"presence": "CHANGED", "kind": "NOTE_ADDED", "opportunity": shown}
    assert second == {"presence": "LEFT", "kind": "WON", "opportunity": None}
