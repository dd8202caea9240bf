"""Reading the selected fields of leads, by page and by id."""

from collections.abc import Awaitable, Callable, Iterable
from uuid import UUID

from gql_leads.api.resolving import lead_field_sources
from gql_leads.api.resolving.context import Context
from gql_leads.api.resolving.references import loader_of
from gql_leads.api.resolving.relay_connections import Edge, Paging, build_connection, cursor_encoder, needs_rows
from gql_leads.api.resolving.selections import Selection
from gql_leads.api.types.leads.lead import Lead, LeadConnection
from gql_leads.domain.leads.filters import Filter
from gql_leads.domain.leads.references import normal_reference
from gql_leads.store.events import event_log
from gql_leads.store.leads import lists, recent, sort_keys
from gql_leads.store.leads.lists import LeadQuery
from gql_leads.store.sql.pagination import EMPTY, Page, Window
from gql_leads.store.sql.projection import Projection


async def page_of_leads(context: Context, query: LeadQuery, paging: Paging, selection: Selection) -> LeadConnection:
    """Return one page of the leads that match the query."""
    purpose, order = f"leads {sort_keys.signature(query.sort)}", sort_keys.order(query.sort, context.viewer)
    window = paging.window(context.app, purpose)
    return await _page(
        context, query, selection, purpose, len(order), lambda projection: lists.page(context.reader, query, projection, window)
    )


async def page_of_recent_leads(context: Context, paging: Paging, selection: Selection) -> LeadConnection:
    """Return one page of the leads that the viewer recently acted on, latest first."""
    purpose, query = "recent leads", LeadQuery(within=recent.acted_on(context.viewer))
    window = paging.window(context.app, purpose, 10)
    width = len(recent.LAST_FIRST)
    return await _page(context, query, selection, purpose, width, lambda projection: recent.page(context.reader, projection, window))


async def _page(
    context: Context, query: LeadQuery, selection: Selection, purpose: str, width: int, read: Callable[[Projection], Awaitable[Page]]
) -> LeadConnection:
    reader, selected = context.reader, selection.fields("LeadConnection")
    # Read the position before the rows: a client that subscribes from it misses no change of the rows.
    position = await event_log.horizon(reader.connection) if "eventCursor" in selected else None
    mapper = selection.memoized(lead_field_sources.lead_rows_mapper)
    page = await read(mapper.projection) if needs_rows(selected) else EMPTY
    connection = build_connection(
        LeadConnection, Edge, selected, page, lambda row: mapper.make(row, reader), cursor_encoder(context.app, purpose, width)
    )
    connection.query = query
    if position is not None:
        connection.event_cursor = context.app.cursors.encode(position)  # type: ignore[assignment]
    return connection


async def leads_by_id(context: Context, ids: Iterable[UUID], selection: Selection, *, deleted: bool = False) -> dict[UUID, Lead]:
    """Return the visible leads among these ids, with their selected fields."""
    reader, mapper, unique = context.reader, lead_field_sources.lead_mapper(selection), list(dict.fromkeys(ids))
    rows = await lists.by_id(reader, unique, mapper.projection, deleted=deleted)
    rows |= {uuid: context.dry_run_rows["lead", uuid] for uuid in unique if ("lead", uuid) in context.dry_run_rows}
    return {uuid: mapper.make(row, reader) for uuid, row in rows.items()}


async def lead_by_id(context: Context, uuid: UUID, selection: Selection) -> Lead | None:
    """Return the lead, or None if it is not visible."""
    return (await leads_by_id(context, [uuid], selection)).get(uuid)


async def lead_by_reference(context: Context, reference: str, selection: Selection) -> Lead | None:
    """Return the lead with this reference, or None if none is visible."""
    reader, mapper = context.reader, lead_field_sources.lead_mapper(selection)
    query = LeadQuery(filter=Filter(reference=(normal_reference(reference),)))
    page = await lists.page(reader, query, mapper.projection, Window(1))
    return mapper.make(page.rows[0], reader) if page.rows else None


@loader_of("Lead")
async def load_lead(context: Context, uuid: UUID, selection: Selection) -> Lead | None:
    """Return a lead that another object refers to; all leads of the level are read with one statement."""
    return await context.dataloader.load(("lead", selection), uuid, lambda ids: leads_by_id(context, ids, selection))
