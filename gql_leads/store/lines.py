"""Rows as lines of CSV: copied by PostgreSQL; written in here on SQLite, in a thread and through a connection of their own."""

import csv
import io
import sqlite3
from contextlib import closing
from typing import Any

from gql_leads.store.engines.asyncpg import Client
from gql_leads.store.engines.sqlite import MAPPED
from gql_leads.store.rows import encode_all
from gql_leads.store.sql import Sql, numbered


async def copied(client: Client, rows: Sql) -> bytes:
    """The rows as PostgreSQL writes them."""
    pieces: list[bytes] = []

    async def take(piece: bytes) -> None:
        pieces.append(piece)

    async with client.acquire_connection() as connection:
        told: str = await connection.copy_from_query(numbered(rows.text), *_values(rows), output=take, format="csv")
    return _with_carriage_returns(b"".join(pieces), int(told.removeprefix("COPY ")))


def _with_carriage_returns(lines: bytes, rows: int) -> bytes:
    """The lines as spreadsheets end them, but for the breaks inside of quotes."""
    if lines.count(b"\n") == rows:  # then none is inside of quotes: splitting takes four times as long
        return lines.replace(b"\n", b"\r\n")
    parts = lines.split(b'"')
    parts[::2] = [part.replace(b"\n", b"\r\n") for part in parts[::2]]
    return b'"'.join(parts)


def written(path: str, rows: Sql) -> bytes:
    """The same of an SQLite file. Whoever is cancelled meanwhile leaves nothing open: the connection lasts no longer than this."""
    text = io.StringIO()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(f"PRAGMA query_only = ON; PRAGMA mmap_size = {MAPPED}")
        csv.writer(text, lineterminator="\r\n").writerows(connection.execute(rows.text, _values(rows)).fetchall())
    return text.getvalue().encode()


def _values(statement: Sql) -> list[Any]:
    return encode_all(statement.parameters)
