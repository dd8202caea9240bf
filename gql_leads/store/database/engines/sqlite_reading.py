"""SQLite, only to read: what is short at once, on a connection of the loop's own; what is long in the thread of another."""

import asyncio
import sqlite3
from collections.abc import Sequence
from typing import Final

from gql_leads.store.database.database_errors import translate_errors
from gql_leads.store.database.engines import sqlite
from gql_leads.store.database.engines.sqlite_inline import AtOnce, Rows, timed

SET_UP: Final = ("query_only", "cache_size", "mmap_size", "temp_store")
"""What a connection must be told that writes nothing."""
STEPS_UNASKED: Final = 100_000
"""Of SQLite's machine, about a millisecond, after which it is asked whether anybody still waits for its answer."""


class Question:
    """A statement for the thread. Nobody waits for one whose asker has given up: it ends, or does not begin."""

    def __init__(self, text: str, values: Sequence[object]) -> None:
        self._text = text
        self._values = values
        self.is_given_up = False

    def answer(self, connection: sqlite3.Connection) -> tuple[Rows, float]:
        """Its rows, and the seconds of work that it was."""
        if self.is_given_up:
            return [], 0.0
        connection.set_progress_handler(self._is_given_up, STEPS_UNASKED)
        try:
            return timed(connection, self._text, self._values)
        finally:
            connection.set_progress_handler(None, 0)

    def _is_given_up(self) -> bool:
        return self.is_given_up


@translate_errors
class Client(sqlite.Client):
    """A client of two connections."""

    def __init__(self, file_path: str, **pragmas: object) -> None:
        super().__init__(file_path, **pragmas)
        self._beside: sqlite3.Connection | None = None

    async def create_connection(self, with_db: bool) -> None:
        """Open both, the one in the thread first: it may have to wait for another process."""
        await super().create_connection(with_db)
        if self._beside is None:
            self._beside = sqlite3.connect(self.filename, timeout=0, isolation_level=None)
            for name in SET_UP:
                self._beside.execute(f"PRAGMA {name} = {self.pragmas[name]}")
            self.at_once = AtOnce(self._beside)

    async def close(self) -> None:
        """Close both."""
        if self._beside is not None:
            self._beside.close()
            self._beside = None
        await super().close()

    async def execute_query(self, query: str, values: Sequence[object] | None = None) -> tuple[int, Rows]:
        """Run a statement: how many rows it found, and its rows."""
        self.log.debug("%s: %s", query, values)
        given = values or ()
        if (rows := self.at_once.select(query, given)) is None:
            question = Question(query, given)
            try:
                rows, seconds = await self.connection._execute(question.answer, self.connection._conn)  # type: ignore[no-untyped-call]
            except asyncio.CancelledError:
                question.is_given_up = True
                raise
            self.at_once.learn(query, seconds)
        return len(rows), rows

    async def execute_query_dict(self, query: str, values: Sequence[object] | None = None) -> Rows:
        """Return the rows of a statement as dicts."""
        return (await self.execute_query(query, values))[1]


client_class = Client
