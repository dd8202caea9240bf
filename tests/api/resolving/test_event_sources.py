"""Subscribers with equal permissions share one execution, and get the same as without sharing."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any
from uuid import UUID

import orjson
import pytest

from gql_leads.api.resolving.context import Context
from gql_leads.api.resolving.errors import describe_error
from gql_leads.api.resolving.event_sources import cursor_of, sharing_key
from gql_leads.api.schema import schema
from gql_leads.api.values.ids import encode_id
from gql_leads.domain.errors import Refusal
from gql_leads.domain.leads.lead import LeadStatus
from gql_leads.domain.viewer import Viewer
from gql_leads.graphql_server.application import Application
from gql_leads.graphql_server.broadcast import broadcast as grouping
from gql_leads.graphql_server.broadcast.registry import BroadcastRegistry, Subscriber
from gql_leads.graphql_server.documents.parameters import Parameters
from gql_leads.graphql_server.errors import Refused
from gql_leads.graphql_server.execution.operations import Pipeline
from gql_leads.graphql_server.policy import Policy
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import claims, deletion, notes, updates
from gql_leads.services.maintenance import scheduled_jobs
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import ADMIN, CHANNEL, SELLER, Clock, build_lead, load_viewer, make_lead, make_member

CHANGED = """
    subscription($filter: LeadFilter, $after: EventCursor) {
      leadChanged(filter: $filter, after: $after) { cursor presence kind leadId actor { name } } }
