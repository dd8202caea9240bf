"""The connection that hand-written statements and QuerySets go through."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.sqlite.client import SqliteClient

from gql_leads.domain.errors import BadInput
from gql_leads.store.database.configuration import Dialect
from gql_leads.store.database.database_errors import ErrorTranslation
from gql_leads.store.database.engines.asyncpg import PoolClient, RecordClient
from gql_leads.store.database.engines.sqlite import TransactionClient as SqliteTransactionClient
from gql_leads.store.sql.builder import Sql, insertion, numbered
from gql_leads.store.sql.csv_copy import copy_rows, format_rows
from gql_leads.store.sql.rows import Row, encode_all
from gql_leads.store.sql.scans import Scan, Take

MOST_PARAMETERS: Final = 32_766
"""Largest number of parameters of one statement: SQLite's limit, one below PostgreSQL's."""


class Connection:
    """Sends statements with `?` placeholders; parameters are plain Python values (see `rows.encode`).

    An `Sql` fragment brings its own parameters; further ones are appended.
    """

    def __init__(self, client: BaseDBAsyncClient, dialect: Dialect) -> None:
        self.client = client
        """Tortoise's client of this connection.

        QuerySets take it in `using_db`. It translates driver errors as raw statements do.
        """
        self.dialect = dialect

    async def fetch(self, statement: Sql | str, *further: object) -> Sequence[Row]:
        """Return the rows of a SELECT or of a statement with RETURNING; read a row's values by column name."""
        text, values = self._written(statement, further)
        if isinstance(self.client, RecordClient):
            return await self.client.fetch(text, values)
        return (await self.client.execute_query(text, values))[1]

    async def fetch_one(self, statement: Sql | str, *further: object) -> Row | None:
        """Return the first row, or None."""
        rows = await self.fetch(statement, *further)
        return rows[0] if rows else None

    async def execute(self, statement: Sql | str, *further: object) -> int:
        """Run a statement and return how many rows it changed (PostgreSQL reports none for INSERT … SELECT)."""
        text, values = self._written(statement, further)
        return (await self.client.execute_query(text, values))[0]

    async def insert_if_absent(self, table: str, columns: Mapping[str, object], key: str) -> bool:
        """Insert a row and return True, or return False if a row with its key columns exists.

        Raw SQL because Tortoise's `bulk_create(ignore_conflicts=True)` does not report whether it inserted a row.
        """
        return bool(await self.fetch(insertion(table, columns) + f" ON CONFLICT ({key}) DO NOTHING RETURNING id"))

    async def send(self, statements: Sequence[Sql]) -> Sequence[Row]:
        """Run writes of different rows in one round trip; return the rows of the last one's RETURNING.

        The statements must not depend on each other's effects.
        """
        *first, last = statements
        if self.dialect == "postgres":
            joined = ", ".join(f"part{number} AS ({one.text})" for number, one in enumerate(first))
            parameters = [value for one in statements for value in one.parameters]
            return await self.fetch(f"WITH {joined} {last.text}" if first else last.text, *parameters)
        assert isinstance(self.client, SqliteTransactionClient), "changes are made in a transaction"
        encoded = [(one.text, encode_all(one.parameters)) for one in statements]
        rows: Sequence[Row] = await self.client.execute_all(encoded)
        return rows

    async def copy(self, rows: Sql) -> Iterator[bytes]:
        """Return the rows of a SELECT as CSV, in pieces (see `store.sql.csv_copy`)."""
        with ErrorTranslation():
            if isinstance(self.client, PoolClient):
                return await copy_rows(self.client, rows)
            assert isinstance(self.client, SqliteClient), "a file can be opened once more"
            return await asyncio.to_thread(format_rows, self.client.filename, rows)

    async def scan(self, rows: Sql, take: Take) -> None:
        """Pass the rows of a SELECT to a function in pieces, in another thread, without keeping them; on SQLite only."""
        assert isinstance(self.client, SqliteClient), "a file can be opened once more"
        scan = Scan(self.client.filename, rows, take)
        try:
            with ErrorTranslation():
                await asyncio.to_thread(scan.run)
        except asyncio.CancelledError:
            scan.cancel()
            raise

    async def execute_many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """Run one statement once for each row of parameters."""
        if rows:
            values = [encode_all(row) for row in rows]
            await self.client.execute_many(sql if self.dialect == "sqlite" else numbered(sql), values)

    def _written(self, statement: Sql | str, further: tuple[object, ...]) -> tuple[str, list[object]]:
        """Return the text and parameters in the form that the driver takes."""
        text, parameters = (statement, further) if isinstance(statement, str) else (statement.text, statement.parameters + further)
        if len(parameters) > MOST_PARAMETERS:
            raise BadInput("This asks for too much at once. Give fewer values in the filter, or ask for fewer counts.")
        return text if self.dialect == "sqlite" else numbered(text), encode_all(parameters)
