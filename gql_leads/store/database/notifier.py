"""NOTIFY and LISTEN on PostgreSQL: tells every server that a transaction was committed.

A NOTIFY inside the writing transaction would halve the rate of commits. It is sent afterwards, on a connection of its own, at most every
20 ms. A lost notification delays events until the next poll and loses nothing.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from gql_leads.store.database.database_errors import LOST
from gql_leads.store.database.postgres_urls import connect

logger = logging.getLogger(__name__)

CHANNEL: Final = "gql_leads"
AT_MOST_EVERY: Final = 0.02
RETRY_AFTER: Final = 1.0
CHECK_EVERY: Final = 30.0


class Notifier:
    """Notifies every process that listens on one PostgreSQL database, this one too."""

    def __init__(self, url: str, on_notify: Callable[[], None], on_connect: Callable[[], None] | None = None) -> None:
        self._url = url
        self._on_notify = on_notify
        self._on_connect = on_connect or on_notify
        """Called instead at every new connection: events may have been committed while nobody listened."""
        self._requested = asyncio.Event()

    def notify(self) -> None:
        """Send a notification soon."""
        self._requested.set()

    async def run(self) -> None:
        """Listen and notify until cancelled; reconnect whenever the connection is lost."""
        while True:
            try:
                await self._serve()
            except LOST:
                logger.warning("The notifier lost its database connection; it reconnects.")
                await asyncio.sleep(RETRY_AFTER)

    async def _serve(self) -> None:
        connection = await connect(self._url, "gql_leads notifier", command_timeout=5)
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        try:
            await connection.add_listener(CHANNEL, lambda *_: self._on_notify())
            self._on_connect()
            while not lost.is_set():
                waiting = [asyncio.create_task(event.wait()) for event in (self._requested, lost)]
                try:
                    calls, _ = await asyncio.wait(waiting, timeout=CHECK_EVERY, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for task in waiting:
                        task.cancel()
                if self._requested.is_set() and not lost.is_set():
                    self._requested.clear()
                    await connection.execute("SELECT pg_notify($1, '')", CHANNEL)
                    await asyncio.sleep(AT_MOST_EVERY)
                elif not calls:
                    await connection.execute("SELECT 1")  # only a query shows that the other end is gone
            raise ConnectionError("the server closed the connection of the notifier")
        finally:
            await connection.close(timeout=2)
