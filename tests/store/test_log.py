"""The event log: in the order of the commits, without loss, with cursors that nobody can make up."""

import asyncio
import random
from dataclasses import replace

import pytest

from gql_leads.domain.errors import BadInput, CursorExpired, QueueEmpty
from gql_leads.domain.events import TimelineKind
from gql_leads.services import scheduled_jobs
from gql_leads.services.app_context import Desk
from gql_leads.store.events import event_log
from gql_leads.store.events.cursor_codec import Seal
from gql_leads.store.events.event_log import BEGINNING, EventCursors, Logged, Position
from tests.factories import World
from tests.fixtures import Clock, a_lead, open_desk, settle, some_lead, the_lead

WRITERS, EACH = 8, 12


async def everything_after(desk: Desk, position: Position, limit: int = 1_000) -> list[Logged]:
    await settle(desk)
    return await event_log.read(desk.database.reading, position, limit)


async def test_an_event_is_read_back_as_it_was_written(desk: Desk, world: World) -> None:
    lead_id = await a_lead(desk, partner=world.acme, contact_requested_at=desk.now(), company="Жук 東京 \\ \" '")
    lead = await the_lead(desk, lead_id)
    async with desk.change(world.rep) as change:
        await change.save(lead, replace(lead, company=None), TimelineKind.DETAILS_CHANGED)
    made, changed = await everything_after(desk, BEGINNING)
    assert (made.event.lead_id, made.event.kind, made.event.before) == (lead_id, TimelineKind.CREATED, None)
    assert made.event.after.company == "Жук 東京 \\ \" '"
    assert changed.event.before == made.event.after
    assert changed.event.after == replace(made.event.after, company=None, updated_at=desk.now())
    assert (changed.event.actor_id, changed.event.actor_partner_id) == (world.rep.member_id, world.acme)
    assert (changed.event.occurred_at, changed.event.changed) == (desk.now(), ("company",))


async def test_an_event_holds_nothing_of_the_person(desk: Desk, world: World) -> None:
    lead = await a_lead(desk, partner=world.acme, phone="+33123456789", title="Dr", message="secret words")
    row = await desk.database.reading.fetch_one("SELECT * FROM event WHERE lead_id = ?", lead)
    assert row is not None
    written = " ".join(str(value) for value in dict(row).values())  # type: ignore[call-overload]
    for personal in ("Aparna", "Bosu", "aparna@contoso.example", "+33123456789", "Dr", "secret words"):
        assert personal not in written


async def test_a_reader_goes_on_behind_what_it_has_read(desk: Desk) -> None:
    leads = [await a_lead(desk) for _ in range(5)]
    whole = await everything_after(desk, BEGINNING)
    assert [one.event.lead_id for one in whole] == leads
    assert [one.position for one in whole] == sorted({one.position for one in whole})
    assert await everything_after(desk, whole[1].position, 2) == whole[2:4]
    assert await everything_after(desk, whole[-1].position) == []


async def test_what_is_not_committed_is_not_read_and_hides_nothing_for_ever(desk: Desk, world: World) -> None:
    first = await a_lead(desk)
    async with desk.change(world.rep) as change:
        await change.insert(await some_lead(desk), "vendor")
        await change.write()
        change._entries.clear()
        change._events.clear()
        assert [one.event.lead_id for one in await everything_after(desk, BEGINNING)] == [first]
    assert len(await everything_after(desk, BEGINNING)) == 2


async def test_the_horizon_lies_before_whatever_comes_later(desk: Desk) -> None:
    await a_lead(desk)
    await settle(desk)
    horizon = await event_log.horizon(desk.database.reading)
    later = await a_lead(desk)
    assert [one.event.lead_id for one in await everything_after(desk, horizon)] == [later]


async def test_a_tailing_reader_misses_nothing_of_many_writers_and_reads_nothing_twice(database_url: str) -> None:
    chance = random.Random(3)
    async with open_desk(database_url, pool_size=WRITERS) as desk, open_desk(database_url) as elsewhere:
        written: list[object] = []
        writing = [asyncio.create_task(write(desk if one % 2 else elsewhere, chance, written)) for one in range(WRITERS)]
        read: list[Logged] = []
        position = BEGINNING
        while True:
            over = all(task.done() for task in writing)
            found = await event_log.read(desk.database.reading, position, 7)
            read += found
            position = found[-1].position if found else position
            if over:
                await asyncio.gather(*writing)
            if over and not found and len(read) >= WRITERS * EACH:
                break
            await asyncio.sleep(0.001)
    assert [one.position for one in read] == sorted(one.position for one in read)
    assert sorted(str(one.event.lead_id) for one in read) == sorted(str(one) for one in written)
    assert len(read) == WRITERS * EACH


