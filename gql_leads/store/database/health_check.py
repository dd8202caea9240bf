"""PostgreSQL's pulse: tells a server that hangs from a statement that takes long.

A machine that hangs, or one behind a cut cable, closes no connection: whoever has asked it something would wait for as long as the
slowest statement may take. So it is asked the simplest thing there is, again and again, on a connection of its own.
"""

import asyncio
import logging
from typing import Final

import asyncpg

from gql_leads.store.database.engines.asyncpg import Client

logger = logging.getLogger(__name__)

EVERY: Final = 0.5
RETRY_AFTER: Final = 0.25
PATIENCE: Final = 2.5
"""Seconds without an answer after which nobody waits for the server any more, until it answers again."""


class HealthCheck:
    """Watches over the server of one client."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def run(self) -> None:
        """Feel the pulse until cancelled."""
        while True:
            try:
                await self._feel()
            except TimeoutError:
                if self._client.give_up():
                    logger.warning("The database answers nothing: nobody waits for it until it does.")
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
                pass  # It is away, and says so to everybody who asks.
            await asyncio.sleep(RETRY_AFTER)

    async def _feel(self) -> None:
        connection = await self._client.connection_apart("gql_leads pulse", PATIENCE)
        try:
            if await self._client.come_back():
                logger.warning("The database answers again.")
            while True:
                await _beat(connection)
                await asyncio.sleep(EVERY)
        finally:
            connection.terminate()


async def _beat(connection: asyncpg.Connection) -> None:
    asked = asyncio.ensure_future(connection.execute("SELECT 1"))
    try:
        # Twice: where this process itself has paused, time is up before the answer that has long been there is read.
        for _ in range(2):
            answered, _unanswered = await asyncio.wait({asked}, timeout=PATIENCE / 2)
            if answered:
                asked.result()
                return
        raise TimeoutError
    finally:
        if not asked.done():
            connection.terminate()
            await asyncio.wait({asked})
            asked.exception()
