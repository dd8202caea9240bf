"""PostgreSQL: a pooled connection goes back to its pool however a transaction ends, and nobody waits for a server that hangs."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, TypeVar

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionContext

from gql_leads.store.database.database_errors import translate_errors


class Pooled(asyncpg.Connection):  # type: ignore[misc]  # asyncpg ships no types
    """A connection that is given back without a statement: nothing of ours outlives its transaction, which giving back ends."""

    def get_reset_query(self) -> str:
        """Reset nothing: it would be a second journey for every statement."""
        return ""


SENT_AT_ONCE: Final = 100_000
"""Bytes of parameters, at most: asyncpg's executemany sends four buffers of 32 KiB before it waits."""
AT_HAND_LASTS: Final = 0.25
"""Seconds after which a connection that is not in use goes back into the pool, at most."""
GONE: Final = (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What a connection that was lost or given up answers."""


Made = TypeVar("Made")


class Asking(AsyncpgDBClient):
    """Asks for rows, and takes them as asyncpg has them."""

    async def fetch(self, query: str, values: list[object]) -> list[asyncpg.Record]:
        """The rows of a statement."""
        self.log.debug("%s: %s", query, values)
        async with self.acquire_connection() as connection:
            rows: list[asyncpg.Record] = await connection.fetch(query, *values)
            return rows


@translate_errors
class Part(Asking, TransactionWrapper):
    """What one transaction sends its statements through."""

    async def execute_many(self, query: str, values: list[list[object]]) -> None:
        """Run one statement for many rows of parameters."""
        for part in _sendable(values):
            await TransactionWrapper.execute_many(self, query, part)


class SafeTransactionContext(TransactionContext):
    """One transaction on one connection of the pool. Giving a connection back rolls back whatever is open on it."""

    def __init__(self, client: "Client") -> None:
        self._client = client
        self._transaction: Part | None = None

    async def __aenter__(self) -> Part:
        self._connection = await self._client.take()
        try:
            self._transaction = Part(self._client)
            self._transaction._connection = self._connection
            await self._transaction.begin()
        except BaseException:
            await self._give_back()
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
                with suppress(*GONE):  # and so is what was open on it
                    await self._transaction.rollback()
        finally:
            await (self._client.lay_down(self._connection) if is_committed else self._give_back())

    async def _give_back(self) -> None:
        giving = asyncio.ensure_future(self._client.give_back(self._connection))
        try:
            await asyncio.shield(giving)
        except asyncio.CancelledError:
            await asyncio.wait([giving])
            raise


@translate_errors
class Client(Asking):
    """A client whose transactions survive cancellation, and who can be told that the server hangs."""

    connection_class = Pooled

    def __init__(self, **credentials: Any) -> None:
        super().__init__(**credentials)
        self._is_given_up = False
        self._places = asyncio.Semaphore(self.pool_maxsize)
        """One for each connection of the pool: so that nobody waits there while one is at hand."""
        self._waiting: set[asyncio.Timeout] = set()
        self._lent: set[asyncpg.pool.PoolConnectionProxy] = set()
        self._at_hand: list[asyncpg.pool.PoolConnectionProxy] = []
        """Those of the lent that nobody uses: asyncpg's pool takes a task and a turn of the loop to put one back."""
        self._putting_back: asyncio.TimerHandle | None = None
        self._tidying: asyncio.Task[None] | None = None

    async def pool(self) -> asyncpg.Pool:
        """The pool, opened where it is not: once, however many ask for it at first."""
        async with self._pool_init_lock:
            if self._pool is None:
                await self.create_connection(with_db=True)
        assert self._pool is not None, "it was just made"
        return self._pool

    async def take(self) -> asyncpg.pool.PoolConnectionProxy:
        """Take a connection that is at hand, or else out of the pool, in one's turn; ConnectionError where the server hangs."""
        if self._places.locked():
            await self._waited_for(self._places.acquire)
        else:
            await self._places.acquire()  # which does not wait
        try:
            return self._at_hand.pop() if await self._is_any_at_hand() else await self._waited_for(self._acquired)
        except BaseException:
            self._places.release()
            raise

    async def lay_down(self, connection: asyncpg.pool.PoolConnectionProxy) -> None:
        """Keep a connection on which nothing is under way at hand, for whoever is next."""
        if not _is_open(connection):
            await self.give_back(connection)
            return
        self._at_hand.append(connection)
        if self._putting_back is None:
            self._putting_back = asyncio.get_running_loop().call_later(AT_HAND_LASTS, self._tidy)
        self._places.release()

    async def give_back(self, connection: asyncpg.pool.PoolConnectionProxy) -> None:
        """Put a connection back into the pool."""
        try:
            await self._put_back(connection)
        finally:
            self._places.release()

    async def _waited_for(self, step: Callable[[], Awaitable[Made]]) -> Made:
        """What comes of a step, unless the server hangs or is given up meanwhile."""
        if self._is_given_up:
            raise ConnectionError("The server answers nothing.")
        async with asyncio.timeout(None) as waiting:
            self._waiting.add(waiting)
            try:
                return await step()
            finally:
                self._waiting.discard(waiting)

    async def _acquired(self) -> asyncpg.pool.PoolConnectionProxy:
        connection = await (await self.pool()).acquire()
        self._lent.add(connection)
        return connection

    async def _is_any_at_hand(self) -> bool:
        """Whether the last of those at hand can be used; those that were lost are put back."""
        while self._at_hand and not _is_open(self._at_hand[-1]):
            await self._put_back(self._at_hand.pop())
        return bool(self._at_hand)

    async def _put_back(self, connection: asyncpg.pool.PoolConnectionProxy) -> None:
        self._lent.discard(connection)
        if self._pool is not None:  # else it was closed meanwhile
            await self._pool.release(connection)

    @property
    def at_hand(self) -> int:
        """How many connections are out of the pool and not in use."""
        return len(self._at_hand)

    async def close(self) -> None:
        """Put everything back, and close the pool."""
        if self._putting_back is not None:
            self._putting_back.cancel()
            self._putting_back = None
        await self._put_all_back()
        await super().close()

    def _tidy(self) -> None:
        self._putting_back = None
        self._tidying = asyncio.ensure_future(self._put_all_back())

    async def _put_all_back(self) -> None:
        """Put back what is at hand, so that the pool closes what is idle or old."""
        while self._at_hand:
            await self._put_back(self._at_hand.pop())

    def give_up(self) -> bool:
        """Let nobody wait for the server any more, and refuse whoever comes; whether that is new."""
        is_new, self._is_given_up = not self._is_given_up, True
        for waiting in self._waiting:
            waiting.reschedule(0)
        for connection in list(self._lent):
            with suppress(asyncpg.InterfaceError):  # it was lost before
                connection.terminate()
        return is_new

    async def come_back(self) -> bool:
        """Let everybody in again, on connections made anew; whether they were refused before."""
        was_given_up, self._is_given_up = self._is_given_up, False
        if was_given_up:
            await self._expire_connections()
        return was_given_up

    async def connection_apart(self, name: str, timeout: float) -> asyncpg.Connection:
        """A connection that does not belong to the pool."""
        settings = {"application_name": name}
        return await asyncpg.connect(
            host=self.host, port=self.port, user=self.user, password=self.password, database=self.database,
            timeout=timeout, server_settings=settings, ssl=self.extra.get("ssl"),
        )  # fmt: skip

    def acquire_connection(self) -> "Lease":  # type: ignore[override]
        """A connection of the pool for one statement."""
        return Lease(self)

    def _in_transaction(self) -> TransactionContext:
        return SafeTransactionContext(self)


class Lease:
    """A connection of the pool while a block lasts."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def __aenter__(self) -> asyncpg.pool.PoolConnectionProxy:
        self._connection = await self._client.take()
        return self._connection

    async def __aexit__(self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None) -> None:
        if exc_type is None:
            await self._client.lay_down(self._connection)
        else:
            await self._client.give_back(self._connection)


def _sendable(rows: list[list[object]]) -> Iterator[list[list[object]]]:
    """Split the rows into parts that asyncpg sends without waiting.

    If it is cancelled while it waits between two sends, it waits for the answer to a message that it never sent.
    """
    part: list[list[object]] = []
    size = 0
    for row in rows:
        more = sum(16 + 4 * len(value) if isinstance(value, str | bytes) else 24 for value in row)
        if part and size + more > SENT_AT_ONCE:
            yield part
            part, size = [], 0
        part.append(row)
        size += more
    yield part


def _is_open(connection: asyncpg.pool.PoolConnectionProxy) -> bool:
    return connection._con is not None and not connection._con.is_closed()  # one that was lost is no connection any more


client_class = Client
