"""Import files in tests, without a server."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from gql_leads.domain.imports.fields import LeadImportField
from gql_leads.domain.leads.lead import Lead
from gql_leads.domain.viewer import Viewer
from gql_leads.exports import csv_of
from gql_leads.services.app_context import AppContext
from gql_leads.services.imports.imports import NewImport, start_lead_import
from gql_leads.services.imports.runner import ImportRunner
from gql_leads.services.imports.uploads import receive_file
from gql_leads.store.intake.imports import progress
from gql_leads.store.leads.lists import LeadQuery
from gql_leads.store.models.imports import LeadImport
from gql_leads.store.sql.rows import decode


@dataclass(frozen=True)
class Imported:
    """An import after its end, its errors and counts."""

    stored: LeadImport
    errors: list[tuple[int, str | None, str]]

    @property
    def counts(self) -> tuple[int | None, int, int, int, int, int]:
        """Total, processed, created, updated, duplicate and rejected rows."""
        one = self.stored
        return one.total_rows, one.processed_rows, one.created_rows, one.updated_rows, one.duplicate_rows, one.rejected_rows


async def in_pieces(content: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    """Yield the content as a client sends it."""
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def start(app: AppContext, who: Viewer, content: str | bytes, mapping: dict[str, LeadImportField] | None = None, **more: Any) -> UUID:
    """Start an import and upload its file."""
    wanted = NewImport("leads.csv", tuple((mapping or {}).items()), **more)
    import_id = await start_lead_import(app, who, wanted)
    await receive_file(app, import_id, in_pieces(content.encode() if isinstance(content, str) else content))
    return import_id


async def result_of(app: AppContext, import_id: UUID) -> Imported:
    """Return how far an import is."""
    stored = await progress.by_id(app.database.writing, import_id)
    assert stored is not None
    errors = await progress.errors(app.database.writing, import_id, 1_000)
    return Imported(stored, [(one.row, one.heading, one.message) for one in errors])


async def import_file(
    app: AppContext, who: Viewer, content: str | bytes, mapping: dict[str, LeadImportField] | None = None, **more: Any
) -> Imported:
    """Import a file to the end."""
    import_id = await start(app, who, content, mapping, **more)
    assert await ImportRunner(lambda: app).run_next()
    return await result_of(app, import_id)


async def all_leads(app: AppContext) -> list[Lead]:
    """Return every lead, in the order of creation."""
    return [decode(Lead, row) for row in await app.database.writing.fetch("SELECT * FROM lead ORDER BY created_at, reference")]


async def by_last_name(app: AppContext) -> dict[str, Lead]:
    """Return every lead by its last name."""
    return {lead.last_name: lead for lead in await all_leads(app)}


async def export(app: AppContext, who: Viewer) -> bytes:
    """Return a member's leads as CSV."""
    return b"".join([part async for part in csv_of(app.reader(who), LeadQuery())])
