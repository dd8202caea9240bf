"""SQLite's short statements, run at once in the loop's own thread.

To hand a statement to a connection's thread and to be woken by it takes longer than most statements do, and both threads then fight for the
interpreter. So a SELECT is begun where it is asked for. One that turns out to be long is given up, and begun anew in the thread, where
nobody has to wait for it; so is every statement of its text from then on, until several of them in a row were short.
"""

import sqlite3
import time
from collections.abc import Sequence
from math import inf
from typing import Any, Final

LONGEST: Final = 0.002
"""Seconds of work that everybody else may have to wait for. Not of the clock: on a busy machine that would give up short ones as well."""
LONGEST_WAIT: Final = 0.05
"""Seconds of the clock, for which a slow disk may hold up everybody."""
STEPS: Final = 4_000
"""Of SQLite's machine, between two looks at the clock: a tenth of a millisecond."""
SHORT_AGAIN: Final = 8
"""Short ones in a row, after which a text is no longer taken for long: how long a search takes depends on its term."""
KNOWN: Final = 1_000
"""So many texts are known to be long at most."""
GIVEN_UP: Final = {sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
"""What a SELECT ends with that took too long, or met a lock that it might have waited for."""

Rows = list[dict[str, Any]]


class AtOnce:
    """Runs statements on a connection that no thread is using meanwhile."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._until: float | None = inf
        """The work of this thread at which the statement is given up; None until it is first looked at."""
        self._until_by_the_clock = inf
        self._long: dict[str, int] = {}
        """The texts that are known to be long, and how often each was short since."""
        connection.set_progress_handler(self._is_late, STEPS)

    def select(self, text: str, values: Sequence[object]) -> Rows | None:
        """The rows of a SELECT; None where it is, or turns out to be, one for the thread."""
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
        """What work a statement was in the thread."""
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
        if self._until is None:  # most statements have ended by now, and this clock is slow
            self._until = worked + LONGEST
        return worked > self._until or time.perf_counter() > self._until_by_the_clock


def kind_of(error: sqlite3.Error) -> int | None:
    """The part of an error's code that says its kind; None where it has no code."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def fetched(cursor: sqlite3.Cursor) -> Rows:
    """All rows as dicts, because `sqlite3.Row` looks through all its columns for a name."""
    described = cursor.description  # made anew each time
    if described is None:
        return []
    names = [column[0] for column in described]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def timed(connection: sqlite3.Connection, text: str, values: Sequence[object]) -> tuple[Rows, float]:
    """The rows of a statement, and the seconds of work that it was."""
    started = time.thread_time()
    rows = fetched(connection.execute(text, values))
    return rows, time.thread_time() - started
