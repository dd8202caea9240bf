"""Inline execution: run SQLite's short SELECTs in the event loop's own thread.

Handing a statement to the connection's thread and being woken by it takes longer than most statements do. So a SELECT starts inline. One
that takes too long is interrupted and started again in the thread; later statements with its text go to the thread at once, until
several of them in a row were short.

measured: without inline execution, CPU a request ×1.28 (Q1) and ×1.17 (Q3), claims a second ÷1.38.
"""

import sqlite3
import time
from collections.abc import Sequence
from math import inf
from typing import Any, Final

LONGEST: Final = 0.002
"""Seconds of CPU time that a statement may block the event loop.

CPU time, because a busy machine would interrupt short statements.
"""
LONGEST_WAIT: Final = 0.05
"""Seconds of wall-clock time that a slow disk may block the event loop."""
STEPS: Final = 4_000
"""SQLite virtual machine steps between two checks of the time, about 0.1 ms."""
SHORT_AGAIN: Final = 8
"""Short executions in a row after which a text no longer counts as long.

The time of a search depends on its term.
"""
KNOWN: Final = 1_000
"""Largest number of texts remembered as long."""
GIVEN_UP: Final = {sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
"""Error codes of a SELECT that was interrupted, or that met a lock for which it could wait in the thread."""

Rows = list[dict[str, Any]]


class InlineExecutor:
    """Runs statements on a connection that no thread uses meanwhile."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._until: float | None = inf
        """CPU time at which the statement is interrupted; None until the first check."""
        self._until_by_the_clock = inf
        self._long: dict[str, int] = {}
        """Texts of long statements, and how many times in a row each was short since."""
        connection.set_progress_handler(self._is_late, STEPS)

    def select(self, text: str, values: Sequence[object]) -> Rows | None:
        """Return the rows of a SELECT; None if it must run in the thread."""
        if text in self._long:
            return None
        self._until, self._until_by_the_clock = None, time.perf_counter() + LONGEST_WAIT
        try:
            return fetched(self._connection.execute(text, values))
        except sqlite3.OperationalError as error:
            if kind_of(error) not in GIVEN_UP:
                raise
            self._note(text)
            return None
        finally:
            self._until = self._until_by_the_clock = inf

    def learn(self, text: str, seconds: float) -> None:
        """Record the CPU time of a statement that ran in the thread."""
        if text in self._long:
            self._long[text] = self._long[text] + 1 if seconds < LONGEST else 0
            if self._long[text] == SHORT_AGAIN:
                del self._long[text]

    def _note(self, text: str) -> None:
        if len(self._long) >= KNOWN:
            self._long.clear()
        self._long[text] = 0

    def _is_late(self) -> bool:
        worked = time.thread_time()
        if self._until is None:  # most statements have ended by now, and reading this clock is slow
            self._until = worked + LONGEST
        return worked > self._until or time.perf_counter() > self._until_by_the_clock


def kind_of(error: sqlite3.Error) -> int | None:
    """Return an error's primary result code; None if it has none."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def fetched(cursor: sqlite3.Cursor) -> Rows:
    """Return all rows as dicts; `sqlite3.Row` searches its columns linearly for a name."""
    described = cursor.description  # sqlite3 builds the description at each access
    if described is None:
        return []
    names = [column[0] for column in described]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def timed(connection: sqlite3.Connection, text: str, values: Sequence[object]) -> tuple[Rows, float]:
    """Return the rows of a statement and its CPU time in seconds."""
    started = time.thread_time()
    rows = fetched(connection.execute(text, values))
    return rows, time.thread_time() - started
