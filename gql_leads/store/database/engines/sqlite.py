"""SQLite: transactions take the write lock when they begin, share commits, and give everything back however they end.

A commit to disk is the dearest part of a change. What arrives while another change is being written joins its transaction under a
savepoint, so that a refusal undoes one change and no other, and one commit makes all of them durable. Nobody is told of success before
that commit.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from math import inf
from types import TracebackType
from typing import Any, Final, TypeVar

import aiosqlite
from tortoise.backends.base.client import TransactionContext
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionWrapper, translate_exceptions
from tortoise.exceptions import OperationalError

from gql_leads.domain.errors import Unavailable
from gql_leads.store.database.database_errors import translate_errors
from gql_leads.store.database.engines.sqlite_inline import AtOnce, Rows, fetched, timed

MOST_AT_ONCE: Final = 64
"""So many changes share a commit at most, so that the first of them does not wait for ever."""


MAPPED: Final = 2_147_418_112
"""Bytes of the file that are read where the system has them, as many as SQLite allows; of the rest, a copy is kept in the process."""
READS: Final = ("SELECT", "WITH")
"""What statements begin with that only read."""

Made = TypeVar("Made")
Statement = tuple[str, Sequence[object]]
"""Its text and its parameters."""


def _run(connection: sqlite3.Connection, statements: Sequence[Statement]) -> tuple[int, Rows]:
    before = connection.total_changes
    rows: Rows = []
    for text, values in statements:
        rows = fetched(connection.execute(text, values))
    return connection.total_changes - before, rows


class SharedTransaction:
    """The transaction under way on a client's only connection, and who waits for its commit.

    Short statements are run at once. What may take long, or wait for another process, is run in the connection's thread: cancelled, it goes
    on there, and whatever is sent after it queues up behind it.
    """

    def __init__(self, client: "Client") -> None:
        self._client = client
        self._turn = asyncio.Lock()
        self._arriving = 0
        self._is_open = False
        self._ahead: list[Statement] = []
        self._written: list[asyncio.Future[None]] = []
        self._in_thread = 0
        self._kept_out_at = -inf
        """When another program last kept its lock for as long as it is waited for."""

    async def select(self, text: str, values: Sequence[object]) -> Rows:
        """The rows of a SELECT."""
        if self._in_thread:
            return (await self.run([(text, values)]))[1]
        self._run_ahead()
        if (rows := self._client.at_once.select(text, values)) is not None:
            return rows
        found, seconds = await self._call(timed, text, values)
        self._client.at_once.learn(text, seconds)
        return found

    async def write(self, statements: Sequence[Statement]) -> Rows:
        """Run short statements: the rows of the last."""
        if self._in_thread:
            return (await self.run(statements))[1]
        self._run_ahead()
        return _run(self._client.connection._conn, statements)[1]

    async def run(self, statements: Sequence[Statement]) -> tuple[int, Rows]:
        """Run the statements by one call of the connection's thread: how many rows they changed, and the rows of the last.

        A call costs as much as a statement, so savepoints are begun and released together with whatever is run next.
        """
        statements, self._ahead = [*self._ahead, *statements], []
        return await self._call(_run, statements)

    async def _call(self, function: Callable[..., Made], *arguments: object) -> Made:
        connection = self._client.connection
        running: asyncio.Future[Made] = asyncio.get_running_loop().create_future()
        running.add_done_callback(self._returned)
        self._in_thread += 1
        connection._tx.put_nowait((running, partial(function, connection._conn, *arguments)))
        return await asyncio.shield(running)

    def _returned(self, running: asyncio.Future[Any]) -> None:
        self._in_thread -= 1
        running.exception()  # whoever waited may have been cancelled

    def _run_ahead(self) -> None:
        statements, self._ahead = self._ahead, []
        _run(self._client.connection._conn, statements)

    async def enter(self) -> bool:
        """Wait for one's turn; whether one joined others, and has a savepoint of one's own."""
        self._arriving += 1
        arrived = time.monotonic()
        try:
            await self._turn.acquire()
        except BaseException:
            self._arriving -= 1
            if self._arriving == 0 and self._is_open and not self._turn.locked():
                await self._uninterrupted(self._commit_for_others())
            raise
        self._arriving -= 1
        joins = self._is_open
        try:
            await self._client.create_connection(with_db=True)
            if joins:
                self._ahead.append(("SAVEPOINT change", ()))
            elif self._kept_out_at >= arrived:
                raise Unavailable()  # One wait is enough, or who came at the same time would wait for each other's.
            else:
                await self._begin()
        except BaseException:
            await self._uninterrupted(self._undo(joins))
            raise
        self._is_open = True
        return joins

    async def _begin(self) -> None:
        try:
            # A deferred BEGIN would let two processes read first, and then refuse one of them its write at once.
            await self._send("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            self._kept_out_at = time.monotonic()
            raise

    async def leave(self, *, joined: bool, keep: bool) -> None:
        """End one's part, kept or undone; returns once what is kept is on disk."""
        await self._uninterrupted(self._keep(joined) if keep else self._undo(joined))

    async def _keep(self, joined: bool) -> None:
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        try:
            if joined:
                self._ahead.append(("RELEASE change", ()))
            self._written.append(written)
            if not self._arriving or len(self._written) >= MOST_AT_ONCE:
                await self._commit()
        finally:
            self._turn.release()
        await written

    async def _undo(self, joined: bool) -> None:
        try:
            if joined and self._is_open:
                await self._undo_own_part()
            else:
                await self._rollback()
            if self._is_open and not self._arriving:
                await self._commit()
        finally:
            self._turn.release()

    async def _undo_own_part(self) -> None:
        try:
            await self._send("ROLLBACK TO change", "RELEASE change")
        except sqlite3.Error as error:  # SQLite gave up the whole transaction: a full disk, say
            await self._fail(error)

    async def _commit_for_others(self) -> None:
        async with self._turn:
            if self._is_open and not self._arriving:
                await self._commit()

    async def _commit(self) -> None:
        try:
            await self._send("COMMIT")
        except sqlite3.Error as error:
            await self._fail(error)
            return
        self._is_open = False
        for written in self._taken():
            written.set_result(None)

    async def _fail(self, error: sqlite3.Error) -> None:
        await self._rollback()
        for written in self._taken():
            written.set_exception(OperationalError(error))

    def _taken(self) -> list[asyncio.Future[None]]:
        waiting, self._written = self._written, []
        return [written for written in waiting if not written.done()]

    async def _rollback(self) -> None:
        self._ahead.clear()
        self._is_open = False
        await self._client.connection.rollback()

    async def _send(self, *statements: str) -> None:
        await self.run([(statement, ()) for statement in statements])

    async def _uninterrupted(self, ending: Coroutine[object, object, None]) -> None:
        """Finish it even where whoever waits is cancelled; the cancellation is told afterwards."""
        task = asyncio.ensure_future(ending)
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait([task])
            if not task.cancelled():
                task.exception()
            raise


