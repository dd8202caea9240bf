"""SQLite client for reading: short statements run inline, long ones in the thread of a second connection."""

import asyncio
import sqlite3
from collections.abc import Sequence
from typing import Final

from gql_leads.store.database.database_errors import translate_errors
from gql_leads.store.database.engines import sqlite
from gql_leads.store.database.engines.sqlite_inline import InlineExecutor, Rows, timed

SET_UP: Final = ("query_only", "cache_size", "mmap_size", "temp_store")
"""Pragmas of a connection that only reads."""
STEPS_BETWEEN_CHECKS: Final = 100_000
"""SQLite virtual machine steps, about a millisecond, between two checks whether the statement was cancelled."""


class CancellableQuery:
    """A statement for the thread; cancelling its task interrupts it, or keeps it from starting."""

    def __init__(self, text: str, values: Sequence[object]) -> None:
        self._text = text
        self._values = values
        self.is_cancelled = False

    def answer(self, connection: sqlite3.Connection) -> tuple[Rows, float]:
        """Return the rows and the CPU time in seconds."""
        if self.is_cancelled:
            return [], 0.0
        connection.set_progress_handler(self._is_cancelled, STEPS_BETWEEN_CHECKS)
        try:
            return timed(connection, self._text, self._values)
        finally:
            connection.set_progress_handler(None, 0)

    def _is_cancelled(self) -> bool:
        return self.is_cancelled


@translate_errors
class ReadingClient(sqlite.SharedClient):
    """A client with one connection for inline execution and one for its thread."""

    def __init__(self, file_path: str, **pragmas: object) -> None:
        super().__init__(file_path, **pragmas)
        self._inline_connection: sqlite3.Connection | None = None

    async def create_connection(self, with_db: bool) -> None:
        """Open both connections, the thread's first: it may have to wait for another process."""
        await super().create_connection(with_db)
        if self._inline_connection is None:
            self._inline_connection = sqlite3.connect(self.filename, timeout=0, isolation_level=None)
            for name in SET_UP:
                self._inline_connection.execute(f"PRAGMA {name} = {self.pragmas[name]}")
            self.inline = InlineExecutor(self._inline_connection)

    async def close(self) -> None:
        """Close both connections."""
        if self._inline_connection is not None:
            self._inline_connection.close()
            self._inline_connection = None
        await super().close()

    async def execute_query(self, query: str, values: Sequence[object] | None = None) -> tuple[int, Rows]:
        """Run a statement; return the number of rows and the rows."""
        self.log.debug("%s: %s", query, values)
        parameters = values or ()
        if (rows := self.inline.select(query, parameters)) is None:
            cancellable = CancellableQuery(query, parameters)
            try:
                rows, seconds = await self.connection._execute(cancellable.answer, self.connection._conn)  # type: ignore[no-untyped-call]
            except asyncio.CancelledError:
                cancellable.is_cancelled = True
                raise
            self.inline.learn(query, seconds)
        return len(rows), rows

    async def execute_query_dict(self, query: str, values: Sequence[object] | None = None) -> Rows:
        """Return the rows of a statement as dicts."""
        return (await self.execute_query(query, values))[1]


client_class = ReadingClient
