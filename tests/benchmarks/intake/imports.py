"""Compare the import of a CSV file with reading it by csv and inserting finished rows by the driver alone.

The baseline inserts the same rows of leads, history and events in batches of the same size; it validates, derives and compares nothing.
"""

import asyncio
import csv
import io
import sqlite3
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from typing import Any, Final

import asyncpg

from gql_leads.services.app_context import AppContext
from gql_leads.services.imports.imports import NewImport, start_lead_import
from gql_leads.services.imports.runner import BATCH, ImportRunner
from gql_leads.services.imports.uploads import receive_file
from tests.benchmarks.table import Comparison
from tests.databases import Databases
from tests.factories import make_world
from tests.fixtures import open_app_context
from tests.services.imports.importing import in_pieces, result_of

TABLES: Final = ("lead", "timeline_entry", "event")
HEADER: Final = ("First Name", "Last Name", "Title", "Email", "Phone", "Company", "Employees", "Country", "City", "Message", "External ID")


def measure(created: Databases, rows: int) -> Iterator[Comparison]:
    """Yield the rows per second of an import into an empty database, and of the baseline."""
    content = _content(rows)
    url, raw_url = created.migrated(), created.migrated()
    with ProcessPoolExecutor(1, get_context("spawn")) as process:  # Tortoise keeps the dialect of the first database of a process
        duration, tables = process.submit(_import_alone, url, content, rows).result()
    baseline = _sqlite(raw_url, content, tables) if url.startswith("sqlite") else asyncio.run(_postgres(raw_url, content, tables))
    yield Comparison(
        f"Import of {rows:,} rows", "rows per second; baseline csv and raw inserts", f"{rows / duration:,.0f}", f"{rows / baseline:,.0f}",
        baseline / duration,
    )  # fmt: skip


def _content(rows: int) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADER)
    for at in range(rows):
        first, last, company = f"Aparna{at % 97}", f"Bosu{at % 8_999}", f"Contoso {at % 4_999} GmbH"
        message = f"We would like to see a demonstration for {at % 300} users, with prices."
        person = (first, last, "Head of purchasing", f"{first}.{last}.{at}@contoso{at % 4_999}.example", f"030 {1_000_000 + at}")
        writer.writerow((*person, company, at % 2_000 + 1, "DE", "Berlin", message, f"X-{at}"))
    return text.getvalue().encode()


def _import_alone(url: str, content: bytes, rows: int) -> tuple[float, dict[str, Sequence[dict[str, Any]]]]:
    return asyncio.run(_import(url, content, rows))


async def _import(url: str, content: bytes, rows: int) -> tuple[float, dict[str, Sequence[dict[str, Any]]]]:
    """Import the file; return the seconds, and the rows of the tables afterwards."""
    async with open_app_context(url) as app:
        world = await make_world(app)
        import_id = await start_lead_import(app, world.referrals, NewImport("leads.csv"))
        await receive_file(app, import_id, in_pieces(content, 65_536))
        started = time.perf_counter()
        await ImportRunner(lambda: app).run_next()
        duration = time.perf_counter() - started
        done = await result_of(app, import_id)
        assert done.counts == (rows, rows, rows, 0, 0, 0), done.counts
        return duration, {table: await _rows(app, table) for table in TABLES}


async def _rows(app: AppContext, table: str) -> Sequence[dict[str, Any]]:
    order = "created_at, reference" if table == "lead" else "id"
    rows: Sequence[Any] = await app.database.writing.fetch(f"SELECT * FROM {table} ORDER BY {order}")
    return [dict(zip(row.keys(), tuple(row), strict=True)) if isinstance(row, sqlite3.Row) else dict(row) for row in rows]


def _statements(tables: dict[str, Sequence[dict[str, Any]]], placeholder: str) -> dict[str, str]:
    """Return an INSERT of each table; `placeholder` is the driver's, with the number of the column."""
    statements = {}
    for table, rows in tables.items():
        values = ", ".join(placeholder.format(at) for at in range(1, len(rows[0]) + 1))
        statements[table] = f"INSERT INTO {table} ({', '.join(rows[0])}) VALUES ({values})"
    return statements


def _batches(content: bytes, tables: dict[str, Sequence[dict[str, Any]]]) -> Iterator[dict[str, list[tuple[Any, ...]]]]:
    """Read the file as the import does, and yield the finished rows of each batch by table."""
    reader = csv.DictReader(io.StringIO(content.decode(), newline=""))
    start = 0
    while rows := [row for _, row in zip(range(BATCH), reader, strict=False)]:
        yield {table: [tuple(one.values()) for one in finished[start : start + len(rows)]] for table, finished in tables.items()}
        start += len(rows)


def _sqlite(url: str, content: bytes, tables: dict[str, Sequence[dict[str, Any]]]) -> float:
    statements = _statements(tables, "?")
    with closing(sqlite3.connect(url.removeprefix("sqlite://"), isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = NORMAL")
        started = time.perf_counter()
        for batch in _batches(content, tables):
            connection.execute("BEGIN IMMEDIATE")
            for table, rows in batch.items():
                connection.executemany(statements[table], rows)
            connection.execute("COMMIT")
        return time.perf_counter() - started


async def _postgres(url: str, content: bytes, tables: dict[str, Sequence[dict[str, Any]]]) -> float:
    statements = _statements(tables, "${}")
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SET session_replication_role = replica")  # the organization is in the other database
        started = time.perf_counter()
        for batch in _batches(content, tables):
            async with connection.transaction():
                for table, rows in batch.items():
                    await connection.executemany(statements[table], rows)
        return time.perf_counter() - started
    finally:
        await connection.close()
