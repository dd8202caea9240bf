"""Reading what was selected of leads, by page and by id."""

from collections.abc import Iterable
from uuid import UUID

from gql_leads.api import assembling
from gql_leads.api.connections import Edge, Paging, cursors, fill, row_selection, wants_rows
from gql_leads.api.context import Context
from gql_leads.api.lead import Lead, LeadConnection
from gql_leads.api.selection import Selection
from gql_leads.store import leads, log, orders
from gql_leads.store.leads import LeadQuery
from gql_leads.store.paging import EMPTY


async def page_of_leads(context: Context, query: LeadQuery, paging: Paging, selection: Selection) -> LeadConnection:
    """One page of the leads that the query lists."""
    reading, nothing = context.reading, selection.nothing()
    asked = selection.fields("LeadConnection")
    purpose = f"leads {orders.signature(query.sort)}"
    window = paging.window(context.desk, purpose)
    # Before the rows: what happens after this position is not in them for certain.
    position = await log.horizon(reading.connection) if "eventCursor" in asked else None
    plan = assembling.plan(row_selection(asked, "LeadEdge", nothing))
    page = await leads.page(reading, query, plan.shape, window) if wants_rows(asked) else EMPTY
    width = len(orders.order(query.sort, reading.viewer))
    filled = fill(LeadConnection, Edge, asked, page, lambda row: plan.make(row, reading), cursors(context.desk, purpose, width))
    filled.query = query
    if position is not None:
        filled.event_cursor = context.desk.cursors.seal(position)  # type: ignore[assignment]
    return filled


async def leads_by_id(context: Context, ids: Iterable[UUID], selection: Selection, *, deleted: bool = False) -> dict[UUID, Lead]:
    """Those of the leads that are in sight, as far as they were selected."""
    reading, plan, wanted = context.reading, assembling.plan(selection), list(dict.fromkeys(ids))
    rows = await leads.by_id(reading, wanted, plan.shape, deleted=deleted)
    rows |= {uuid: context.tried["lead", uuid] for uuid in wanted if ("lead", uuid) in context.tried}
    return {uuid: plan.make(row, reading) for uuid, row in rows.items()}


async def lead_by_id(context: Context, uuid: UUID, selection: Selection) -> Lead | None:
    """The lead, if it is in sight."""
    return (await leads_by_id(context, [uuid], selection)).get(uuid)


async def lead_beside(context: Context, uuid: UUID, selection: Selection) -> Lead | None:
    """The lead beside another object, read together with all others that this place of the document asks for."""
    return await context.batches.load(("lead", selection), uuid, lambda ids: leads_by_id(context, ids, selection))
