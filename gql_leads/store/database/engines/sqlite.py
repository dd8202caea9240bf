"""SQLite client: transactions take the write lock at BEGIN and share commits.

A transaction releases its lock and its connection however it ends.

A commit to disk costs more than all else in a write. Units of work that arrive during a write join its transaction under a savepoint,
so that a refusal undoes one of them only, and one commit makes all of them durable. None succeeds before that commit.
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
from gql_leads.store.database.engines.sqlite_inline import InlineExecutor, Rows, fetched, timed

MAX_SHARED_CHANGES: Final = 64
"""Largest number of units of work that share a commit, which bounds the wait of the first."""


MAPPED: Final = 2_147_418_112
"""Bytes of the file that are memory-mapped, the most that SQLite allows; the rest is read into the page cache."""
READS: Final = ("SELECT", "WITH")
"""First words of statements that only read."""

Made = TypeVar("Made")
Statement = tuple[str, Sequence[object]]
"""The text of a statement and its parameters."""


def _run(connection: sqlite3.Connection, statements: Sequence[Statement]) -> tuple[int, Rows]:
    before = connection.total_changes
    rows: Rows = []
    for text, values in statements:
        rows = fetched(connection.execute(text, values))
    return connection.total_changes - before, rows


class SharedTransaction:
    """The transaction under way on a client's only write connection, and the tasks that wait for its commit.

    Short statements run in the event loop's thread. A statement that may take long or wait for another process runs in the connection's
    thread: if its task is cancelled it continues there, and later statements queue behind it.
    """

    def __init__(self, client: "SharedClient") -> None:
        self._client = client
        self._turn = asyncio.Lock()
        self._arriving = 0
        self._is_open = False
        self._pending: list[Statement] = []
        self._written: list[asyncio.Future[None]] = []
        self._in_thread = 0
        self._locked_out_at = -inf
        """Time at which another program last held its lock longer than the busy timeout."""

    async def select(self, text: str, values: Sequence[object]) -> Rows:
        """Return the rows of a SELECT."""
        if self._in_thread:
            return (await self.run([(text, values)]))[1]
        self._run_pending()
        if (rows := self._client.inline.select(text, values)) is not None:
            return rows
        found, seconds = await self._call(timed, text, values)
        self._client.inline.learn(text, seconds)
        return found

    async def write(self, statements: Sequence[Statement]) -> Rows:
        """Run short statements; return the rows of the last."""
        if self._in_thread:
            return (await self.run(statements))[1]
        self._run_pending()
        return _run(self._client.connection._conn, statements)[1]

    async def run(self, statements: Sequence[Statement]) -> tuple[int, Rows]:
        """Run statements by one call of the connection's thread; return the changed rows' count and the last rows.

        A call costs as much as a statement, so savepoints are opened and released together with the next statement.
        """
        statements, self._pending = [*self._pending, *statements], []
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
        running.exception()  # the waiting task may have been cancelled

    def _run_pending(self) -> None:
        statements, self._pending = self._pending, []
        _run(self._client.connection._conn, statements)

    async def enter(self) -> bool:
        """Wait for one's turn; return whether it joined an open transaction and has a savepoint of its own."""
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
                self._pending.append(("SAVEPOINT change", ()))
            elif self._locked_out_at >= arrived:
                raise Unavailable()  # One wait is enough: tasks that arrive together would otherwise wait one after the other.
            else:
                await self._begin()
        except BaseException:
            await self._uninterrupted(self._undo(joins))
            raise
        self._is_open = True
        return joins

    async def _begin(self) -> None:
        try:
            # A deferred BEGIN lets two processes read first and then refuses the write of one at once.
            await self._send("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            self._locked_out_at = time.monotonic()
            raise

    async def leave(self, *, joined: bool, keep: bool) -> None:
        """End one's part, committed or undone; return once a commit is on disk."""
        await self._uninterrupted(self._keep(joined) if keep else self._undo(joined))

    async def _keep(self, joined: bool) -> None:
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        try:
            if joined:
                self._pending.append(("RELEASE change", ()))
            self._written.append(written)
            if not self._arriving or len(self._written) >= MAX_SHARED_CHANGES:
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
        except sqlite3.Error as error:  # SQLite rolled back the whole transaction, for instance because the disk is full
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
        self._pending.clear()
        self._is_open = False
        await self._client.connection.rollback()

    async def _send(self, *statements: str) -> None:
        await self.run([(statement, ()) for statement in statements])

    async def _uninterrupted(self, ending: Coroutine[object, object, None]) -> None:
        """Finish a step even if the waiting task is cancelled; raise the cancellation afterwards."""
        task = asyncio.ensure_future(ending)
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait([task])
            if not task.cancelled():
                task.exception()
            raise


@translate_errors
class SharedClient(SqliteClient):
    """A client whose units of work share transactions."""

    def __init__(self, file_path: str, **pragmas: object) -> None:
        super().__init__(file_path, **pragmas)
        self.shared = SharedTransaction(self)
        self.inline: InlineExecutor

    @property
    def connection(self) -> aiosqlite.Connection:
        """The only connection, once it is open."""
        assert self._connection is not None, "whoever entered has made it"
        return self._connection

    async def create_connection(self, with_db: bool) -> None:
        """Connect as Tortoise does, but allow the event loop's thread to use the connection too."""
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
        self.inline = InlineExecutor(connection._conn)

    def _in_transaction(self) -> TransactionContext:
        return ChangeContext(self)


@translate_errors
class TransactionClient(SqliteTransactionWrapper):
    """The client of one unit of work."""

    def __init__(self, client: SharedClient) -> None:
        super().__init__(client)
        self._shared = client.shared

    @translate_exceptions
    async def execute_query(self, query: str, values: Sequence[object] | None = None) -> tuple[int, Rows]:
        """Run a statement; return the number of rows that it changed or found, and its rows."""
        self.log.debug("%s", query)
        if query.startswith(READS):
            rows = await self._shared.select(query, values or ())
            return len(rows), rows
        changed, rows = await self._shared.run([(query, values or ())])
        return changed or len(rows), rows

    async def execute_query_dict(self, query: str, values: Sequence[object] | None = None) -> Rows:
        """Return the rows of a statement as dicts."""
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
        """Run one statement once for each row of parameters."""
        self.log.debug("%s", query)
        await self._shared.run([(query, row) for row in values])

    @translate_exceptions
    async def execute_all(self, statements: Sequence[Statement]) -> Rows:
        """Run writes of rows that are found by key, in order; return the rows of the last."""
        for text, _ in statements:
            self.log.debug("%s", text)
        return await self._shared.write(statements)


class ChangeContext(TransactionContext):
    """One unit of work: a transaction of its own, or a savepoint in the one under way."""

    def __init__(self, client: SharedClient) -> None:
        self._client = client
        self._joined = False

    async def __aenter__(self) -> TransactionClient:
        self._joined = await self._client.shared.enter()
        return TransactionClient(self._client)

    async def __aexit__(self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None) -> None:
        await self._client.shared.leave(joined=self._joined, keep=exc_type is None)


client_class = SharedClient
