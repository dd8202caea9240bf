"""Migrate the schema of a database, by one process at a time."""

import asyncio
import fcntl
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from tempfile import TemporaryDirectory

import asyncpg
from tortoise.context import TortoiseContext
from uuid_utils.compat import uuid7

from gql_leads.domain.errors import Unavailable
from gql_leads.store.database.configuration import check_usable, configuration, dialect_of, sqlite_path, unreadable
from gql_leads.store.database.connection import Connection
from gql_leads.store.database.database import Database
from gql_leads.store.database.database_errors import LOST
from gql_leads.store.database.engines.sqlite_inline import kind_of
from gql_leads.store.database.migration_states import LazyExecutor
from gql_leads.store.database.postgres_urls import connect
from gql_leads.store.database.statistics import refresh_statistics
from gql_leads.store.events.epochs import ensure_epoch

LOCK = 7_201_534_620_118
"""Key of PostgreSQL's advisory lock for migrations; any constant number."""
REFUSED = (asyncpg.InvalidCatalogNameError, asyncpg.InvalidAuthorizationSpecificationError)
"""PostgreSQL errors for an unknown database, role or password."""

DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


async def migrate(url: str) -> None:
    """Apply pending migrations.

    Start a new epoch of the event log if PostgreSQL's database is a restored one (`epochs.ensure_epoch`).
    """
    check_usable(url)
    with _explaining_errors(url):
        async with _alone(url), _context(url) as context:
            executor = _executor(context)
            is_changed = bool(await executor.plan())
            await executor.migrate()
            database = Database(context.connections, url)
            async with database.transaction() as connection:
                await ensure_epoch(connection)
                await _make_general_queue(connection)
                await connection.execute("INSERT INTO assignment_rule_set (id, version) VALUES (1, 1) ON CONFLICT (id) DO NOTHING")
            if is_changed:
                await refresh_statistics(database.writing)


async def _make_general_queue(connection: Connection) -> None:
    """Make the queue that always exists, open to everybody and without limits, where it does not exist yet."""
    await connection.execute(
        "INSERT INTO lead_queue (id, name, name_key, is_general, created_at)"
        " SELECT ?, 'General', 'general', TRUE, CAST(? AS BIGINT) WHERE NOT EXISTS (SELECT 1 FROM lead_queue WHERE is_general)",
        uuid7(), datetime.now(UTC),
    )  # fmt: skip


async def pending_migrations(url: str) -> list[str]:
    """Return the names of the migrations that `migrate` would apply, in order; change nothing."""
    check_usable(url)
    if dialect_of(url) == "sqlite" and not sqlite_path(url).exists():
        with TemporaryDirectory() as folder:  # connecting would make the file
            return await _planned(f"sqlite://{folder}/empty.db")
    with _explaining_errors(url):
        if dialect_of(url) == "postgres":
            # Tortoise takes an unreachable database for an empty one.
            await (await connect(url, "gql_leads migration")).close()
        return await _planned(url)


async def is_migrated(url: str) -> bool:
    """Return whether no migration is pending; False if the database cannot be reached."""
    return not await _planned(url)


async def _planned(url: str) -> list[str]:
    async with _context(url) as context:
        return [step.migration.name for step in await _executor(context).plan()]


@contextmanager
def _explaining_errors(url: str) -> Iterator[None]:
    """Raise Unavailable or BadInput, with the cause, if the database cannot be used."""
    try:
        yield
    except (*LOST, *REFUSED) as away:
        remedy = " This is PgBouncer: set GQL_LEADS_PGBOUNCER=true." if "unsupported startup parameter" in str(away) else ""
        raise Unavailable(f"The database cannot be reached: {away}.{remedy}") from away
    except sqlite3.DatabaseError as error:
        if kind_of(error) in DAMAGED:
            raise unreadable(url, error) from None
        raise


def _executor(context: TortoiseContext) -> LazyExecutor:
    return LazyExecutor(context.connections.get("default"), configuration("sqlite://")["apps"])


@asynccontextmanager
async def _context(url: str) -> AsyncIterator[TortoiseContext]:
    context = TortoiseContext()
    async with context:
        await context.init(configuration(url, pool_size=2))
        if dialect_of(url) == "sqlite":
            # Connect here, where it may fail: Tortoise would retry under a lock that it has not released.
            await context.connections.get("default").create_connection(with_db=True)
        yield context


@asynccontextmanager
async def _alone(url: str) -> AsyncIterator[None]:
    """Hold the lock under which a database is migrated; wait for it."""
    if dialect_of(url) == "sqlite":
        lock = sqlite_path(url).with_name(sqlite_path(url).name + "-migrating")
        lock.parent.mkdir(parents=True, exist_ok=True)
        with lock.open("w") as file:
            await asyncio.to_thread(fcntl.flock, file, fcntl.LOCK_EX)
            yield
        return
    connection = await connect(url, "gql_leads migration")
    try:
        # In a transaction, because behind PgBouncer only a transaction keeps its session. It writes nothing, so no reader waits for it.
        await connection.execute(f"BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0; SELECT pg_advisory_xact_lock({LOCK})")
        yield
    finally:
        await connection.close()
