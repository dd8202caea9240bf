"""Rows of a SELECT on SQLite, passed to a function in pieces while they are read."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any, Final

from gql_leads.store.database.engines.sqlite import MAPPED
from gql_leads.store.sql.builder import Sql
from gql_leads.store.sql.rows import encode_all

PIECE: Final = 5_000
"""Rows of one piece, which take about 10 ms."""
STEPS_BETWEEN_CHECKS: Final = 100_000
"""SQLite virtual machine steps between two checks whether the scan was cancelled, for a SELECT that finds few rows."""

Take = Callable[[Sequence[tuple[Any, ...]]], None]


class Scan:
    """A SELECT that is read in a thread of its own, and can be cancelled from another thread."""

    def __init__(self, path: str, rows: Sql, take: Take) -> None:
        self._path = path
        self._rows = rows
        self._take = take
        self._is_cancelled = False

    def run(self) -> None:
        """Pass each piece of the rows to the function. It opens a connection of its own and closes it."""
        with closing(sqlite3.connect(self._path, isolation_level=None)) as connection:
            connection.executescript(f"PRAGMA query_only = ON; PRAGMA mmap_size = {MAPPED}")
            connection.set_progress_handler(lambda: self._is_cancelled, STEPS_BETWEEN_CHECKS)
            cursor = connection.execute(self._rows.text, encode_all(self._rows.parameters))
            while not self._is_cancelled and (piece := cursor.fetchmany(PIECE)):
                self._take(piece)

    def cancel(self) -> None:
        """End the scan soon."""
        self._is_cancelled = True
