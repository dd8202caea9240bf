"""The door that statements go through."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.sqlite.client import SqliteClient

from gql_leads.domain.errors import BadInput
from gql_leads.store.database.configuration import Dialect
from gql_leads.store.database.database_errors import Translated
from gql_leads.store.database.engines.asyncpg import Asking, Client
from gql_leads.store.database.engines.sqlite import Part
from gql_leads.store.sql.builder import Sql, insertion, numbered
from gql_leads.store.sql.csv_copy import copied, written
from gql_leads.store.sql.rows import Row, encode_all

MOST_PARAMETERS: Final = 32_766
"""Of one statement: what SQLite takes, and PostgreSQL by one more."""


class Connection:
    """What statements are sent through: written with `?`, parameters as plain facts (see `rows.encode`).

    One that was put together brings its own parameters; further ones come behind them.
    """

    def __init__(self, client: BaseDBAsyncClient, dialect: Dialect) -> None:
        self.client = client
        """Tortoise's client of this connection: QuerySets take it in `using_db`. It translates driver errors as raw statements do."""
        self.dialect = dialect

    async def fetch(self, statement: Sql | str, *further: object) -> Sequence[Row]:
        """The rows of a SELECT, or of a statement with RETURNING. A row is read by column name."""
        text, values = self._written(statement, further)
        if isinstance(self.client, Asking):
            return await self.client.fetch(text, values)
        return (await self.client.execute_query(text, values))[1]

    async def fetch_one(self, statement: Sql | str, *further: object) -> Row | None:
        """The first row, or None."""
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
        """Run changes that do not see one another, of different rows, in one journey; the rows of the last one's RETURNING."""
        *first, last = statements
        if self.dialect == "postgres":
            beside = ", ".join(f"part{number} AS ({one.text})" for number, one in enumerate(first))
            parameters = [value for one in statements for value in one.parameters]
            return await self.fetch(f"WITH {beside} {last.text}" if first else last.text, *parameters)
        assert isinstance(self.client, Part), "changes are made in a transaction"
        encoded = [(one.text, encode_all(one.parameters)) for one in statements]
        rows: Sequence[Row] = await self.client.execute_all(encoded)
        return rows

    async def copy(self, rows: Sql) -> Iterator[bytes]:
        """The rows of a SELECT as lines of CSV, in pieces (see `store.sql.csv_copy`)."""
        with Translated():
            if isinstance(self.client, Client):
                return await copied(self.client, rows)
            assert isinstance(self.client, SqliteClient), "a file can be opened once more"
            return await asyncio.to_thread(written, self.client.filename, rows)

    async def execute_many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """Run one statement for many rows of parameters."""
        if rows:
            values = [encode_all(row) for row in rows]
            await self.client.execute_many(sql if self.dialect == "sqlite" else numbered(sql), values)

    def _written(self, statement: Sql | str, further: tuple[object, ...]) -> tuple[str, list[object]]:
        """Its text and its parameters as the driver takes them."""
        text, parameters = (statement, further) if isinstance(statement, str) else (statement.text, statement.parameters + further)
        if len(parameters) > MOST_PARAMETERS:
            raise BadInput("This asks for too much at once. Give fewer values in the filter, or ask for fewer counts.")
        return text if self.dialect == "sqlite" else numbered(text), encode_all(parameters)
