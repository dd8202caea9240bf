"""Cancelled statements block no connection, and an unreachable database is distinguished from an invalid statement."""

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from uuid import UUID

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from gql_leads.domain.errors import Unavailable
from gql_leads.services.app_context import AppContext
from gql_leads.store.database.configuration import LOCK_AWAITED, sqlite_path
from gql_leads.store.database.connection import Connection
from gql_leads.store.database.database import Database
from gql_leads.store.database.engines.asyncpg import IDLE_SECONDS
from gql_leads.store.database.engines.sqlite import SharedClient as SqliteClient
from tests.factories import World
from tests.fixtures import Clock, dump_tables, make_lead, open_app_context

CANCELLATIONS = 2_000


async def insert_partners(database: Database, numbers: list[int], number: int) -> None:
    async with database.transaction() as connection:
        for part in range(3):
            await connection.execute(
                "INSERT INTO partner (id, name, name_key, is_active, created_at) VALUES (?, ?, ?, TRUE, 1)",
                uuid7(), f"{number}.{part}", f"{number}.{part}",
            )  # fmt: skip
    numbers.append(number)


@pytest.fixture
async def _ignored_loop_errors() -> AsyncIterator[None]:
    """Ignore errors reported to the event loop: asyncpg reports every connection that a cancellation interrupts."""
    loop = asyncio.get_running_loop()
    handler = loop.get_exception_handler()
    loop.set_exception_handler(lambda *_: None)
    yield
    loop.set_exception_handler(handler)


ENDLESS = "WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 1000000000) SELECT max(n) FROM counted"


@pytest.mark.usefixtures("_ignored_loop_errors")
async def test_cancelled_statements_do_not_delay_later_ones(app: AppContext) -> None:
    reader = app.database.reading
    asking = [asyncio.create_task(reader.fetch(ENDLESS)) for _ in range(3)]
    await asyncio.sleep(0.1)
    for task in asking:
        task.cancel()
    await asyncio.wait(asking)
    async with asyncio.timeout(60):
        assert (await reader.fetch("SELECT 1 AS one"))[0]["one"] == 1


@pytest.mark.usefixtures("_ignored_loop_errors")
async def test_connections_are_usable_after_two_thousand_random_cancellations(database_url: str) -> None:
    chance = random.Random(1)
    done: list[int] = []
    async with open_app_context(database_url, pool_size=4) as app:
        database = app.database

        async def write_and_cancel(number: int) -> None:
            task = asyncio.create_task(insert_partners(database, done, number))
            for _ in range(chance.randrange(12)):
                await asyncio.sleep(0 if chance.random() < 0.7 else chance.random() / 1_000)
            task.cancel()
            await asyncio.wait([task])

        for batch in range(0, CANCELLATIONS, 8):
            await asyncio.gather(*(write_and_cancel(number) for number in range(batch, batch + 8)))

        assert len(done) < CANCELLATIONS
        async with asyncio.timeout(60):
            await asyncio.gather(*(insert_partners(database, done, CANCELLATIONS + number) for number in range(8)))
        rows = await database.reading.fetch("SELECT name FROM partner")
        assert len(rows) % 3 == 0
        written = {row["name"].partition(".")[0] for row in rows}
        assert {str(number) for number in done} <= written
        assert len(written) * 3 == len(rows)
        async with asyncio.timeout(60):
            while not await is_idle(database):  # noqa: ASYNC110 - the server notices closed connections late
                await asyncio.sleep(0.01)
        if database.dialect == "postgres":
            async with asyncio.timeout(60), AsyncExitStack() as stack:
                for _ in range(4):  # all connections of the pool are free
                    await stack.enter_async_context(database.transaction())


async def is_idle(database: Database) -> bool:
    """Return whether no transaction is open and no connection is in use."""
    if database.dialect == "sqlite":
        with closing(sqlite3.connect(sqlite_path(database.url), timeout=0)) as other:
            other.execute("BEGIN IMMEDIATE")
        return True
    row = await database.reading.fetch_one(
        "SELECT count(*) AS total FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
    )
    return row is not None and row["total"] == 0 and database.pooled["used"] == 0


async def test_first_concurrent_writes_use_fully_configured_connections(database_url: str) -> None:
    async with open_app_context(database_url, pool_size=2) as app:
        done: list[int] = []
        await asyncio.gather(*(insert_partners(app.database, done, number) for number in range(10)))
        assert sorted(done) == list(range(10))
        if app.database.dialect == "sqlite":
            for connection in (app.database.reading, app.database.writing):
                assert [await pragma(connection, name) for name in ("foreign_keys", "busy_timeout", "synchronous")] == [1, LOCK_AWAITED, 2]
        else:
            row = await app.database.reading.fetch_one(
                "SELECT count(*) AS total FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'gql_leads'"
            )
            assert row is not None
            assert row["total"] <= 2


async def test_reads_and_writes_share_a_pool_of_one_connection(database_url: str) -> None:
    async with open_app_context(database_url, pool_size=1) as app:
        done: list[int] = []
        reads = (app.database.reading.fetch("SELECT 1 AS one") for _ in range(20))
        async with asyncio.timeout(60):
            await asyncio.gather(*(one for number, read in enumerate(reads) for one in (read, insert_partners(app.database, done, number))))
        assert sorted(done) == list(range(20))


async def test_waiting_task_gets_a_released_connection_before_the_pool_does(database_url: str) -> None:
    async with open_app_context(database_url, pool_size=2) as app:
        done: list[int] = []
        await asyncio.gather(*(insert_partners(app.database, done, number) for number in range(10)))
        pool = app.database.pool
        if pool is not None:  # SQLite has none
            assert (pool.get_size(), pool.get_idle_size()) == (2, 0)
            assert app.database.pooled == {"idle": 2, "used": 0}


