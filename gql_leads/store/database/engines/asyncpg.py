"""PostgreSQL client: a connection returns to its pool however a transaction ends.

No task waits for a server that hangs.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, TypeVar

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionContext

from gql_leads.store.database.database_errors import translate_errors


class UnresetConnection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg ships no types
    """A pooled connection that needs no reset query: all its state ends with the transaction."""

    def get_reset_query(self) -> str:
        """Return no reset query: it would cost a second round trip for every statement."""
        return ""


MAX_BATCH_BYTES: Final = 100_000
"""Largest size of parameters in bytes: asyncpg's executemany sends four buffers of 32 KiB before it waits."""
IDLE_SECONDS: Final = 0.25
"""Seconds after which an idle connection returns to the pool, at most."""
GONE: Final = (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""Errors of a connection that was lost or closed."""


Made = TypeVar("Made")


class RecordClient(AsyncpgDBClient):
    """A client that returns asyncpg's rows unchanged."""

    async def fetch(self, query: str, values: list[object]) -> list[asyncpg.Record]:
        """Return the rows of a statement."""
        self.log.debug("%s: %s", query, values)
        async with self.acquire_connection() as connection:
            rows: list[asyncpg.Record] = await connection.fetch(query, *values)
            return rows


@translate_errors
class TransactionClient(RecordClient, TransactionWrapper):
    """The client of one transaction."""

    async def execute_many(self, query: str, values: list[list[object]]) -> None:
        """Run one statement once for each row of parameters."""
        for part in _sendable(values):
            await TransactionWrapper.execute_many(self, query, part)


class SafeTransactionContext(TransactionContext):
    """One transaction on one pooled connection; returning the connection rolls back an open transaction."""

    def __init__(self, client: "PoolClient") -> None:
        self._client = client
        self._transaction: TransactionClient | None = None

    async def __aenter__(self) -> TransactionClient:
        self._connection = await self._client.take()
        try:
            self._transaction = TransactionClient(self._client)
            self._transaction._connection = self._connection
            await self._transaction.begin()
            if self._client.transaction_settings:
                await self._connection.execute(self._client.transaction_settings)
        except BaseException:
            await self._discard()
            raise
        return self._transaction

    async def __aexit__(self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None) -> None:
        assert self._transaction is not None, "it was begun"
        is_committed = False
        try:
            if exc_type is None:
                await self._transaction.commit()
                is_committed = True
            else:
                with suppress(*GONE):  # the open transaction is lost with it
                    await self._transaction.rollback()
        finally:
            await (self._client.release(self._connection) if is_committed else self._discard())

    async def _discard(self) -> None:
        giving = asyncio.ensure_future(self._client.discard(self._connection))
        try:
            await asyncio.shield(giving)
        except asyncio.CancelledError:
            await asyncio.wait([giving])
            raise


@translate_errors
class PoolClient(RecordClient):
    """A client whose transactions survive cancellation, and that can refuse work while the server hangs."""

    connection_class = UnresetConnection

    def __init__(self, *, transaction_settings: Mapping[str, str] | None = None, **credentials: Any) -> None:
        super().__init__(**credentials)
        self.transaction_settings = "; ".join(f"SET LOCAL {name} = '{value}'" for name, value in (transaction_settings or {}).items())
        """Statements that begin each transaction if sessions are shared, as PgBouncer does in transaction mode; else empty."""
        self._is_unresponsive = False
        self._slots = asyncio.Semaphore(self.pool_maxsize)
        """One permit for each connection of the pool, so that no task waits in the pool while a connection is idle."""
        self._waiting: set[asyncio.Timeout] = set()
        self._borrowed: set[asyncpg.pool.PoolConnectionProxy] = set()
        self._idle: list[asyncpg.pool.PoolConnectionProxy] = []
        """Idle connections kept outside asyncpg's pool.

        Returning one to the pool takes a task and an iteration of the event loop.
        """
        self._return_timer: asyncio.TimerHandle | None = None
        self._return_task: asyncio.Task[None] | None = None

    async def pool(self) -> asyncpg.Pool:
        """The pool; opened at first use, once for all callers."""
        async with self._pool_init_lock:
            if self._pool is None:
                await self.create_connection(with_db=True)
        assert self._pool is not None, "it was just made"
        return self._pool

    async def take(self) -> asyncpg.pool.PoolConnectionProxy:
        """Take an idle connection, or one of the pool, in turn; raise ConnectionError while the server hangs."""
        if self._slots.locked():
            await self._await_unless_unresponsive(self._slots.acquire)
        else:
            await self._slots.acquire()  # this acquire does not wait
        try:
            return self._idle.pop() if await self._has_open_idle() else await self._await_unless_unresponsive(self._acquire_from_pool)
        except BaseException:
            self._slots.release()
            raise

    async def release(self, connection: asyncpg.pool.PoolConnectionProxy) -> None:
        """Keep a connection without a statement under way for the next caller."""
        if not _is_open(connection):
            await self.discard(connection)
            return
        self._idle.append(connection)
        if self._return_timer is None:
            self._return_timer = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._schedule_return)
        self._slots.release()

    async def discard(self, connection: asyncpg.pool.PoolConnectionProxy) -> None:
        """Return a connection to the pool."""
        try:
            await self._return_to_pool(connection)
        finally:
            self._slots.release()

    async def _await_unless_unresponsive(self, step: Callable[[], Awaitable[Made]]) -> Made:
        """Await a step; raise ConnectionError if the server hangs or is given up meanwhile."""
        if self._is_unresponsive:
            raise ConnectionError("The server answers nothing.")
        async with asyncio.timeout(None) as waiting:
            self._waiting.add(waiting)
            try:
                return await step()
            finally:
                self._waiting.discard(waiting)

    async def _acquire_from_pool(self) -> asyncpg.pool.PoolConnectionProxy:
        connection = await (await self.pool()).acquire()
        self._borrowed.add(connection)
        return connection

    async def _has_open_idle(self) -> bool:
        """Return whether the newest idle connection is usable; return lost ones to the pool."""
        while self._idle and not _is_open(self._idle[-1]):
            await self._return_to_pool(self._idle.pop())
        return bool(self._idle)

    async def _return_to_pool(self, connection: asyncpg.pool.PoolConnectionProxy) -> None:
        self._borrowed.discard(connection)
        if self._pool is not None:  # otherwise it was closed meanwhile
            await self._pool.release(connection)

    @property
    def idle(self) -> int:
        """The number of idle connections outside the pool."""
        return len(self._idle)

    async def close(self) -> None:
        """Return all connections and close the pool."""
        if self._return_timer is not None:
            self._return_timer.cancel()
            self._return_timer = None
        await self._return_idle()
        await super().close()

    def _schedule_return(self) -> None:
        self._return_timer = None
        self._return_task = asyncio.ensure_future(self._return_idle())

    async def _return_idle(self) -> None:
        """Return the idle connections, so that the pool closes old ones."""
        while self._idle:
            await self._return_to_pool(self._idle.pop())

    def mark_unresponsive(self) -> bool:
        """Cancel everything that waits for the server and refuse new work; return False if that was so already."""
        is_new, self._is_unresponsive = not self._is_unresponsive, True
        for waiting in self._waiting:
            waiting.reschedule(0)
        for connection in list(self._borrowed):
            with suppress(asyncpg.InterfaceError):  # the connection was lost before
                connection.terminate()
        return is_new

    async def mark_responsive(self) -> bool:
        """Accept work again on new connections; return False if work was accepted already."""
        was_given_up, self._is_unresponsive = self._is_unresponsive, False
        if was_given_up:
            await self._expire_connections()
        return was_given_up

    def acquire_connection(self) -> "PooledConnection":  # type: ignore[override]
        """Return a pooled connection for one statement."""
        return PooledConnection(self)

    def _in_transaction(self) -> TransactionContext:
        return SafeTransactionContext(self)


