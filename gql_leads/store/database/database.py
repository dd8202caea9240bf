"""An open database: its connections for reading and writing, and its transactions."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from tortoise.connection import ConnectionHandler
from tortoise.context import TortoiseContext, get_current_context, set_global_context

from gql_leads.domain.errors import StorageFull, Unavailable
from gql_leads.store.database.configuration import Dialect, check_usable, configuration, dialect_of
from gql_leads.store.database.connection import Connection
from gql_leads.store.database.database_errors import ErrorTranslation
from gql_leads.store.database.engines.asyncpg import PoolClient
from gql_leads.store.database.health_check import HealthCheck
from gql_leads.store.database.outage_log import OutageLog
from gql_leads.store.database.postgres_urls import is_pgbouncer
from gql_leads.store.events.time_slices import TimeSlices


class Database:
    """An open database.

    `reading` never waits for a transaction of this process, and does not see its writes before they are committed.
    """

    def __init__(self, connections: ConnectionHandler, url: str) -> None:
        self.url = url
        self.dialect: Dialect = dialect_of(url)
        self._connections = connections
        self._writing = connections.get("default")
        self._reading = connections.get("reading") if self.dialect == "sqlite" else self._writing
        self.reading = Connection(self._reading, self.dialect)
        self.writing = Connection(self._writing, self.dialect)
        self.outage_log = OutageLog()
        self._full_disk_log = OutageLog(begin="The server has no space left: changes are refused.", end="The server has space again.")
        self.time_slices = TimeSlices()
        """The turns of computations on the events of this database."""
        self._health_check: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, url: str, *, direct_url: str | None = None, pool_size: int = 10, statement_timeout: float = 10.0) -> "Database":
        """Open the database of this URL; it must be migrated (`store.database.migrate`).

        `direct_url` leads to PostgreSQL itself if `url` leads to PgBouncer. Without it there is no health check: a query that waits for a
        session of PgBouncer looks like a server that hangs.
        """
        check_usable(url)
        await _initialize_models(url)
        connections = ConnectionHandler()
        await connections._init(configuration(url, pool_size=pool_size, statement_timeout=statement_timeout)["connections"], False)
        if dialect_of(url) == "sqlite":
            # Connect first: a task cancelled while connecting would leave a connection open, which hangs the exit of the process.
            for name in ("default", "reading"):
                await connections.get(name).create_connection(with_db=True)
        database = cls(connections, url)
        checked_url = direct_url or (None if is_pgbouncer(url) else url)
        if isinstance(database._writing, PoolClient) and checked_url is not None:
            database._health_check = asyncio.create_task(HealthCheck(database._writing, checked_url).run())
        return database

    async def close(self) -> None:
        """Close every connection."""
        if self._health_check is not None:
            self._health_check.cancel()
            await asyncio.wait([self._health_check])
        await self._connections.close_all()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Open a transaction: commit at the end of the block, roll back on any exception or cancellation."""
        try:
            with ErrorTranslation():
                async with self._writing._in_transaction() as client:
                    yield Connection(client, self.dialect)
        except StorageFull:
            self._full_disk_log.noticed()
            raise

    async def has_space(self) -> bool:
        """Return whether changes can be saved; after one failed for lack of space, try to write."""
        if not self._full_disk_log.is_open:
            return True
        try:
            async with self.transaction() as connection:
                if self.dialect == "postgres":
                    await connection.execute("UPDATE log_state SET epoch = epoch")
                else:  # SQLite writes nothing unless a value changes, and does not use this column otherwise
                    await connection.execute("UPDATE log_state SET identity = ?", secrets.token_hex(8))
        except Unavailable:
            return False
        self._full_disk_log.over()
        return True

    async def is_reachable(self) -> bool:
        """Return whether the database answers within 3 seconds."""
        try:
            async with asyncio.timeout(3):
                await self.reading.fetch("SELECT 1")
        except (Unavailable, TimeoutError):
            return False
        return True

    @property
    def pooled(self) -> dict[str, int]:
        """The number of `idle` and `used` connections of PostgreSQL's pool.

        Empty on SQLite and before the first statement.
        """
        if self.pool is None or not isinstance(self._writing, PoolClient):
            return {}
        idle = self.pool.get_idle_size() + self._writing.idle
        return {"idle": idle, "used": self.pool.get_size() - idle}

    @property
    def pool(self) -> asyncpg.Pool | None:
        """PostgreSQL's pool, for tasks that need a connection of their own; None on SQLite."""
        return getattr(self._writing, "_pool", None)


async def _initialize_models(url: str) -> None:
    """Initialize Tortoise's models for the dialect of this URL, once in a process.

    Several databases of one dialect can be open at once, so no model is bound to one: each query names its connection by `using_db`.
    Tortoise still asks a current context for the dialect. This global one answers that, and its own clients never connect.
    """
    if get_current_context() is None:
        context = TortoiseContext()
        with context:
            await context.init(configuration(url))
        set_global_context(context)