async def test_unused_connection_is_returned_to_the_pool_after_a_while(app: AppContext) -> None:
    await app.database.reading.fetch("SELECT 1 AS one")
    pool = app.database.pool
    if pool is None:  # SQLite has none
        return
    assert app.database.pooled["used"] == 0 < pool.get_size() - pool.get_idle_size()
    async with asyncio.timeout(60):
        while not pool.get_size() == pool.get_idle_size() > 0:  # noqa: ASYNC110 - the pool has no event to wait for
            await asyncio.sleep(IDLE_SECONDS)


async def test_connection_lost_while_unused_is_replaced(app: AppContext) -> None:
    if app.database.dialect == "sqlite":
        return
    row = await app.database.reading.fetch_one("SELECT pg_backend_pid() AS pid")
    assert row is not None
    other = await asyncpg.connect(app.database.url)
    assert await other.fetchval("SELECT pg_terminate_backend($1, 60000)", row["pid"])  # returns once the backend has ended
    await other.close()
    again = await app.database.reading.fetch_one("SELECT pg_backend_pid() AS pid")
    assert again is not None
    assert again["pid"] != row["pid"]


async def pragma(connection: Connection, name: str) -> int:
    """Return a pragma of the connection whose statements run in a thread."""
    assert isinstance(connection.client, SqliteClient)
    (row,) = await connection.client.connection.execute_fetchall(f"PRAGMA {name}")
    return int(row[0])


async def test_cancelled_unit_of_work_writes_nothing_and_the_next_one_succeeds(app: AppContext, world: World) -> None:
    before = await dump_tables(app)

    async def change_and_wait(entered: asyncio.Event) -> None:
        async with app.unit_of_work(world.rep) as uow:
            await uow.connection.execute("UPDATE partner SET name = 'X' WHERE id = ?", world.acme)
            entered.set()
            await asyncio.sleep(60)

    entered = asyncio.Event()
    task = asyncio.create_task(change_and_wait(entered))
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await dump_tables(app) == before
    await make_lead(app)


async def test_concurrent_transactions_are_committed_and_rolled_back_independently(app: AppContext) -> None:
    class Undone(Exception):
        pass

    async def one(number: int) -> None:
        async with app.database.transaction() as connection:
            await connection.execute(
                "INSERT INTO partner (id, name, name_key, is_active, created_at) VALUES (?, ?, ?, TRUE, 1)",
                uuid7(), str(number), str(number),
            )  # fmt: skip
            if number % 3 == 0:
                raise Undone

    outcomes = await asyncio.gather(*(one(number) for number in range(200)), return_exceptions=True)
    assert {type(one) for one in outcomes} == {type(None), Undone}
    rows = await app.database.reading.fetch("SELECT name FROM partner")
    assert {int(row["name"]) for row in rows} == {number for number in range(200) if number % 3}


async def test_invalid_statement_does_not_affect_concurrent_transactions(app: AppContext) -> None:
    async def wrong() -> None:
        async with app.database.transaction() as connection:
            await connection.execute("INSERT INTO nowhere VALUES (1)")

    async def right() -> UUID:
        return await make_lead(app)

    outcomes = await asyncio.gather(*(one() for _ in range(10) for one in (right, wrong)), return_exceptions=True)
    assert [type(one) for one in outcomes[::2]] == [UUID] * 10
    assert all(isinstance(one, Exception) and not isinstance(one, Unavailable) for one in outcomes[1::2])


async def test_parameter_that_cannot_be_encoded_does_not_raise_unavailable(app: AppContext) -> None:
    for value in ("\ud800", 2**70):
        with pytest.raises(Exception) as raised:  # noqa: PT011  (each driver raises its own error)
            await app.database.reading.fetch("SELECT * FROM claim WHERE claimed_at = ?", value)
        assert not isinstance(raised.value, Unavailable)


async def test_locked_or_lost_database_raises_unavailable(database_url: str, clock: Clock) -> None:
    async with open_app_context(database_url, clock) as app:
        if app.database.dialect == "sqlite":
            await app.database.writing.fetch("PRAGMA busy_timeout = 50")
            with closing(sqlite3.connect(sqlite_path(database_url))) as other:
                other.execute("BEGIN IMMEDIATE")
                with pytest.raises(Unavailable):
                    await make_lead(app)
        else:
            with pytest.raises(Unavailable):
                await write_after_losing_the_connection(app.database)
        await make_lead(app)


async def write_after_losing_the_connection(database: Database) -> None:
    async with database.transaction() as connection:
        row = await connection.fetch_one("SELECT pg_backend_pid() AS pid")
        assert row is not None
        await database.reading.fetch("SELECT pg_terminate_backend(?)", row["pid"])
        await connection.execute("UPDATE partner SET name = 'X'")


async def test_read_neither_waits_for_a_transaction_nor_reads_its_writes(app: AppContext, world: World) -> None:
    async with app.unit_of_work(world.rep) as uow:
        await uow.connection.execute("UPDATE partner SET name = 'X' WHERE id = ?", world.acme)
        async with asyncio.timeout(60):
            row = await app.database.reading.fetch_one("SELECT name FROM partner WHERE id = ?", world.acme)
        assert row is not None
        assert row["name"] == "Acme Cloud"
    row = await app.database.reading.fetch_one("SELECT name FROM partner WHERE id = ?", world.acme)
    assert row is not None
    assert row["name"] == "X"