class PooledConnection:
    """Context manager: a pooled connection for a block, in a transaction if sessions are shared.

    Asyncpg prepares and executes a statement in two steps, which PgBouncer would otherwise send to different sessions.
    """

    def __init__(self, client: PoolClient) -> None:
        self._client = client

    async def __aenter__(self) -> asyncpg.pool.PoolConnectionProxy:
        self._connection = await self._client.take()
        if self._client.transaction_settings:
            try:
                await self._connection.execute(f"BEGIN; {self._client.transaction_settings}")
            except BaseException:
                await self._client.discard(self._connection)
                raise
        return self._connection

    async def __aexit__(self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None) -> None:
        is_finished = False
        try:
            if self._client.transaction_settings:
                with suppress(*(GONE if exc_type else ())):
                    await self._connection.execute("COMMIT" if exc_type is None else "ROLLBACK")
            is_finished = exc_type is None
        finally:
            await (self._client.release(self._connection) if is_finished else self._client.discard(self._connection))


def _sendable(rows: list[list[object]]) -> Iterator[list[list[object]]]:
    """Split the rows into parts that asyncpg sends without waiting.

    Cancelled between two sends, asyncpg would wait for the answer to a message that it never sent.
    """
    part: list[list[object]] = []
    size = 0
    for row in rows:
        more = sum(16 + 4 * len(value) if isinstance(value, str | bytes) else 24 for value in row)
        if part and size + more > MAX_BATCH_BYTES:
            yield part
            part, size = [], 0
        part.append(row)
        size += more
    yield part


def _is_open(connection: asyncpg.pool.PoolConnectionProxy) -> bool:
    return connection._con is not None and not connection._con.is_closed()  # a lost connection has no protocol


client_class = PoolClient
