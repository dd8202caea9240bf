"""`notificationReceived`: what is live, replayed and listed is the same, for random histories and every member."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import aclosing, suppress
from typing import Any, Final
from uuid import UUID

import pytest

from gql_leads.api.resolving.context import Context
from gql_leads.api.schema import schema
from gql_leads.api.values.ids import encode_id
from gql_leads.domain.commands import Assignee, DealFields, SaveQueue
from gql_leads.domain.errors import Refusal
from gql_leads.domain.leads.lead import CloseReason
from gql_leads.domain.outbox.notifications import Notification, is_addressed_to
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import assignments, claims, deletion, notes, responses
from gql_leads.services.leads.referrals import refer_lead
from gql_leads.services.notifications.jobs import delete_old_notifications
from gql_leads.services.queues import save_queue
from gql_leads.store.events import event_log
from gql_leads.store.events.event_log import BEGINNING
from gql_leads.store.outbox import notifications
from tests.api.conftest import Ask
from tests.api.resolving.test_event_sources import Room
from tests.audiences import ACME, GLOBEX, VENDOR, Audience, referral
from tests.factories import World
from tests.fixtures import REP, general_queue, load_viewer, make_lead, make_member, make_partner, make_queue, wait_for_event_log

RECEIVED: Final = """subscription($after: EventCursor) {
    notificationReceived(after: $after) { cursor notification { id kind lead { id } } } }"""
LISTED: Final = "{ notifications(first: 200) { totalCount eventCursor nodes { id kind lead { id } } } }"
SEEN: Final = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"


CALM: Final = (0, 1, 5, 6)
"""Steps that take no lead out of anybody's sight."""


async def work(app: AppContext, world: World, queues: list[UUID], chance: random.Random, steps: Sequence[int] = range(10)) -> None:
    """Let members of two partners and the vendor pass leads on, some of them at the same time."""
    leads: list[UUID] = []
    for _ in range(50):
        who = await load_viewer(app, chance.choice((world.rep, world.colleague, world.referrals, world.rival, world.channel)))
        lead = chance.choice(leads) if leads else None
        try:
            match chance.choice(steps) if lead else 0:
                case 0:
                    requested = chance.choice((None, app.now()))
                    partner = chance.choice((world.acme, world.globex, None))
                    facts: dict[str, Any] = {"partner": partner, "contact_requested_at": requested, "notifies": True}
                    leads.append(await make_lead(app, queue=None if partner else chance.choice(queues), **facts))
                case 1:
                    leads.append(await refer_lead(app, world.seller, referral(chance.choice((world.acme, world.globex)))))
                case 2:
                    await claims.claim_lead(app, who, lead or UUID(int=0))
                case 3:
                    await claims.release_lead(app, who, lead or UUID(int=0))
                case 4:
                    await assignments.assign_lead(app, who, lead or UUID(int=0), somebody(world, queues, chance))
                case 5:
                    await responses.decline_lead(app, who, lead or UUID(int=0), CloseReason.SPAM)
                case 6:
                    mentioned = [one.member_id for one in chance.sample(world.everybody, 2)]
                    await notes.add_lead_note(app, who, lead or UUID(int=0), "Look.", mentions=mentioned)
                case 7:
                    partners = tuple(one for one in (world.acme, world.globex) if chance.random() < 0.6)
                    await save_queue(app, world.channel, SaveQueue(queue_id=chance.choice(queues[1:]), partner_ids=partners))
                case 8:
                    await responses.accept_lead(app, who, lead or UUID(int=0), DealFields())
                case _:
                    await deletion.delete_lead(app, world.admin, lead or UUID(int=0))
        except Refusal:
            pass
        await asyncio.sleep(0)


def somebody(world: World, queues: list[UUID], chance: random.Random) -> Assignee:
    match chance.randrange(3):
        case 0:
            return Assignee(partner_id=chance.choice((world.acme, world.globex)))
        case 1:
            return Assignee(queue_id=chance.choice(queues))
        case _:
            return Assignee(member_id=chance.choice((world.rep, world.colleague, world.rival)).member_id)


@pytest.mark.parametrize("seed", range(4))
async def test_live_replayed_and_listed_notifications_are_the_same(app: AppContext, world: World, ask: Ask, seed: int) -> None:
    steps = CALM if seed % 2 else range(10)
    chance, room = random.Random(seed), Room(app)
    queues = [await general_queue(app), await make_queue(app, open_to=[world.acme]), await make_queue(app)]
    await work(app, world, queues, chance)
    await wait_for_event_log(app)
    heard = 0
    asked = [(who, RECEIVED, dict[str, Any]()) for who in world.everybody]
    starts = [(await ask(who, LISTED))["notifications"] for who in world.everybody]
    async with room.joined(*asked) as listeners:
        await asyncio.gather(work(app, world, queues, chance, steps), work(app, world, queues, random.Random(seed + 100), steps))
        await wait_for_event_log(app)
        for listener, who, start in zip(listeners, world.everybody, starts, strict=True):
            replayed = await replay(app, who, start["eventCursor"], await expected_of(app, who, start["eventCursor"]))
            listed = (await ask(who, LISTED))["notifications"]
            known = {one["id"] for one in start["nodes"]}
            arrived = [one for one in listed["nodes"] if one["id"] not in known]
            # A lead that returned into sight brings older notifications back into the list.
            in_stream = {one["notification"]["id"] for one in replayed}
            assert [one for one in reversed(arrived) if one["id"] in in_stream] == [one["notification"] for one in replayed]
            assert len({one["cursor"] for one in replayed}) == len(replayed)
            live = await listener.has_heard(len(replayed) if steps is CALM else 0)
            heard += len(live)
            if steps is CALM:
                assert live == replayed
            # A lead may be out of sight when its notification is read, and in sight at another time.
            both = {one["cursor"] for one in live} & {one["cursor"] for one in replayed}
            assert [one["cursor"] for one in live if one["cursor"] in both] == [one["cursor"] for one in replayed if one["cursor"] in both]
            gone = [one["notification"]["id"] for one in live if one["cursor"] not in both]
            assert (await ask(who, SEEN, ids=gone))["nodes"] == [None] * len(gone)
    assert heard > 50


