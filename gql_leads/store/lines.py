"""Rows as lines of CSV: copied by PostgreSQL; written in here on SQLite, in a thread and through a connection of their own."""

import csv
import io
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

from gql_leads.store.engines.asyncpg import Client
from gql_leads.store.rows import Row, encode
from gql_leads.store.sql import Sql, numbered

Next = Callable[[str], Sql]
"""What to ask where as many rows were found as were wanted, at the same moment of the database: given the last line's first cell."""


async def copied(client: Client, rows: Sql, wanted: int, then: Next) -> tuple[bytes, Row | None]:
    """The rows as PostgreSQL writes them, and the row that was asked for then."""
    pieces: list[bytes] = []

    async def take(piece: bytes) -> None:
        pieces.append(piece)

    async with client.acquire_connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        told: str = await connection.copy_from_query(numbered(rows.text), *_values(rows), output=take, format="csv")
        found = int(told.removeprefix("COPY "))
        lines, last = _ended(b"".join(pieces), found)
        if found < wanted:
            return lines, None
        asked = then(last)
        return lines, await connection.fetchrow(numbered(asked.text), *_values(asked))


def _ended(lines: bytes, rows: int) -> tuple[bytes, str]:
    """The lines as spreadsheets end them, but for the breaks inside of quotes; and the first cell of the last one."""
    # With as many breaks as rows, none is inside of quotes: splitting takes four times as long.
    parts = [lines] if lines.count(b"\n") == rows else lines.split(b'"')
    outside = b"".join(parts[::2])
    last = outside[outside.rfind(b"\n", 0, -1) + 1 :].partition(b",")[0].decode()
    parts[::2] = [part.replace(b"\n", b"\r\n") for part in parts[::2]]
    return b'"'.join(parts), last


def written(path: str, rows: Sql, wanted: int, then: Next) -> tuple[bytes, Row | None]:
    """The same of an SQLite file. Whoever is cancelled meanwhile leaves nothing open: the connection lasts no longer than this."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript("PRAGMA query_only = ON; PRAGMA mmap_size = 268435456; BEGIN")
        found = connection.execute(rows.text, _values(rows)).fetchall()
        lines = _lines(found)
        if len(found) < wanted:
            return lines, None
        asked = then(found[-1][0])
        connection.row_factory = sqlite3.Row
        last: Row | None = connection.execute(asked.text, _values(asked)).fetchone()
        return lines, last


def _lines(rows: list[tuple[Any, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _values(statement: Sql) -> list[Any]:
    return [encode(value) for value in statement.parameters]
