"""Reading what was selected: leads by page and by id, and any object by its id."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from gql_leads.api import assembling
from gql_leads.api.activities import activity
from gql_leads.api.connections import Edge, Paging, cursors, fill, row_selection, wants_rows
from gql_leads.api.context import Context
from gql_leads.api.history import note
from gql_leads.api.lead import Lead, LeadConnection
from gql_leads.api.organisation import MAKERS, LeadQueue, queue
from gql_leads.api.selection import Selection
from gql_leads.store import activities, history, leads, log, orders, organisation, queues
from gql_leads.store.leads import LeadQuery
from gql_leads.store.paging import EMPTY

KINDS = {name: kind for kind, (name, _) in MAKERS.items()}


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
    reading, plan = context.reading, assembling.plan(selection)
    rows = await leads.by_id(reading, list(dict.fromkeys(ids)), plan.shape, deleted=deleted)
    return {uuid: plan.make(row, reading) for uuid, row in rows.items()}


async def lead_by_id(context: Context, uuid: UUID, selection: Selection) -> Lead | None:
    """The lead, if it is in sight."""
    return (await leads_by_id(context, [uuid], selection)).get(uuid)


async def queue_by_id(context: Context, uuid: UUID) -> LeadQueue | None:
    """The queue, if it is in sight."""
    row = (await queues.by_id(context.reading, [uuid])).get(uuid)
    return None if row is None else queue(row)


async def objects(context: Context, wanted: Sequence[tuple[str, UUID]], selection: Selection) -> list[Any]:
    """The objects of these ids in their order, None for what is not there or out of sight: one statement for each type."""
    found: dict[tuple[str, UUID], Any] = {}
    for kind in dict.fromkeys(kind for kind, _ in wanted):
        ids = list(dict.fromkeys(uuid for name, uuid in wanted if name == kind))
        made = await _of_kind(context, kind, ids, selection)
        found.update(((kind, uuid), one) for uuid, one in made.items())
    return [found.get(one) for one in wanted]


async def _of_kind(context: Context, kind: str, ids: list[UUID], selection: Selection) -> dict[UUID, Any]:
    reading = context.reading
    if kind == "Lead":
        return dict(await leads_by_id(context, ids, selection))
    if kind == "LeadQueue":
        return {uuid: queue(row) for uuid, row in (await queues.by_id(reading, ids)).items()}
    if kind == "Note":
        rows = await history.notes_by_id(reading.connection, reading.viewer, ids)
        return {uuid: note(row) for uuid, row in rows.items()}
    if kind == "Activity":
        rows = await activities.by_id(reading.connection, reading.viewer, ids)
        return {uuid: activity(row) for uuid, row in rows.items()}
    if kind in KINDS:
        records = await organisation.by_id(reading.connection, reading.viewer, KINDS[kind], ids)
        make = MAKERS[KINDS[kind]][1]
        return {uuid: make(row) for uuid, row in records.items()}
    return {}
