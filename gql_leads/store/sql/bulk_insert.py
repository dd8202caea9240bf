"""Insertion of many rows of one table through its model, as the demo and imports of whole data sets need it."""

from collections.abc import Iterable, Mapping

from gql_leads.store.database.connection import Connection
from gql_leads.store.models import MODELS
from gql_leads.store.sql.rows import encode_columns


async def insert_rows(connection: Connection, table: str, rows: Iterable[Mapping[str, object]]) -> None:
    """Insert rows of the table, each given by its columns; raise IntegrityError if one of them exists."""
    await _bulk_create(connection, table, rows, ignore_conflicts=False)


async def insert_missing(connection: Connection, table: str, rows: Iterable[Mapping[str, object]]) -> None:
    """Insert the rows of the table that violate no unique key, and leave the others out."""
    await _bulk_create(connection, table, rows, ignore_conflicts=True)


async def _bulk_create(connection: Connection, table: str, rows: Iterable[Mapping[str, object]], *, ignore_conflicts: bool) -> None:
    model = MODELS[table]
    objects = [model(**encode_columns(row)) for row in rows]
    if objects:
        await model.bulk_create(objects, ignore_conflicts=ignore_conflicts, using_db=connection.client)
