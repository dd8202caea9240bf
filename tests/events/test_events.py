"""Followers of the log get every event once and in order, from any position, despite outages."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Any, cast

import pytest
from uuid_utils.compat import uuid7

from gql_leads import events as feeds
from gql_leads.domain.errors import Unavailable
from gql_leads.domain.events import Event, TimelineKind, snapshot
from gql_leads.events import EventReader
from gql_leads.services.app_context import AppContext
from gql_leads.store.database.database import Database
from gql_leads.store.events import event_log
from gql_leads.store.events.event_log import LoggedEvent, Position
from gql_leads.store.sql.builder import Sql
from gql_leads.store.sql.rows import Row
from tests.fixtures import build_lead, wait_for_event_log


class InterruptibleReading:
    """A read connection of a database that can be interrupted."""

    def __init__(self, database: Database) -> None:
        self._connection = database.reading
        self.dialect = database.dialect
        self.outage_log = database.outage_log
        self.time_slices = database.time_slices
        self.transaction = database.transaction
        self.is_interrupted = False
        self.failure: Exception = Unavailable()
        self.refused = 0
        self._running = 0

    @property
    def reading(self) -> "InterruptibleReading":
        return self

    async def fetch(self, statement: Sql | str, *further: object) -> Sequence[Row]:
        if self.is_interrupted:
            await asyncio.sleep(0.001)
            self.refused += 1
            raise self.failure
        self._running += 1
        try:
            return await self._connection.fetch(statement, *further)
        finally:
            self._running -= 1

    async def interrupt(self) -> None:
        """Refuse further reads and wait for those in progress."""
        self.is_interrupted = True
        while self._running:  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.001)

    async def wait_until_refused(self) -> None:
        """Wait until a read is refused."""
        before = self.refused
        async with asyncio.timeout(60):
            while self.refused == before:  # noqa: ASYNC110 - there is no event to wait for
                await asyncio.sleep(0.001)

    async def fetch_one(self, statement: Sql | str, *further: object) -> Row | None:
        rows = await self.fetch(statement, *further)
        return rows[0] if rows else None


@pytest.fixture
def connection(app: AppContext) -> InterruptibleReading:
    return InterruptibleReading(app.database)


@asynccontextmanager
async def running(connection: InterruptibleReading) -> AsyncIterator[EventReader]:
    event_reader = EventReader(cast("Database", connection), poll_seconds=0.05)
    tailing = asyncio.create_task(event_reader.run())
    try:
        yield event_reader
    finally:
        tailing.cancel()
        with suppress(asyncio.CancelledError):
            await tailing


@pytest.fixture
async def event_reader(connection: InterruptibleReading) -> AsyncIterator[EventReader]:
    async with running(connection) as opened:
        yield opened


@pytest.fixture
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small window and small batches, so that few events fill them."""
    monkeypatch.setattr(feeds, "WINDOW", 7)
    monkeypatch.setattr(feeds, "BATCH", 3)


async def write(app: AppContext, count: int = 1, *, pause: float = 0.0, keep: bool = True) -> None:
    """Write `count` events in one transaction; roll it back unless `keep`."""
    lead = await build_lead(app)
    shown = snapshot(lead, None)
    events = [Event(uuid7(), TimelineKind.CREATED, app.now(), None, None, None, shown) for _ in range(count)]
    with suppress(ZeroDivisionError):
        async with app.database.transaction() as connection:
            await event_log.append(connection, events)
            await asyncio.sleep(pause)
            if not keep:
                raise ZeroDivisionError


async def all_positions(app: AppContext) -> list[Position]:
    """Return all positions of the log, once everything committed is readable."""
    await wait_for_event_log(app)
    return [logged.position for logged in await event_log.read(app.database.writing, event_log.BEGINNING, 100_000)]


async def next_positions(events: AsyncIterator[LoggedEvent], count: int) -> list[Position]:
    """Return the positions of the next `count` events of a follower."""
    async with asyncio.timeout(60):
        return [(await anext(events)).position for _ in range(count)]


def following(event_reader: EventReader, after: Position | None = None) -> Any:
    """Return a follower that is closed when the block is left."""
    return aclosing(cast("Any", event_reader.follow(after)))


async def wait_for_first_read(event_reader: EventReader) -> None:
    async with asyncio.timeout(60):
        while event_reader.head == event_log.BEGINNING:  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.001)


async def replay(event_reader: EventReader, after: Position, until: Position) -> list[Position]:
    """Return all positions of a replay; fail if it does not end."""
    async with asyncio.timeout(60):
        return [logged.position async for logged in event_reader.replay(after, until)]


