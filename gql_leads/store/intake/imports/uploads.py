"""Uploaded files in pieces of one size, in the database: any server can go on where another one was killed."""

from typing import Final
from uuid import UUID

from gql_leads.domain.imports.states import ImportState
from gql_leads.store.database.connection import Connection
from gql_leads.store.models.imports import LeadImportChunk

CHUNK: Final = 1_048_576
"""Bytes of each piece but the last."""
DELETED_AT_ONCE: Final = 16


async def add_chunk(connection: Connection, import_id: UUID, upload_id: UUID, number: int, data: bytes) -> None:
    """Add the next piece of an upload."""
    await LeadImportChunk.create(using_db=connection.client, lead_import_id=import_id, upload_id=upload_id, number=number, data=data)


async def chunk(connection: Connection, upload_id: UUID, number: int) -> bytes | None:
    """Return a piece of a file; None behind the last."""
    found = LeadImportChunk.filter(upload_id=upload_id, number=number).using_db(connection.client)
    rows = await found.values("data")
    return bytes(rows[0]["data"]) if rows else None


async def delete_some(connection: Connection, import_id: UUID, upload_id: UUID) -> bool:
    """Delete a few pieces of an upload; return whether there were any."""
    chunks = LeadImportChunk.filter(lead_import_id=import_id, upload_id=upload_id).using_db(connection.client)
    return await _delete(connection, [row["id"] for row in await chunks.limit(DELETED_AT_ONCE).values("id")])


async def delete_some_unused(connection: Connection) -> bool:
    """Delete a few pieces of imports that have ended; return whether there were any."""
    ended = [state.value for state in ImportState if state.is_final]
    chunks = LeadImportChunk.filter(lead_import__state__in=ended).using_db(connection.client)
    return await _delete(connection, [row["id"] for row in await chunks.limit(DELETED_AT_ONCE).values("id")])


async def _delete(connection: Connection, ids: list[int]) -> bool:
    if ids:
        await LeadImportChunk.filter(id__in=ids).using_db(connection.client).delete()
    return bool(ids)