@translate_errors
class Client(SqliteClient):
    """A client whose changes share transactions."""

    def __init__(self, file_path: str, **pragmas: object) -> None:
        super().__init__(file_path, **pragmas)
        self.shared = SharedTransaction(self)
        self.at_once: AtOnce

    @property
    def connection(self) -> aiosqlite.Connection:
        """The only connection, once it was made."""
        assert self._connection is not None, "whoever entered has made it"
        return self._connection

    async def create_connection(self, with_db: bool) -> None:
        """Connect and set up, as Tortoise does, but such that the loop's thread may use the connection too."""
        if self._connection is not None:
            return
        connection = await aiosqlite.connect(self.filename, isolation_level=None, check_same_thread=False)
        try:
            connection._conn.row_factory = sqlite3.Row
            for name, value in self.pragmas.items():
                await connection.execute_fetchall(f"PRAGMA {name} = {value}")
        except BaseException:
            await connection.close()  # its thread would keep the process from ending
            raise
        self._connection = connection
        self.at_once = AtOnce(connection._conn)

    def _in_transaction(self) -> TransactionContext:
        return ChangeContext(self)


@translate_errors
class Part(SqliteTransactionWrapper):
    """What one change sends its statements through."""

    def __init__(self, client: Client) -> None:
        super().__init__(client)
        self._shared = client.shared

    @translate_exceptions
    async def execute_query(self, query: str, values: Sequence[object] | None = None) -> tuple[int, Rows]:
        """Run a statement: how many rows it changed or found, and its rows."""
        self.log.debug("%s", query)
        if query.startswith(READS):
            rows = await self._shared.select(query, values or ())
            return len(rows), rows
        changed, rows = await self._shared.run([(query, values or ())])
        return changed or len(rows), rows

    async def execute_query_dict(self, query: str, values: Sequence[object] | None = None) -> Rows:
        """The rows of a statement, which can be read by column name."""
        rows: Rows = (await self.execute_query(query, values))[1]
        return rows

    @translate_exceptions
    async def execute_insert(self, query: str, values: Sequence[object]) -> int:
        """Insert one row and return its rowid."""
        self.log.debug("%s", query)
        _, rows = await self._shared.run([(query, values), ("SELECT last_insert_rowid() AS id", ())])
        return int(rows[0]["id"])

    @translate_exceptions
    async def execute_many(self, query: str, values: Sequence[Sequence[object]]) -> None:
        """Run one statement for many rows of parameters."""
        self.log.debug("%s", query)
        await self._shared.run([(query, row) for row in values])

    @translate_exceptions
    async def execute_all(self, statements: Sequence[Statement]) -> Rows:
        """Run statements that each write a row found by its key, one after the other; the rows of the last."""
        for text, _ in statements:
            self.log.debug("%s", text)
        return await self._shared.write(statements)


class ChangeContext(TransactionContext):
    """One change: a transaction of its own, or a part of the one under way."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._joined = False

    async def __aenter__(self) -> Part:
        self._joined = await self._client.shared.enter()
        return Part(self._client)

    async def __aexit__(self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None) -> None:
        await self._client.shared.leave(joined=self._joined, keep=exc_type is None)


client_class = Client