@pytest.mark.usefixtures("_small_batches")
@pytest.mark.parametrize("seed", range(5))
async def test_follower_gets_each_event_once_from_any_position(
    app: AppContext, event_reader: EventReader, connection: InterruptibleReading, seed: int
) -> None:
    chance = random.Random(seed)
    reached = [event_log.BEGINNING]
    writes = asyncio.Event()

    async def keep_writing() -> None:
        for _ in range(12):
            await write(app, chance.randint(1, 4), pause=chance.random() * 0.01, keep=chance.random() < 0.8)
            if chance.random() < 0.7:
                event_reader.notify()
            await asyncio.sleep(chance.random() * 0.01)

    async def interrupt_repeatedly() -> None:
        for _ in range(4):
            await asyncio.sleep(chance.random() * 0.05)
            connection.is_interrupted = True
            await asyncio.sleep(0.02)
            connection.is_interrupted = False

    async def follow() -> None:
        """Follow the log and resume at the cursor after every failure, as a client does."""
        await asyncio.sleep(chance.random() * 0.15)
        received: list[Position] = []
        begin = chance.choice((None, chance.choice(reached)))
        while not (writes.is_set() and (received[-1:] == last or (begin is None and not received))):
            with suppress(Unavailable, TimeoutError):
                async with asyncio.timeout(1), following(event_reader, received[-1] if received else begin) as events:
                    async for logged in events:
                        received.append(logged.position)
                        reached.append(logged.position)
                        if writes.is_set() and logged.position == last[0]:
                            break
                        await asyncio.sleep(chance.choice((0, 0, 0, 0.01)))
        everything = await all_positions(app)
        expected = [position for position in everything if begin is None or position > begin]
        assert received == (expected[len(expected) - len(received) :] if begin is None else expected)

    last: list[Position] = []
    followers = [asyncio.create_task(follow()) for _ in range(12)]
    await asyncio.gather(interrupt_repeatedly(), *(keep_writing() for _ in range(4)))
    await asyncio.sleep(0.2)
    await write(app)
    last.append((await all_positions(app))[-1])
    writes.set()
    async with asyncio.timeout(60):
        await asyncio.gather(*followers)


@pytest.mark.usefixtures("_small_batches")
async def test_replay_has_the_events_between_two_positions_and_ends(app: AppContext, event_reader: EventReader) -> None:
    for count in (1, 4, 2, 6, 1, 3):
        await write(app, count)
    positions = await all_positions(app)
    horizon = await event_log.horizon(app.database.writing)
    for after in (event_log.BEGINNING, *positions):
        for until in (event_log.BEGINNING, *positions, horizon):
            assert await replay(event_reader, after, until) == [position for position in positions if after < position <= until]


@pytest.mark.usefixtures("_small_batches")
async def test_replay_includes_events_that_the_window_has_not_read_yet(app: AppContext, connection: InterruptibleReading) -> None:
    async with running(connection) as event_reader, following(event_reader, event_log.BEGINNING) as events:
        await write(app, 2)
        event_reader.notify()
        await next_positions(events, 2)
        connection.is_interrupted = True
        event_reader.notify()
        await connection.wait_until_refused()
        await write(app, 2)
        positions = await all_positions(app)
        connection.is_interrupted = False
        assert await replay(event_reader, event_log.BEGINNING, positions[-1]) == positions
        assert await next_positions(events, 2) == positions[2:]


async def test_follower_waits_for_new_events_and_replay_does_not(app: AppContext, event_reader: EventReader) -> None:
    now = await event_log.horizon(app.database.writing)
    assert await replay(event_reader, event_log.BEGINNING, now) == []
    async with following(event_reader, now) as events:
        waiting = asyncio.create_task(next_positions(events, 1))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        await write(app)
        assert await waiting == await all_positions(app)


async def test_poll_finds_events_without_a_notification(app: AppContext, event_reader: EventReader) -> None:
    async with following(event_reader, await event_log.horizon(app.database.writing)) as events:
        waiting = asyncio.create_task(next_positions(events, 3))
        await asyncio.sleep(0.1)
        await write(app, 3)
        assert await waiting == await all_positions(app)


@pytest.mark.usefixtures("_small_batches")
async def test_no_event_is_lost_during_an_outage(app: AppContext, event_reader: EventReader, connection: InterruptibleReading) -> None:
    async with following(event_reader, event_log.BEGINNING) as events:
        await wait_for_first_read(event_reader)  # so that the next event is served from the window
        await write(app)
        assert len(await next_positions(events, 1)) == 1
        waiting = asyncio.create_task(next_positions(events, 2))
        await asyncio.sleep(0.1)
        await connection.interrupt()
        await write(app, 2)
        event_reader.notify()
        await connection.wait_until_refused()
        assert not waiting.done()
        connection.is_interrupted = False
        assert await waiting == (await all_positions(app))[1:]


async def test_rolled_back_events_are_never_received(app: AppContext, event_reader: EventReader) -> None:
    async with following(event_reader, event_log.BEGINNING) as events:
        await write(app, 2, keep=False)
        await write(app)
        event_reader.notify()
        assert await next_positions(events, 1) == await all_positions(app)


async def test_older_transaction_that_commits_late_is_not_skipped(app: AppContext, event_reader: EventReader) -> None:
    async with following(event_reader, event_log.BEGINNING) as events:
        waiting = asyncio.create_task(next_positions(events, 4))
        await asyncio.gather(write(app, 2, pause=0.2), write(app, 2))
        event_reader.notify()
        assert await waiting == await all_positions(app)


@pytest.mark.parametrize("failure", [Unavailable(), RuntimeError("no such table")])
async def test_reader_is_stuck_while_its_reads_fail(
    app: AppContext, connection: InterruptibleReading, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, failure: Exception
) -> None:
    monkeypatch.setattr(feeds, "STUCK_AFTER", 0.3)
    connection.failure = failure
    async with running(connection) as event_reader, following(event_reader, event_log.BEGINNING) as events:
        await wait_for_first_read(event_reader)
        await connection.interrupt()
        async with asyncio.timeout(60):
            while not event_reader.is_stuck:  # noqa: ASYNC110 - there is no event to wait for
                await asyncio.sleep(0.01)
        await write(app)
        assert len([record for record in caplog.records if record.levelname in {"ERROR", "WARNING"}]) == 1
        connection.is_interrupted = False
        assert await next_positions(events, 1) == await all_positions(app)
        async with asyncio.timeout(60):
            while event_reader.is_stuck:  # noqa: ASYNC110 - there is no event to wait for
                await asyncio.sleep(0.01)
