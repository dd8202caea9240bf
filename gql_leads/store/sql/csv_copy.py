"""Rows as lines of CSV, by COPY on PostgreSQL and by Python's csv module on SQLite.

Both quote a cell that contains a comma, a quote or a line break. A cell with a semicolon or a tab, or with a space at an end, is quoted
afterwards: spreadsheets of some countries separate cells at semicolons, and other programs separate at tabs or remove outer spaces.

Raw SQL because an export streams whole tables: `make bench` (export) compares it with psql's COPY and with sqlite3 and csv alone.
"""

import asyncio
import csv
import io
import re
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
_TO_QUOTE: Final = re.compile(rb"(?<![^,\n])(?:[^,\r\n]*[;\t][^,\r\n]*| [^,\r\n]*|[^,\r\n]* )(?![^,\r\n])")
"""A whole cell that has to be quoted, in text without quotes."""


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
            await asyncio.shield(copying)
        finally:
            while not copying.done():  # asyncpg loses a connection whose COPY is cancelled
                with suppress(asyncio.CancelledError):
                    await asyncio.wait([copying])
    return _finish(pieces)


def _finish(pieces: deque[bytearray]) -> Iterator[bytes]:
    """Quote the cells that COPY leaves unquoted, and end the lines with CR LF."""
    while pieces:
        yield _quote(bytes(pieces.popleft()), b"\n")


def _quote(lines: bytes, line_end: bytes) -> bytes:
    """Quote the remaining cells of whole lines, and end the lines with CR LF.

    Quotes inside a quoted cell are doubled, so splitting at quotes gives parts that are outside, inside, outside and so on.
    """
    parts = lines.split(b'"')
    # Prose in quoted cells is full of signs: only the parts outside are searched, and all of them at once.
    outside = b'"'.join(parts[::2])
    if _has_sign(outside):
        parts[::2] = [_quote_cells(part).replace(line_end, b"\r\n") for part in parts[::2]]
    elif line_end != b"\r\n":
        parts[::2] = outside.replace(line_end, b"\r\n").split(b'"')
    else:
        return lines
    return b'"'.join(parts)


def _quote_cells(part: bytes) -> bytes:
    """Quote the cells that need it in a part without quotes."""
    if not _has_sign(part):
        return part
    return b"\n".join([_TO_QUOTE.sub(rb'"\g<0>"', line) if _has_sign(line) else line for line in part.split(b"\n")])


def _has_sign(text: bytes) -> bool:
    """Return False if no cell has to be quoted; much faster than the pattern.

    Outer spaces of the first and the last column alone are not found: exports have codes there.
    """
    return b";" in text or b"\t" in text or b", " in text or b" ," in text


def format_rows(path: str, rows: Sql) -> Iterator[bytes]:
    """Return the rows of an SQLite file as CSV. The function opens a connection of its own and closes it."""
    text = io.StringIO()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(f"PRAGMA query_only = ON; PRAGMA mmap_size = {MAPPED}")
        csv.writer(text, lineterminator="\r\n").writerows(connection.execute(rows.text, _values(rows)))
    return iter([_quote(text.getvalue().encode(), b"\r\n")])


def _values(statement: Sql) -> list[Any]:
    return encode_all(statement.parameters)