async def expected_of(app: AppContext, who: Viewer, after: str) -> int:
    """Return the number of notifications after a cursor that are addressed to the member and whose lead they see now."""
    viewer = await load_viewer(app, who)
    logged = await event_log.read(app.database.reading, app.cursors.decode(after), 1_000)
    addressed = [one.event.id for one in logged if one.concerns(Notification) and is_addressed_to(viewer, one.event)]
    return len(await notifications.by_id(app.database.reading, viewer, addressed)) if addressed else 0


async def replay(app: AppContext, who: Viewer, after: str, count: int) -> list[dict[str, Any]]:
    """Return as many messages of a new stream after a cursor, and check that it has no more."""
    results: Any = await schema.subscribe(
        RECEIVED, variable_values={"after": after}, context_value=Context(app, await load_viewer(app, who))
    )
    found: list[dict[str, Any]] = []
    async with aclosing(results), asyncio.timeout(60):
        while len(found) < count:
            found.append((await anext(results)).data["notificationReceived"])
        with suppress(TimeoutError):
            async with asyncio.timeout(0.05):
                found.append((await anext(results)).data["notificationReceived"])
    return found


async def test_the_rule_of_the_audience_is_the_same_in_memory_and_in_sql(app: AppContext, world: World, audience: Audience) -> None:
    queues = [await general_queue(app), await make_queue(app, open_to=[world.acme]), await make_queue(app)]
    for seed in range(3):
        await work(app, world, queues, random.Random(seed))
    await wait_for_event_log(app)
    logged = await event_log.read(app.database.reading, BEGINNING, 1_000)
    stored = [one.event for one in logged if one.concerns(Notification)]
    assert len(stored) > 30
    narrowed = await app.database.writing.fetch("SELECT id FROM notification WHERE admitted IS NOT NULL")
    apart = {str(row["id"]) for row in narrowed}
    for name in sorted(ACME | GLOBEX | VENDOR):
        who = await load_viewer(app, audience.member(name))
        found = await notifications.addressed(app.database.reading, who, [one.id for one in stored])
        assert {str(one) for one in found} - apart == {str(one.id) for one in stored if is_addressed_to(who, one)} - apart
    before = [await audience.list(name) for name in sorted(ACME | GLOBEX | VENDOR)]
    await delete_old_notifications(app)
    after = [await audience.list(name) for name in sorted(ACME | GLOBEX | VENDOR)]
    assert [[one["id"] for one in page["nodes"]] for page in after] == [[one["id"] for one in page["nodes"]] for page in before]


async def test_the_cursor_of_a_message_marks_it_and_all_before_as_read(app: AppContext, world: World, audience: Audience) -> None:
    room = Room(app)
    async with room.joined((world.rep, RECEIVED, {})) as (listener,):
        leads = [encode_id("Lead", await make_lead(app, notifies=True, partner=world.acme)) for _ in range(3)]
        messages = await listener.has_heard(3)
    assert [one["notification"]["lead"]["id"] for one in messages] == leads
    assert await audience.mark("rep", until=messages[1]["cursor"]) == {"unreadCount": 1, "errors": []}
    unread = await audience.list("rep", unread=True)
    assert [one["lead"]["id"] for one in unread["nodes"]] == leads[2:]
    # Marks from several devices at once, repeated and out of order, leave the farthest one.
    await asyncio.gather(*(audience.mark("colleague", until=messages[at]["cursor"]) for at in (0, 2, 1, 2, 0)))
    assert (await audience.list("colleague"))["unreadCount"] == 0


async def test_a_lead_in_an_open_queue_reaches_a_member_of_each_of_many_partners(app: AppContext, world: World) -> None:
    room, members = Room(app), [await make_member(app, await make_partner(app), REP) for _ in range(20)]
    async with room.joined(*((who, RECEIVED, {}) for who in members for _ in range(3))) as listeners:
        assert len(room.groups) == len(members), "the streams of one member are shared"
        leads = [encode_id("Lead", await make_lead(app, notifies=True)) for _ in range(3)]
        for listener in listeners:
            assert [one["notification"]["lead"]["id"] for one in await listener.has_heard(3)] == leads
