"""The tail of the event log, kept in memory for those who follow it."""

import asyncio
import contextlib
import logging
from bisect import bisect_right
from collections.abc import AsyncIterator
from typing import Final

from gql_leads.domain.errors import Unavailable
from gql_leads.store.database.database import Database
from gql_leads.store.events import event_log
from gql_leads.store.events.event_log import Logged, Position

logger = logging.getLogger(__name__)

WINDOW: Final = 2_000
"""So many events are kept for followers; who is further behind reads the database."""
BATCH: Final = 500
RETRY_AFTER: Final = 1.0
"""Seconds until the next look after one that failed: the ring it answered is used up, and the poll may be far."""
SHORTEST_PAUSE: Final = 0.005
"""Seconds until the next look after a ring that found nothing: on PostgreSQL an older transaction may still be open."""


class EventReader:
    """Tails the log of one database while `run` runs."""

    def __init__(self, database: Database, *, poll_seconds: float = 1.0) -> None:
        self._database = database
        self._poll_seconds = poll_seconds
        self._bell = asyncio.Event()
        self._news = asyncio.Event()
        self._window: list[Logged] = []
        self._start: Position | None = None
        """Everything behind this position that was read is in the window; None until the log was first looked at."""

    def notify(self) -> None:
        """Something was committed: look."""
        self._bell.set()

    async def run(self) -> None:
        """Tail the log until cancelled; a database that is away is asked again."""
        pause = self._poll_seconds
        while True:
            calls = await self._rung_within(pause)
            try:
                found = await self._read()
            except Unavailable:
                self._database.outage.noticed()
                pause = min(RETRY_AFTER, self._poll_seconds)
                continue
            except Exception:
                logger.exception("Reading the event log failed; it is tried again.")
                pause = min(RETRY_AFTER, self._poll_seconds)
                continue
            self._database.outage.over()
            if found:
                self._bell.set()
            else:
                pause = min(SHORTEST_PAUSE if calls else pause * 2, self._poll_seconds)

    async def follow(self, after: Position | None = None) -> AsyncIterator[Logged]:
        """Every event behind the position, then whatever comes, in order and without end; from now on where None is given.

        A follower that is slow is not waited for: it goes on from its own position, out of the database once it fell behind the window.
        """
        position = await event_log.horizon(self._database.reading) if after is None else after
        while True:
            news = self._news
            batch = await self._behind(position)
            for logged in batch:
                position = logged.position
                yield logged
            if not batch:
                await news.wait()

    async def replay(self, after: Position, until: Position) -> AsyncIterator[Logged]:
        """Every event behind a position up to another one that was reached, and then the end."""
        position = after
        while position < until:
            # What the window does not show may still be there: somebody else has reached `until`, by another way.
            batch = await self._behind(position) if until <= self.head else await event_log.read(self._database.reading, position, BATCH)
            for logged in batch:
                if logged.position > until:
                    return
                position = logged.position
                yield logged
            if not batch:
                return

    @property
    def head(self) -> Position:
        """The position up to which everything was read."""
        return self._window[-1].position if self._window else self._start or event_log.BEGINNING

    async def _behind(self, position: Position) -> list[Logged]:
        while (start := self._start) is None or position < start:
            batch = await event_log.read(self._database.reading, position, BATCH)
            if batch or start is None:
                return batch
            if start == self._start:  # else the window has moved on meanwhile, over events that this look was too early for
                position = start
        first = bisect_right(self._window, position, key=lambda logged: logged.position)
        return self._window[first : first + BATCH]

    async def _rung_within(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._bell.wait()
        calls = self._bell.is_set()
        self._bell.clear()
        return calls

    async def _read(self) -> bool:
        """Read what is new into the window and tell the followers; whether there was anything."""
        if self._start is None:
            self._start = await event_log.horizon(self._database.reading)
            self._tell()
        batch = await event_log.read(self._database.reading, self.head, BATCH)
        if not batch:
            return False
        self._window.extend(batch)
        surplus = len(self._window) - WINDOW
        if surplus > 0:
            self._start = self._window[surplus - 1].position
            del self._window[:surplus]
        self._tell()
        return True

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()
