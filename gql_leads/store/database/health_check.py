"""Health check of PostgreSQL: distinguishes a server that hangs from a slow statement.

A frozen machine or a cut cable closes no connection, so that a statement would wait until its timeout. This check asks a trivial query
again and again on a connection of its own.
"""

import asyncio
import logging
from typing import Final

import asyncpg

from gql_leads.store.database.engines.asyncpg import PoolClient
from gql_leads.store.database.postgres_urls import connect

logger = logging.getLogger(__name__)

INTERVAL: Final = 0.5
RETRY_AFTER: Final = 0.25
ANSWER_TIMEOUT: Final = 2.5
"""Seconds without an answer after which the server counts as unavailable, until it answers again."""


class HealthCheck:
    """Checks the server of one client at its own URL, which leads past PgBouncer."""

    def __init__(self, client: PoolClient, url: str) -> None:
        self._client = client
        self._url = url

    async def run(self) -> None:
        """Check the server until cancelled."""
        while True:
            try:
                await self._watch()
            except TimeoutError:
                if self._client.mark_unresponsive():
                    logger.warning("The database answers nothing: nobody waits for it until it does.")
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
                pass  # the server refuses connections, so every request gets an error anyway
            await asyncio.sleep(RETRY_AFTER)

    async def _watch(self) -> None:
        connection = await connect(self._url, "gql_leads health check", timeout=ANSWER_TIMEOUT)
        try:
            if await self._client.mark_responsive():
                logger.warning("The database answers again.")
            while True:
                await _ping(connection)
                await asyncio.sleep(INTERVAL)
        finally:
            connection.terminate()


async def _ping(connection: asyncpg.Connection) -> None:
    asked = asyncio.ensure_future(connection.execute("SELECT 1"))
    try:
        # Check twice: if this process was paused, the timeout passes before an answer that has arrived is read.
        for _ in range(2):
            answered, _unanswered = await asyncio.wait({asked}, timeout=ANSWER_TIMEOUT / 2)
            if answered:
                asked.result()
                return
        raise TimeoutError
    finally:
        if not asked.done():
            connection.terminate()
            await asyncio.wait({asked})
            asked.exception()
