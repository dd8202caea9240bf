"""Reading what was selected of leads, by page and by id."""

from collections.abc import Awaitable, Callable, Iterable
from uuid import UUID

from gql_leads.api.resolving import row_mapping
from gql_leads.api.resolving.connections import Edge, Paging, build_connection, cursor_encoder, needs_rows
from gql_leads.api.resolving.context import Context
from gql_leads.api.resolving.selections import Selection
from gql_leads.api.types.lead import Lead, LeadConnection
from gql_leads.store.events import event_log
from gql_leads.store.leads import lists, recent, sort_keys
from gql_leads.store.leads.lists import LeadQuery
from gql_leads.store.sql.pagination import EMPTY, Page
from gql_leads.store.sql.projection import Projection


async def page_of_leads(context: Context, query: LeadQuery, paging: Paging, selection: Selection) -> LeadConnection:
    """One page of the leads that the query lists."""
    purpose, order = f"leads {sort_keys.signature(query.sort)}", sort_keys.order(query.sort, context.viewer)
    window = paging.window(context.app, purpose)
    return await _page(
        context, query, selection, purpose, len(order), lambda projection: lists.page(context.reader, query, projection, window)
    )


async def page_of_recent_leads(context: Context, paging: Paging, selection: Selection) -> LeadConnection:
    """One page of the leads that the viewer did something with."""
    purpose, query = "recent leads", LeadQuery(within=recent.acted_on(context.viewer))
    window = paging.window(context.app, purpose, 10)
    width = len(recent.LAST_FIRST)
    return await _page(context, query, selection, purpose, width, lambda projection: recent.page(context.reader, projection, window))


async def _page(
    context: Context, query: LeadQuery, selection: Selection, purpose: str, width: int, read: Callable[[Projection], Awaitable[Page]]
) -> LeadConnection:
    reader, asked = context.reader, selection.fields("LeadConnection")
    # Before the rows: what happens after this position is not in them for certain.
    position = await event_log.horizon(reader.connection) if "eventCursor" in asked else None
    plan = selection.remember(row_mapping.lead_rows_mapper)
    page = await read(plan.projection) if needs_rows(asked) else EMPTY
    filled = build_connection(
        LeadConnection, Edge, asked, page, lambda row: plan.make(row, reader), cursor_encoder(context.app, purpose, width)
    )
    filled.query = query
    if position is not None:
        filled.event_cursor = context.app.cursors.seal(position)  # type: ignore[assignment]
    return filled


async def leads_by_id(context: Context, ids: Iterable[UUID], selection: Selection, *, deleted: bool = False) -> dict[UUID, Lead]:
    """Those of the leads that are in sight, as far as they were selected."""
    reader, plan, wanted = context.reader, row_mapping.lead_mapper(selection), list(dict.fromkeys(ids))
    rows = await lists.by_id(reader, wanted, plan.projection, deleted=deleted)
    rows |= {uuid: context.dry_run_rows["lead", uuid] for uuid in wanted if ("lead", uuid) in context.dry_run_rows}
    return {uuid: plan.make(row, reader) for uuid, row in rows.items()}


async def lead_by_id(context: Context, uuid: UUID, selection: Selection) -> Lead | None:
    """The lead, if it is in sight."""
    return (await leads_by_id(context, [uuid], selection)).get(uuid)


async def load_lead(context: Context, uuid: UUID, selection: Selection) -> Lead | None:
    """The lead beside another object, read together with all others that this place of the document asks for."""
    return await context.dataloader.load(("lead", selection), uuid, lambda ids: leads_by_id(context, ids, selection))
