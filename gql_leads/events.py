"""Reader of the event log: it keeps the newest events in memory for the subscriptions of this process."""

import asyncio
import contextlib
import logging
import time
from bisect import bisect_right
from collections.abc import AsyncIterator
from math import inf
from typing import Final

from gql_leads.domain.errors import CursorExpired, Unavailable
from gql_leads.store.database.database import Database
from gql_leads.store.events import epochs, event_log
from gql_leads.store.events.event_log import LoggedEvent, Position

logger = logging.getLogger(__name__)

WINDOW: Final = 2_000
"""Number of events kept in memory; a follower that is further behind reads the database."""
BATCH: Final = 500
RETRY_AFTER: Final = 1.0
"""Seconds before the next attempt after a failed read, because the notification that started it is used up."""
LOGGED_AGAIN_AFTER: Final = 60.0
"""Seconds between two log messages about a failure that persists."""
STUCK_AFTER: Final = 10.0
"""Seconds without a successful read after which the reader counts as stuck, if it polls as often as usual."""
SHORTEST_PAUSE: Final = 0.005
"""Seconds before the next read after a notification without new events.

An older transaction may still be open.
"""


class EventReader:
    """Reads the event log of one database while `run` runs, and feeds any number of followers."""

    def __init__(self, database: Database, *, poll_seconds: float = 1.0) -> None:
        self._database = database
        self._poll_seconds = poll_seconds
        self._notified = asyncio.Event()
        self._new_events = asyncio.Event()
        self._window: list[LoggedEvent] = []
        self._start: Position | None = None
        """The window holds every event after this position; None until the first read."""
        self._read_at = time.monotonic()
        self._failure_logged_at = -inf
        self._may_be_restored = True
        """True until the epoch is checked: at the start, and after the database was away."""

    def notify(self) -> None:
        """Start a read soon, because a transaction was committed."""
        self._notified.set()

    def reconnected(self) -> None:
        """Check the epoch before the next read: another server may answer in the place of the lost one."""
        self._may_be_restored = True
        self.notify()

    async def run(self) -> None:
        """Read the log until cancelled; retry while the database is unavailable."""
        pause = self._poll_seconds
        self._read_at = time.monotonic()
        while True:
            calls = await self._wait_for_notification(pause)
            try:
                found = await self._read()
            except Unavailable:
                self._may_be_restored = True
                self._database.outage_log.noticed()
                pause = min(RETRY_AFTER, self._poll_seconds)
                continue
            except Exception:
                if time.monotonic() - self._failure_logged_at >= LOGGED_AGAIN_AFTER:
                    self._failure_logged_at = time.monotonic()
                    logger.exception("Reading the event log failed; it is tried again every second.")
                pause = min(RETRY_AFTER, self._poll_seconds)
                continue
            self._database.outage_log.over()
            self._read_at, self._failure_logged_at = time.monotonic(), -inf
            if found:
                self._notified.set()
            else:
                pause = min(SHORTEST_PAUSE if calls else pause * 2, self._poll_seconds)

    async def follow(self, after: Position | None = None) -> AsyncIterator[LoggedEvent]:
        """Yield every event after a position in order, then new events without end; None starts at the newest event.

        A slow follower is not buffered: it continues from its own position, from the database once it has fallen behind the window.
        """
        position = await event_log.horizon(self._database.reading) if after is None else after
        while True:
            appended = self._new_events
            batch = await self._events_after(position)
            for logged in batch:
                position = logged.position
                yield logged
            if not batch:
                await appended.wait()

    async def replay(self, after: Position, until: Position) -> AsyncIterator[LoggedEvent]:
        """Yield every event after a position up to another position that was reached before, then end."""
        position = after
        while position < until:
            # `until` may lie beyond this window: another process may have read further.
            batch = await (self._events_after(position) if until <= self.head else self._read_after(position))
            for logged in batch:
                if logged.position > until:
                    return
                position = logged.position
                yield logged
            if not batch:
                return

    @property
    def is_stuck(self) -> bool:
        """True if the log could not be read for some time, so that live events do not arrive."""
        return time.monotonic() - self._read_at > max(STUCK_AFTER, 3 * self._poll_seconds)

    @property
    def head(self) -> Position:
        """The position up to which this process has read."""
        return self._window[-1].position if self._window else self._start or event_log.BEGINNING

    async def _events_after(self, position: Position) -> list[LoggedEvent]:
        while (start := self._start) is None or position < start:
            batch = await self._read_after(position)
            if batch or start is None:
                return batch
            if start == self._start:  # otherwise the window moved on past events that this read came too early for
                position = start
        first = bisect_right(self._window, position, key=lambda logged: logged.position)
        return self._window[first : first + BATCH]

    async def _read_after(self, position: Position) -> list[LoggedEvent]:
        return await event_log.read(self._database.reading, position, BATCH, self._database.time_slices.start())

    async def _wait_for_notification(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._notified.wait()
        calls = self._notified.is_set()
        self._notified.clear()
        return calls

    async def _read(self) -> bool:
        """Read new events into the window and wake the followers; return whether there were any."""
        if self._may_be_restored:
            await self._ensure_epoch()
            self._may_be_restored = False
        if self._start is None:
            await self._begin()
        try:
            batch = await self._read_after(self.head)
        except CursorExpired:
            logger.warning("The event log began a new epoch: the database was restored. Clients load their lists again.")
            await self._begin()
            return True
        if not batch:
            return False
        self._window.extend(batch)
        surplus = len(self._window) - WINDOW
        if surplus > 0:
            self._start = self._window[surplus - 1].position
            del self._window[:surplus]
        self._wake_followers()
        return True

    async def _ensure_epoch(self) -> None:
        if self._database.dialect == "postgres":
            async with self._database.transaction() as connection:
                await epochs.ensure_epoch(connection)

    async def _begin(self) -> None:
        """Begin the window at the newest position; followers that are behind read the database."""
        self._start = await event_log.horizon(self._database.reading)
        self._window.clear()
        self._wake_followers()

    def _wake_followers(self) -> None:
        self._new_events.set()
        self._new_events = asyncio.Event()
