"""Rows as lines of CSV, by COPY on PostgreSQL and by Python's csv module on SQLite.

Raw SQL because an export streams whole tables: `make bench` (export) compares it with psql's COPY and with sqlite3 and csv alone.
"""

import asyncio
import csv
import io
import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any, Final

from gql_leads.store.database.engines.asyncpg import PoolClient
from gql_leads.store.database.engines.sqlite import MAPPED
from gql_leads.store.sql.builder import Sql, numbered
from gql_leads.store.sql.rows import encode_all

ENOUGH: Final = 262_144
"""Smallest size of a piece in bytes."""
MOMENT: Final = 0.001
"""Seconds to wait between two reads.

Asyncpg delivers 8 KiB at a time, and reading each one alone doubles the cost.
"""


async def copy_rows(client: PoolClient, rows: Sql) -> Iterator[bytes]:
    """Return the rows as PostgreSQL's COPY writes them, in pieces of whole lines."""
    pieces: deque[bytearray] = deque()

    async def take(lines: bytes) -> None:
        if pieces and len(pieces[-1]) < ENOUGH:
            pieces[-1] += lines
        else:
            pieces.append(bytearray(lines))
        await asyncio.sleep(MOMENT)

    async with client.acquire_connection() as connection:
        copying = asyncio.ensure_future(connection.copy_from_query(numbered(rows.text), *_values(rows), output=take, format="csv"))
        try:
            status: str = await asyncio.shield(copying)
        finally:
            while not copying.done():  # asyncpg loses a connection whose COPY is cancelled
                with suppress(asyncio.CancelledError):
                    await asyncio.wait([copying])
    return _with_carriage_returns(pieces, int(status.removeprefix("COPY ")))


def _with_carriage_returns(pieces: deque[bytearray], rows: int) -> Iterator[bytes]:
    """End the lines with CR LF, except for line breaks inside quotes."""
    if sum(piece.count(b"\n") for piece in pieces) == rows:  # no line break is inside quotes: splitting at quotes takes four times as long
        while pieces:
            yield bytes(pieces.popleft()).replace(b"\n", b"\r\n")
    while pieces:
        parts = pieces.popleft().split(b'"')
        parts[::2] = [part.replace(b"\n", b"\r\n") for part in parts[::2]]
        yield b'"'.join(parts)


def format_rows(path: str, rows: Sql) -> Iterator[bytes]:
    """Return the rows of an SQLite file as CSV. The function opens a connection of its own and closes it."""
    text = io.StringIO()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(f"PRAGMA query_only = ON; PRAGMA mmap_size = {MAPPED}")
        csv.writer(text, lineterminator="\r\n").writerows(connection.execute(rows.text, _values(rows)))
    return iter([text.getvalue().encode()])


def _values(statement: Sql) -> list[Any]:
    return encode_all(statement.parameters)
