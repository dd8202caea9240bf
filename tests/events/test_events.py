"""Whoever follows the log hears every event once and in order, wherever they begin and whatever happens meanwhile."""

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


class Line:
    """A database's reading side that can be cut."""

    def __init__(self, database: Database) -> None:
        self._connection = database.reading
        self.dialect = database.dialect
        self.outage_log = database.outage_log
        self.is_cut = False
        self.refused = 0
        self._under_way = 0

    @property
    def reading(self) -> "Line":
        return self

    async def fetch(self, statement: Sql | str, *further: object) -> Sequence[Row]:
        if self.is_cut:
            await asyncio.sleep(0.001)
            self.refused += 1
            raise Unavailable
        self._under_way += 1
        try:
            return await self._connection.fetch(statement, *further)
        finally:
            self._under_way -= 1

    async def cut(self) -> None:
        """Let nothing more be read, and wait for what is being read."""
        self.is_cut = True
        while self._under_way:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.001)

    async def has_refused(self) -> None:
        """Wait until somebody meets the cut."""
        before = self.refused
        async with asyncio.timeout(60):
            while self.refused == before:  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0.001)

    async def fetch_one(self, statement: Sql | str, *further: object) -> Row | None:
        rows = await self.fetch(statement, *further)
        return rows[0] if rows else None


@pytest.fixture
def line(app: AppContext) -> Line:
    return Line(app.database)


@asynccontextmanager
async def running(line: Line) -> AsyncIterator[EventReader]:
    event_reader = EventReader(cast("Database", line), poll_seconds=0.05)
    tailing = asyncio.create_task(event_reader.run())
    try:
        yield event_reader
    finally:
        tailing.cancel()
        with suppress(asyncio.CancelledError):
            await tailing


@pytest.fixture
async def event_reader(line: Line) -> AsyncIterator[EventReader]:
    async with running(line) as opened:
        yield opened


@pytest.fixture
def _tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """A window and batches that are full at once."""
    monkeypatch.setattr(feeds, "WINDOW", 7)
    monkeypatch.setattr(feeds, "BATCH", 3)


async def write(app: AppContext, count: int = 1, *, pause: float = 0.0, keep: bool = True) -> None:
    """One transaction with so many events."""
    lead = await build_lead(app)
    shown = snapshot(lead, None)
    events = [Event(uuid7(), TimelineKind.CREATED, app.now(), None, None, None, shown) for _ in range(count)]
    with suppress(ZeroDivisionError):
        async with app.database.transaction() as connection:
            await event_log.append(connection, events)
            await asyncio.sleep(pause)
            if not keep:
                raise ZeroDivisionError


async def whole(app: AppContext) -> list[Position]:
    """Every position of the log, once it may be read up to here."""
    await wait_for_event_log(app)
    return [logged.position for logged in await event_log.read(app.database.writing, event_log.BEGINNING, 100_000)]


async def heard(events: AsyncIterator[LoggedEvent], count: int) -> list[Position]:
    """So many events of a follower."""
    async with asyncio.timeout(60):
        return [(await anext(events)).position for _ in range(count)]


def following(event_reader: EventReader, after: Position | None = None) -> Any:
    """A follower that is closed in the end."""
    return aclosing(cast("Any", event_reader.follow(after)))


async def has_looked(event_reader: EventReader) -> None:
    async with asyncio.timeout(60):
        while event_reader.head == event_log.BEGINNING:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.001)


async def replayed(event_reader: EventReader, after: Position, until: Position) -> list[Position]:
    """All that a replay tells; it must end."""
    async with asyncio.timeout(60):
        return [logged.position async for logged in event_reader.replay(after, until)]


