"""SQLite, only to read: what is short at once, on a connection of the loop's own; what is long in the thread of another."""

import sqlite3
from collections.abc import Sequence
from typing import Final

from tortoise.backends.sqlite.client import translate_exceptions

from gql_leads.store.engines import sqlite
from gql_leads.store.engines.at_once import AtOnce, Rows, timed

SET_UP: Final = ("query_only", "cache_size", "mmap_size", "temp_store")
"""What a connection must be told that writes nothing."""


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
            self._at_once = AtOnce(self._beside)

    async def close(self) -> None:
        """Close both."""
        if self._beside is not None:
            self._beside.close()
            self._beside = None
        await super().close()

    @translate_exceptions
    async def execute_query(self, query: str, values: Sequence[object] | None = None) -> tuple[int, Rows]:
        """Run a statement: how many rows it found, and its rows."""
        self.log.debug("%s: %s", query, values)
        given = values or ()
        if (rows := self._at_once.select(query, given)) is None:
            rows, seconds = await self.connection._execute(timed, self.connection._conn, query, given)  # type: ignore[no-untyped-call]
            self._at_once.learn(query, seconds)
        return len(rows), rows


client_class = Client
