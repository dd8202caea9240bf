"""SQLite: transactions take the write lock when they begin, share commits, and give everything back however they end.

A commit to disk is the dearest part of a change. What arrives while another change is being written joins its transaction under a
savepoint, so that a refusal undoes one change and no other, and one commit makes all of them durable. Nobody is told of success before
that commit.
"""

import asyncio
import sqlite3
from collections.abc import Coroutine, Iterable, Sequence
from types import TracebackType
from typing import Any, Final

import aiosqlite
from tortoise.backends.base.client import TransactionContext
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionWrapper, translate_exceptions
from tortoise.exceptions import OperationalError

MOST_AT_ONCE: Final = 64
"""So many changes share a commit at most, so that the first of them does not wait for ever."""


Statement = tuple[str, Sequence[object]]
"""Its text and its parameters."""


def _run(connection: sqlite3.Connection, statements: Sequence[Statement]) -> tuple[int, list[dict[str, Any]]]:
    before = connection.total_changes
    for text, values in statements:
        rows = connection.execute(text, values).fetchall()
    return connection.total_changes - before, _as_dicts(rows)


def _as_dicts(rows: Iterable[sqlite3.Row]) -> list[dict[str, Any]]:
    """The rows as dicts, because `sqlite3.Row` looks through all its columns for a name."""
    found = list(rows)
    names = found[0].keys() if found else ()
    return [dict(zip(names, row, strict=True)) for row in found]


class SharedTransaction:
    """The transaction under way on a client's only connection, and who waits for its commit.

    A cancelled statement still runs in the connection's thread; whatever is sent after it queues up behind it there.
    """

    def __init__(self, client: "Client") -> None:
        self._client = client
        self._turn = asyncio.Lock()
        self._arriving = 0
        self._is_open = False
        self._ahead: list[Statement] = []
        self._written: list[asyncio.Future[None]] = []

    async def run(self, statements: Sequence[Statement]) -> tuple[int, list[dict[str, Any]]]:
        """Run the statements by one call of the connection's thread: how many rows they changed, and the rows of the last.

        A call costs as much as a statement, so savepoints are begun and released together with whatever is run next.
        """
        connection = self._client.connection
        statements, self._ahead = [*self._ahead, *statements], []
        found: tuple[int, list[dict[str, Any]]]
        found = await connection._execute(_run, connection._conn, statements)  # type: ignore[no-untyped-call]
        return found

    async def enter(self) -> bool:
        """Wait for one's turn; whether one joined others, and has a savepoint of one's own."""
        self._arriving += 1
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
            else:
                # A deferred BEGIN would let two processes read first, and then refuse one of them its write at once.
                await self._send("BEGIN IMMEDIATE")
        except BaseException:
            await self._uninterrupted(self._undo(joins))
            raise
        self._is_open = True
        return joins

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


class Client(SqliteClient):
    """A client whose changes share transactions."""

    def __init__(self, file_path: str, **pragmas: object) -> None:
        super().__init__(file_path, **pragmas)
        self.shared = SharedTransaction(self)

    @property
    def connection(self) -> aiosqlite.Connection:
        """The only connection, once it was made."""
        assert self._connection is not None, "whoever entered has made it"
        return self._connection

    @translate_exceptions
    async def execute_query(self, query: str, values: list[object] | None = None) -> tuple[int, Sequence[Any]]:
        """Run a statement.

        Nobody waits for another's SELECT: they queue up in the connection's thread, which wakes once for many of them.
        """
        if self._connection is None or not query.startswith(("SELECT", "WITH")):
            done: tuple[int, Sequence[Any]] = await super().execute_query(query, values)
            return done
        self.log.debug("%s: %s", query, values)
        rows = _as_dicts(await self._connection.execute_fetchall(query, values))
        return len(rows), rows

    def _in_transaction(self) -> TransactionContext:
        return ChangeContext(self)


class Part(SqliteTransactionWrapper):
    """What one change sends its statements through."""

    def __init__(self, client: Client) -> None:
        super().__init__(client)
        self._shared = client.shared

    @translate_exceptions
    async def execute_query(self, query: str, values: Sequence[object] | None = None) -> tuple[int, list[dict[str, Any]]]:
        """Run a statement: how many rows it changed or found, and its rows."""
        changed, rows = await self._run([(query, values or ())])
        return changed or len(rows), rows

    async def execute_query_dict(self, query: str, values: Sequence[object] | None = None) -> list[dict[str, Any]]:
        """The rows of a statement, which can be read by column name."""
        rows: list[dict[str, Any]] = (await self.execute_query(query, values))[1]
        return rows

    @translate_exceptions
    async def execute_many(self, query: str, values: Sequence[Sequence[object]]) -> None:
        """Run one statement for many rows of parameters."""
        await self._run([(query, row) for row in values])

    @translate_exceptions
    async def execute_all(self, statements: Sequence[Statement]) -> list[dict[str, Any]]:
        """Run the statements one after the other; the rows of the last."""
        return (await self._run(statements))[1]

    async def _run(self, statements: Sequence[Statement]) -> tuple[int, list[dict[str, Any]]]:
        for text in dict(statements):
            self.log.debug("%s", text)
        return await self._shared.run(statements)


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