@pytest.mark.usefixtures("_tiny")
@pytest.mark.parametrize("seed", range(5))
async def test_replay_and_live_are_one_for_who_joins_anywhere(app: AppContext, event_reader: EventReader, line: Line, seed: int) -> None:
    chance = random.Random(seed)
    reached = [event_log.BEGINNING]
    writes = asyncio.Event()

    async def keep_writing() -> None:
        for _ in range(12):
            await write(app, chance.randint(1, 4), pause=chance.random() * 0.01, keep=chance.random() < 0.8)
            if chance.random() < 0.7:
                event_reader.notify()
            await asyncio.sleep(chance.random() * 0.01)

    async def cut_now_and_then() -> None:
        for _ in range(4):
            await asyncio.sleep(chance.random() * 0.05)
            line.is_cut = True
            await asyncio.sleep(0.02)
            line.is_cut = False

    async def follow() -> None:
        """Comes back with its cursor after every failure, as a client does."""
        await asyncio.sleep(chance.random() * 0.15)
        told: list[Position] = []
        begin = chance.choice((None, chance.choice(reached)))
        while not (writes.is_set() and (told[-1:] == last or (begin is None and not told))):
            with suppress(Unavailable, TimeoutError):
                async with asyncio.timeout(1), following(event_reader, told[-1] if told else begin) as events:
                    async for logged in events:
                        told.append(logged.position)
                        reached.append(logged.position)
                        if writes.is_set() and logged.position == last[0]:
                            break
                        await asyncio.sleep(chance.choice((0, 0, 0, 0.01)))
        everything = await whole(app)
        expected = [position for position in everything if begin is None or position > begin]
        assert told == (expected[len(expected) - len(told) :] if begin is None else expected)

    last: list[Position] = []
    followers = [asyncio.create_task(follow()) for _ in range(12)]
    await asyncio.gather(cut_now_and_then(), *(keep_writing() for _ in range(4)))
    await asyncio.sleep(0.2)
    await write(app)
    last.append((await whole(app))[-1])
    writes.set()
    async with asyncio.timeout(60):
        await asyncio.gather(*followers)


@pytest.mark.usefixtures("_tiny")
async def test_replay_tells_what_lies_between_two_positions_and_ends(app: AppContext, event_reader: EventReader) -> None:
    for count in (1, 4, 2, 6, 1, 3):
        await write(app, count)
    places = await whole(app)
    horizon = await event_log.horizon(app.database.writing)
    for after in (event_log.BEGINNING, *places):
        for until in (event_log.BEGINNING, *places, horizon):
            assert await replayed(event_reader, after, until) == [place for place in places if after < place <= until]


@pytest.mark.usefixtures("_tiny")
async def test_replay_reaches_what_the_window_has_not_read_yet(app: AppContext, line: Line) -> None:
    async with running(line) as event_reader, following(event_reader, event_log.BEGINNING) as events:
        await write(app, 2)
        event_reader.notify()
        await heard(events, 2)
        line.is_cut = True
        event_reader.notify()
        await line.has_refused()
        await write(app, 2)
        places = await whole(app)
        line.is_cut = False
        assert await replayed(event_reader, event_log.BEGINNING, places[-1]) == places
        assert await heard(events, 2) == places[2:]


async def test_follower_of_a_quiet_log_waits_and_a_replay_of_it_does_not(app: AppContext, event_reader: EventReader) -> None:
    now = await event_log.horizon(app.database.writing)
    assert await replayed(event_reader, event_log.BEGINNING, now) == []
    async with following(event_reader, now) as events:
        waiting = asyncio.create_task(heard(events, 1))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        await write(app)
        assert await waiting == await whole(app)


async def test_poll_finds_what_nobody_rang_for(app: AppContext, event_reader: EventReader) -> None:
    async with following(event_reader, await event_log.horizon(app.database.writing)) as events:
        waiting = asyncio.create_task(heard(events, 3))
        await asyncio.sleep(0.1)
        await write(app, 3)
        assert await waiting == await whole(app)


@pytest.mark.usefixtures("_tiny")
async def test_database_that_comes_back_loses_nobody_anything(app: AppContext, event_reader: EventReader, line: Line) -> None:
    async with following(event_reader, event_log.BEGINNING) as events:
        await has_looked(event_reader)  # so that what is written now is told out of its window
        await write(app)
        assert len(await heard(events, 1)) == 1
        waiting = asyncio.create_task(heard(events, 2))
        await asyncio.sleep(0.1)
        await line.cut()
        await write(app, 2)
        event_reader.notify()
        await line.has_refused()
        assert not waiting.done()
        line.is_cut = False
        assert await waiting == (await whole(app))[1:]


async def test_what_was_rolled_back_is_never_heard(app: AppContext, event_reader: EventReader) -> None:
    async with following(event_reader, event_log.BEGINNING) as events:
        await write(app, 2, keep=False)
        await write(app)
        event_reader.notify()
        assert await heard(events, 1) == await whole(app)


async def test_older_transaction_that_commits_late_is_not_passed_over(app: AppContext, event_reader: EventReader) -> None:
    async with following(event_reader, event_log.BEGINNING) as events:
        waiting = asyncio.create_task(heard(events, 4))
        await asyncio.gather(write(app, 2, pause=0.2), write(app, 2))
        event_reader.notify()
        assert await waiting == await whole(app)
