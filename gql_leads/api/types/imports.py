"""Imports of leads from CSV files."""

import asyncio
from collections.abc import AsyncGenerator, Collection
from typing import Annotated, Any, Final
from uuid import UUID

import strawberry

from gql_leads.api.resolving.context import Context, Info
from gql_leads.api.resolving.event_sources import VIEWER_REFRESH_SECONDS
from gql_leads.api.resolving.relay_connections import CURSOR, EDGES, NODE, NODES, PAGE_INFO, PageInfo, Paging
from gql_leads.api.types.node import Node
from gql_leads.api.values import import_enums  # noqa: F401 - an enum must be described before a type names it
from gql_leads.api.values.ids import encode_id
from gql_leads.api.values.scalars import URL, DateTime, optional_instant
from gql_leads.domain import permissions
from gql_leads.domain.errors import BadInput, Forbidden, NotPermitted
from gql_leads.domain.imports.states import ImportState
from gql_leads.services.imports.imports import errors_url, imports_by_id
from gql_leads.store.intake.imports import progress
from gql_leads.store.models.imports import LeadImport as StoredImport
from gql_leads.store.sql.rows import as_uuid, to_json

TYPE_NAME: Final = "LeadImport"
MOST_ERRORS: Final = 1_000
PURPOSE: Final = "imports"
POLL_SECONDS: Final = 0.3
"""Seconds between two looks at the progress of an import."""
FIRST_ERRORS: Final = "The maximum number of errors, from 0 to 1,000."


@strawberry.type(description="What is wrong with a row of an imported file, or with one of its columns.")
class ImportError:
    row: int = strawberry.field(description="The number of the record in the file, the header being 1.")
    column: str | None = strawberry.field(description="The heading of the column; null if it is about the whole row or file.")
    message: str = strawberry.field(description="What is wrong and what to do.")


@strawberry.type(description="An import of leads from a CSV file.")
class LeadImport(Node):
    filename: str = strawberry.field(description="The name of the file, as its sender gave it.")
    state: ImportState = strawberry.field(description="Whether it waits for its file, runs or has ended.")
    total_rows: int | None = strawberry.field(description="The number of rows in the file without the header; null until they are counted.")
    processed_rows: int = strawberry.field(description="The number of rows done, whatever became of them.")
    created_rows: int = strawberry.field(description="The number of rows that became new leads.")
    updated_rows: int = strawberry.field(description="The number of rows that changed the lead of their reference.")
    duplicate_rows: int = strawberry.field(
        description="The number of rows whose lead exists already: with the same external reference, or within 30 days with the same"
        " e-mail address (without one, phone number) and listing."
    )
    rejected_rows: int = strawberry.field(description="The number of rows that are not imported; `errors` says why.")
    created_at: DateTime = strawberry.field(description="The time when it was started.")
    finished_at: DateTime | None = strawberry.field(description="The time when it ended; null before.")
    import_id: strawberry.Private[UUID]

    @strawberry.field(description="What is wrong with rows and columns, in the order of the file.")
    async def errors(self, info: Info, first: Annotated[int, strawberry.argument(description=FIRST_ERRORS)] = 100) -> list[ImportError]:
        size = min(max(first, 0), MOST_ERRORS)
        found = await progress.errors(info.context.connection, self.import_id, size) if size else []
        return [ImportError(row=one.row, column=one.heading, message=one.message) for one in found]

    @strawberry.field(description="A signed link to all errors as CSV, which works for a while; null while there are none.")
    async def errors_url(self, info: Info) -> URL | None:
        context = info.context
        if not await progress.errors(context.connection, self.import_id, 1):
            return None
        return URL(errors_url(context.app, context.viewer, self.import_id))


@strawberry.type(description="An import and its cursor.")
class LeadImportEdge:
    cursor: str = strawberry.field(description=CURSOR)
    node: LeadImport = strawberry.field(description=NODE)


@strawberry.type(description="One page of imports.")
class LeadImportConnection:
    edges: list[LeadImportEdge] = strawberry.field(description=EDGES)
    nodes: list[LeadImport] = strawberry.field(description=NODES)
    page_info: PageInfo = strawberry.field(description=PAGE_INFO)


def lead_import(stored: StoredImport) -> LeadImport:
    """Return a stored import as its type."""
    return LeadImport(
        id=strawberry.ID(encode_id(TYPE_NAME, stored.id)),
        filename=stored.filename,
        state=ImportState(stored.state),
        total_rows=stored.total_rows,
        processed_rows=stored.processed_rows,
        created_rows=stored.created_rows,
        updated_rows=stored.updated_rows,
        duplicate_rows=stored.duplicate_rows,
        rejected_rows=stored.rejected_rows,
        created_at=DateTime(stored.created_at),
        finished_at=optional_instant(stored.finished_at),
        import_id=stored.id,
    )


async def imports_of(context: Context, ids: Collection[UUID]) -> dict[UUID, Any]:
    """Return the imports with these ids that the viewer may see."""
    return {key: lead_import(stored) for key, stored in (await imports_by_id(context.app, context.viewer, list(ids))).items()}


async def progress_of(context: Context, import_id: UUID) -> AsyncGenerator[LeadImport, None]:
    """Yield the import each time it changed, until it has ended; raise BadInput if the viewer cannot see it."""
    shown: LeadImport | None = None
    while True:
        await context.refresh_viewer(max_age=VIEWER_REFRESH_SECONDS)
        current: LeadImport | None = (await imports_of(context, [import_id])).get(import_id)
        if current is None:
            raise BadInput("There is no such import, or none that you may see.")
        if current != shown:
            yield current
        if current.state.is_final:
            return
        shown = current
        await asyncio.sleep(POLL_SECONDS)


async def page_of_imports(context: Context, paging: Paging) -> LeadImportConnection:
    """Return one page of the visible imports, newest first; raise Forbidden for members who may not import."""
    try:
        permissions.IMPORT_LEADS.require(context.viewer)
    except NotPermitted as refusal:
        raise Forbidden(refusal.message) from None
    window = paging.window(context.app, PURPOSE, 20)
    after = None if window.after is None else (int(window.after[0]), as_uuid(window.after[1]))
    rows = await progress.page(context.connection, context.viewer, window.size + 1, after)
    shown = rows[: window.size]
    edges = [LeadImportEdge(cursor=_cursor(context, row), node=lead_import(row)) for row in shown]
    return LeadImportConnection(
        edges=edges,
        nodes=[edge.node for edge in edges],
        page_info=PageInfo(
            has_next_page=len(rows) > window.size,
            has_previous_page=after is not None,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        ),
    )


def _cursor(context: Context, row: StoredImport) -> str:
    return context.app.cursor_codec.encode(PURPOSE, to_json([row.created_at, str(row.id)]).encode())