async def write(desk: Desk, chance: random.Random, written: list[object]) -> None:
    lead = await some_lead(desk)
    for _ in range(EACH):
        lead = await some_lead(desk)
        async with desk.change(None) as change:
            await asyncio.sleep(chance.random() / 200)
            await change.insert(lead, "vendor")
            await event_log.append(change.connection, change._events)
            change._events.clear()
            await asyncio.sleep(chance.random() / 100)
        written.append(lead.id)


async def test_a_cursor_opens_to_its_position_and_to_nothing_else() -> None:
    cursors = EventCursors(Seal(b"a secret of thirty-two bytes or more"))
    position = Position(1, 2**40, 2**50)
    cursor = cursors.seal(position)
    assert cursors.open(cursor) == position
    assert EventCursors(Seal(b"a secret of thirty-two bytes or more")).seal(position) == cursor
    page = Seal(b"a secret of thirty-two bytes or more").seal("page", b"x" * 20)
    for made_up in ("", "x", cursor[:-1], cursor + "A", cursor.swapcase(), page, "\ud800", "é"):
        with pytest.raises(BadInput):
            cursors.open(made_up)
    with pytest.raises(BadInput):
        EventCursors(Seal(b"another secret of thirty-two bytes or more")).open(cursor)


async def test_what_is_30_days_old_is_forgotten_and_its_cursors_are_refused(desk: Desk, clock: Clock) -> None:
    await a_lead(desk)
    (old,) = await everything_after(desk, BEGINNING)
    clock.advance(days=1)
    await a_lead(desk)
    await a_lead(desk)
    kept = (await everything_after(desk, old.position))[0]
    clock.advance(days=29, milliseconds=1)
    await scheduled_jobs.trim(desk)
    connection = desk.database.reading
    await event_log.check(connection, old.position)
    assert await event_log.oldest(connection) == old.position
    with pytest.raises(CursorExpired):
        await event_log.check(connection, BEGINNING)
    assert len(await everything_after(desk, old.position)) == 2
    clock.advance(days=1)
    await scheduled_jobs.trim(desk)
    await scheduled_jobs.trim(desk)
    for gone in (old, kept):
        with pytest.raises(CursorExpired):
            await event_log.check(connection, gone.position)
    new = await a_lead(desk)
    assert [one.event.lead_id for one in await everything_after(desk, await event_log.oldest(connection))] == [new]


async def test_a_position_that_the_log_never_reached_is_refused(desk: Desk) -> None:
    await a_lead(desk)
    await settle(desk)
    horizon = await event_log.horizon(desk.database.reading)
    await event_log.check(desk.database.reading, horizon)
    for beyond in (horizon._replace(epoch=9), Position(horizon.epoch, horizon.xid + 2**40, horizon.id + 2**40)):
        with pytest.raises(CursorExpired):
            await event_log.check(desk.database.reading, beyond)


async def test_a_database_moved_to_a_younger_cluster_begins_a_new_epoch(desk: Desk) -> None:
    old = await a_lead(desk)
    moved = desk.database.dialect == "postgres"
    async with desk.database.transaction() as connection:
        if moved:
            await connection.execute("UPDATE event SET xid = xid + 4000000000")
        await event_log.start_epoch(connection)
        await event_log.start_epoch(connection)
    new = await a_lead(desk)
    first, second = await everything_after(desk, BEGINNING)
    assert (first.event.lead_id, second.event.lead_id) == (old, new)
    assert second.position.epoch - first.position.epoch == (1 if moved else 0)
    assert await everything_after(desk, first.position) == [second]


async def test_a_refused_change_leaves_no_event(desk: Desk, world: World) -> None:
    lead = await some_lead(desk)

    async def refused() -> None:
        async with desk.change(world.rep) as change:
            await change.insert(lead, "vendor")
            raise QueueEmpty

    with pytest.raises(QueueEmpty):
        await refused()
    assert await everything_after(desk, BEGINNING) == []