"""
OWN = "subscription($after: EventCursor) { leadChanged(after: $after) { cursor leadId lead { isFavorite } } }"
NEW = "subscription($filter: LeadFilter) { newLead(filter: $filter) { cursor lead { company } } }"


class Room:
    """Everybody's subscriptions, by the endpoint's groups."""

    def __init__(self, app: AppContext) -> None:
        application: Application[Any] = Application(
            authenticate=lambda _token, _headers: asyncio.sleep(0),
            context_for=lambda viewer, _: Context(app, viewer),
            describe=describe_error,
            cursor_of=cursor_of,
            sharing_key=sharing_key,
        )
        self._pipeline = Pipeline(schema, application, Policy())
        self.groups = BroadcastRegistry(schema._schema, self._pipeline, application)

    def subscriber(self, who: Viewer, document: str, **variables: Any) -> Subscriber:
        return self.groups.subscriber(self._pipeline.admit(Parameters(query=document, variables=variables), who, "payer"))

    @asynccontextmanager
    async def joined(self, *asked: tuple[Viewer, str, dict[str, Any]]) -> AsyncIterator[list["Listener"]]:
        """Listeners, once all of them are in their groups."""
        listeners = [Listener(self.subscriber(who, document, **variables)) for who, document, variables in asked]
        try:
            async with asyncio.timeout(60):
                while not all(listener.subscriber.is_attached for listener in listeners):  # noqa: ASYNC110 - nothing tells
                    await asyncio.sleep(0.002)
            yield listeners
        finally:
            for listener in listeners:
                listener.task.cancel()
            await asyncio.gather(*(listener.task for listener in listeners), return_exceptions=True)


class Listener:
    """Hears a subscription in a task of its own."""

    def __init__(self, subscriber: Subscriber) -> None:
        self.subscriber = subscriber
        self.heard: list[dict[str, Any]] = []
        self.cursors: list[str | None] = []
        self.errors: list[dict[str, Any]] = []
        self.task = asyncio.create_task(self._listen())

    async def has_heard(self, count: int) -> list[dict[str, Any]]:
        async with asyncio.timeout(60):
            while len(self.heard) < count:  # noqa: ASYNC110 - what is tested has no event to wait for
                await asyncio.sleep(0.002)
        return self.heard

    async def is_refused(self) -> str:
        async with asyncio.timeout(60):
            await self.task
        return str(self.errors[0]["extensions"]["code"])

    async def _listen(self) -> None:
        try:
            async with aclosing(self.subscriber.payloads()) as payloads:
                async for payload in payloads:
                    self.cursors.append(payload.cursor)
                    self.heard.append(message_of(payload.body))
        except Refused as refusal:
            self.errors = refusal.errors


def message_of(body: bytes) -> dict[str, Any]:
    answer = orjson.loads(body)
    assert "errors" not in answer, answer
    (message,) = answer["data"].values()
    found: dict[str, Any] = message
    return found


@pytest.fixture
def room(app: AppContext) -> Room:
    return Room(app)


async def set_roles(app: AppContext, who: Viewer, *roles: str) -> None:
    await app.database.writing.execute("UPDATE member SET roles = ? WHERE id = ?", list(roles), who.member_id)


async def deactivate(app: AppContext, who: Viewer) -> None:
    await app.database.writing.execute("UPDATE member SET is_active = ? WHERE id = ?", False, who.member_id)


async def test_each_message_has_its_cursor_whatever_is_selected(app: AppContext, world: World, room: Room) -> None:
    documents = [
        "{ leadChanged { cursor } }",
        "{ leadChanged { kind } }",
        "{ leadChanged { cursor: leadId } }",
        "{ newLead { at: cursor } }",
    ]
    async with room.joined(*((world.rep, f"subscription {document}", {}) for document in documents)) as listeners:
        await make_lead(app, partner=world.acme)
        await make_lead(app, partner=world.acme)
        for listener in listeners:
            await listener.has_heard(2)
        told = [message["cursor"] for message in listeners[0].heard]
        assert [listener.cursors for listener in listeners] == [told] * 4


async def test_only_subscribers_with_equal_results_share_a_stream(app: AppContext, world: World, room: Room) -> None:
    seller = await make_member(app, None, SELLER)
    manager, other_manager = await make_member(app, None, CHANNEL), await make_member(app, None, CHANNEL)
    both = await make_member(app, None, CHANNEL, SELLER)
    everybody = [world.rep, world.colleague, world.rival, world.referrals, world.seller, seller, manager, other_manager, both]
    async with room.joined(*((who, CHANGED, {}) for who in everybody)):
        # rep = colleague, rival, referrals, each seller, manager = other manager, both
        assert len(room.groups) == 7


@pytest.mark.parametrize(
    ("document", "variables", "groups"),
    [
        (CHANGED, {"filter": {"statuses": ["NEW"], "isClaimable": True}}, 1),
        (CHANGED, {"filter": {"isMine": True}}, 2),
        (CHANGED, {"filter": {"not": {"or": [{"isMine": True}]}}}, 2),
        (OWN, {}, 2),
        (NEW, {}, 1),
    ],
)
async def test_streams_with_private_fields_are_not_shared(
    world: World, room: Room, document: str, variables: dict[str, Any], groups: int
) -> None:
    async with room.joined(*((who, document, variables) for who in (world.rep, world.colleague))):
        assert len(room.groups) == groups


async def test_resumed_subscriber_joins_the_shared_stream(app: AppContext, world: World, room: Room, ask: Ask) -> None:
    now = (await ask(world.rep, "{ leads { eventCursor } }"))["leads"]["eventCursor"]
    await make_lead(app, partner=world.acme)
    async with room.joined((world.rep, CHANGED, {}), (world.colleague, CHANGED, {"after": now})) as (rep, colleague):
        assert len(room.groups) == 1
        await make_lead(app, partner=world.acme)
        assert [await rep.has_heard(1)] == [(await colleague.has_heard(2))[1:]]


async def test_invalid_subscription_does_not_end_a_shared_stream(app: AppContext, world: World, clock: Clock, room: Room, ask: Ask) -> None:
    old = (await ask(world.rep, "{ leads { eventCursor } }"))["leads"]["eventCursor"]
    await make_lead(app, partner=world.acme)
    clock.advance(days=31)
    await scheduled_jobs.delete_old_records(app)
    async with room.joined((world.rep, CHANGED, {})) as (rep,):
        for variables, code in [({"after": old}, "CURSOR_EXPIRED"), ({"after": "x"}, "BAD_USER_INPUT")]:
            assert await Listener(room.subscriber(world.colleague, CHANGED, **variables)).is_refused() == code
        await make_lead(app, partner=world.acme)
        await rep.has_heard(1)


async def test_deactivated_member_does_not_end_a_shared_stream(app: AppContext, world: World, room: Room) -> None:
    async with room.joined(*((who, CHANGED, {}) for who in (world.rep, world.colleague))) as (rep, colleague):
        await deactivate(app, world.rep)
        await expire_standing(room)
        await make_lead(app, partner=world.acme)
        await colleague.has_heard(1)
        assert await rep.is_refused() == "UNAUTHENTICATED"
        assert rep.heard == []


async def test_new_roles_of_one_member_do_not_affect_the_others(app: AppContext, world: World, room: Room) -> None:
    other = await make_member(app, None, ADMIN)
    async with room.joined(*((who, CHANGED, {}) for who in (world.admin, other))) as (admin, second):
        await set_roles(app, world.admin, "SELLER")
        await expire_standing(room)
        unseen = await make_lead(app)
        sent = await make_lead(app, sender_id=world.admin.member_id)
        assert [one["leadId"] for one in await second.has_heard(2)] == [encode_id("Lead", unseen), encode_id("Lead", sent)]
        assert [one["leadId"] for one in await admin.has_heard(1)] == [encode_id("Lead", sent)]
        assert len(room.groups) == 2


async def expire_standing(room: Room) -> None:
    """As if the last look at who is asking was long ago."""
    for group in room.groups._open.values():
        group.context._refreshed_at = 0.0  # type: ignore[attr-defined]


async def work(app: AppContext, world: World, chance: random.Random) -> None:
    """A busy day of both partners."""
    leads: list[UUID] = []
    for _ in range(200):
        if chance.random() < 0.4 or not leads:
            partner = chance.choice((None, world.acme, world.globex))
            sender = chance.choice((None, world.seller.member_id))
            leads.append(await make_lead(app, partner=partner, sender_id=sender, status=chance.choice(tuple(LeadStatus))))
            continue
        lead, who = chance.choice(leads), chance.choice((world.rep, world.rival))
        try:
            match chance.randrange(4):
                case 0:
                    await claims.claim_lead(app, who, lead)
                case 1:
                    await notes.add_lead_note(app, who, lead, "Called.")
                case 2:
                    await updates.update_lead_status(app, who, lead, chance.choice(tuple(LeadStatus)))
                case _:
                    await deletion.delete_lead(app, world.admin, lead)
        except Refusal:
            pass
        await asyncio.sleep(chance.choice((0, 0, 0.005)))


async def alone(app: AppContext, who: Viewer, variables: dict[str, Any], last: str) -> list[dict[str, Any]]:
    """What a stream of their own tells, up to the message with this cursor."""
    results: Any = await schema.subscribe(CHANGED, variable_values=variables, context_value=Context(app, who))
    told: list[dict[str, Any]] = []
    async with aclosing(results), asyncio.timeout(60):
        while not told or told[-1]["cursor"] != last:
            told.append((await anext(results)).data["leadChanged"])
    return told


@pytest.mark.parametrize("seed", range(3))
async def test_shared_stream_delivers_the_same_as_separate_streams(
    app: AppContext, world: World, room: Room, ask: Ask, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(grouping, "MAX_RETAINED_PAYLOADS", 5)
    chance = random.Random(seed)
    start: str = (await ask(world.admin, "{ leads { eventCursor } }"))["leads"]["eventCursor"]
    known = [start]
    evenings: set[str] = set()
    people = [world.rep, world.colleague, world.rival, world.admin, await make_member(app, None, ADMIN), world.seller]

    async def listen(number: int) -> None:
        await asyncio.sleep(chance.random() * 0.3)
        who = await load_viewer(app, people[number % len(people)])
        asked: dict[str, Any] = {"filter": chance.choice(({}, {"statuses": ["NEW"]})), "after": chance.choice((None, chance.choice(known)))}
        until = chance.choice((1, 10, 1_000))
        heard: list[dict[str, Any]] = []
        async with aclosing(room.subscriber(who, CHANGED, **asked).payloads()) as payloads:
            async for payload in payloads:
                heard.append(message_of(payload.body))
                known.append(heard[-1]["cursor"])
                if len(heard) == until or heard[-1]["leadId"] in evenings:
                    break
                await asyncio.sleep(chance.choice((0, 0, 0, 0.02)))
        told = await alone(app, who, asked | {"after": asked["after"] or start}, heard[-1]["cursor"])
        # Without a cursor it is not known where it began.
        assert heard == (told if asked["after"] else told[-len(heard) :])

    listening = [asyncio.create_task(listen(number)) for number in range(24)]
    await work(app, world, chance)
    async with asyncio.timeout(60):
        while not all(task.done() for task in listening):
            # Something that everybody sees, for each to know that the day is over.
            evening = await build_lead(app, sender_id=world.seller.member_id)
            evenings.add(encode_id("Lead", evening.id))
            async with app.unit_of_work(None) as uow:
                await uow.insert(evening, "vendor")
            await asyncio.sleep(0.05)
    await asyncio.gather(*listening)
    assert len(room.groups) == 0
