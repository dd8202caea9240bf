"""Rows as lines of CSV: copied by PostgreSQL; written in here on SQLite, in a thread and through a connection of their own."""

import asyncio
import csv
import io
import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any, Final

from gql_leads.store.database.engines.asyncpg import Client
from gql_leads.store.database.engines.sqlite import MAPPED
from gql_leads.store.sql.builder import Sql, numbered
from gql_leads.store.sql.rows import encode_all

ENOUGH: Final = 262_144
"""Bytes of a piece, at least: what is sent in one go."""
MOMENT: Final = 0.001
"""Seconds in which PostgreSQL fills a buffer: it sends 8 KiB at a time, and taking each by itself costs twice as much."""


async def copied(client: Client, rows: Sql) -> Iterator[bytes]:
    """The rows as PostgreSQL writes them, in pieces of whole lines: each comes in a message of its own."""
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
            told: str = await asyncio.shield(copying)
        finally:
            while not copying.done():  # asyncpg loses a connection whose COPY is cancelled
                with suppress(asyncio.CancelledError):
                    await asyncio.wait([copying])
    return _with_carriage_returns(pieces, int(told.removeprefix("COPY ")))


def _with_carriage_returns(pieces: deque[bytearray], rows: int) -> Iterator[bytes]:
    """The lines as spreadsheets end them, but for the breaks inside of quotes."""
    if sum(piece.count(b"\n") for piece in pieces) == rows:  # then none is inside of quotes: splitting takes four times as long
        while pieces:
            yield bytes(pieces.popleft()).replace(b"\n", b"\r\n")
    while pieces:
        parts = pieces.popleft().split(b'"')
        parts[::2] = [part.replace(b"\n", b"\r\n") for part in parts[::2]]
        yield b'"'.join(parts)


def written(path: str, rows: Sql) -> Iterator[bytes]:
    """The same of an SQLite file. Whoever is cancelled meanwhile leaves nothing open: the connection lasts no longer than this."""
    text = io.StringIO()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(f"PRAGMA query_only = ON; PRAGMA mmap_size = {MAPPED}")
        csv.writer(text, lineterminator="\r\n").writerows(connection.execute(rows.text, _values(rows)))
    return iter([text.getvalue().encode()])


def _values(statement: Sql) -> list[Any]:
    return encode_all(statement.parameters)
