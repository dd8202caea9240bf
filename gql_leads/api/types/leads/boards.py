"""Boards: the leads of a list in columns; the columns of a board are read together."""

from typing import Final

import strawberry

from gql_leads.api.resolving import lead_field_sources
from gql_leads.api.resolving.construction import construct
from gql_leads.api.resolving.context import Context, Info
from gql_leads.api.resolving.relay_connections import After, Edge, First, Paging, build_connection, cursor_encoder, needs_rows
from gql_leads.api.resolving.selections import Selection
from gql_leads.api.types.leads.facets import facet_value
from gql_leads.api.types.leads.lead import LeadConnection
from gql_leads.api.values.enums import describe
from gql_leads.api.values.field_metadata import BOARD_COUNTS
from gql_leads.domain.leads.boards import LeadBoardGrouping
from gql_leads.store.events import event_log
from gql_leads.store.leads import boards, sort_keys
from gql_leads.store.leads.boards import Column
from gql_leads.store.leads.facets import Counted, FacetField
from gql_leads.store.leads.lists import LeadQuery
from gql_leads.store.sql.pagination import EMPTY

CURSOR_PURPOSE: Final = f"leads {sort_keys.signature(())}"
"""The cursors are those of the lead list, newest first."""
ORDER_WIDTH: Final = 2
"""The number of sort keys of that order."""

describe(
    LeadBoardGrouping,
    "The attribute that the columns of a board stand for.",
    """
    STATUS A column for each follow-up status.
    STAGE A column for each stage of the lifecycle.
    QUALITY A column for each quality.
    OWNER A column for leads without an owner, then one for each of the 100 members who own the most leads, by name.
    LISTING A column for leads without a listing, then one for each of the 100 listings with the most leads, by name.
    """,
)


@strawberry.type(description="The leads of a board with the same value.")
class LeadBoardColumn:
    key: str = strawberry.field(description="The value, or the object's id; NONE for leads without an owner or listing.")
    label: str = strawberry.field(description="The label to display.")
    count: int = strawberry.field(description="The number of leads in the column.", metadata=BOARD_COUNTS)
    column: strawberry.Private[Column]

    @strawberry.field(
        description="The leads of the column, newest first. `after` applies to every column; to continue in a single one, query"
        " `leads` with the column's value in the filter (`hasOwner: false` or `hasListing: false` for NONE): the cursors are the same."
    )
    async def leads(self, info: Info, first: First = 20, after: After = strawberry.UNSET) -> LeadConnection:
        return await _page(info.context, self.column, Paging(first, after), Selection.under(info))


@strawberry.type(description="A kanban board: one column per value of the grouping, in working order.")
class LeadBoard:
    grouping: LeadBoardGrouping = strawberry.field(description="The attribute that the columns stand for.")
    columns: list[LeadBoardColumn] = strawberry.field(description="The columns, including empty ones for STATUS, STAGE and QUALITY.")


async def board_of(context: Context, query: LeadQuery, grouping: LeadBoardGrouping, selection: Selection) -> LeadBoard:
    """Return the board of a list; leads are counted only if a count was selected."""
    selected = selection.fields("LeadBoard")
    if "columns" not in selected:
        return construct(LeadBoard, grouping=grouping)
    below = selected["columns"].fields("LeadBoardColumn")
    counted = "count" in below or ("leads" in below and "totalCount" in below["leads"].fields("LeadConnection"))
    found = await boards.columns(context.reader, query, grouping, counted=counted)
    return construct(LeadBoard, grouping=grouping, columns=[_column(grouping, one) for one in found])


def _column(grouping: LeadBoardGrouping, column: Column) -> LeadBoardColumn:
    shown = facet_value(FacetField(grouping), Counted(column.value, column.name, column.total or 0))
    return construct(LeadBoardColumn, key=shown.value, label=shown.label, count=column.total, column=column)


async def _page(context: Context, column: Column, paging: Paging, selection: Selection) -> LeadConnection:
    reader, dataloader, selected = context.reader, context.dataloader, selection.fields("LeadConnection")
    window = paging.window(context.app, CURSOR_PURPOSE, 20)
    mapper = selection.memoized(lead_field_sources.lead_rows_mapper)
    position = None
    if "eventCursor" in selected:
        # Read the position before the rows: a client that subscribes from it misses no change of the rows.
        position = await dataloader.load("horizon", None, lambda _: _horizon(context))
    page = None
    if needs_rows(selected) and column.total != 0:
        page = await dataloader.load(
            ("column", window, mapper.projection), column, lambda columns: boards.pages(reader, columns, mapper.projection, window)
        )
    cursor = cursor_encoder(context.app, CURSOR_PURPOSE, ORDER_WIDTH)
    connection = build_connection(LeadConnection, Edge, selected, page or EMPTY, lambda row: mapper.make(row, reader), cursor)
    connection.query = column.query
    connection.known_total = column.total
    if position is not None:
        connection.event_cursor = context.app.cursors.encode(position)  # type: ignore[assignment]
    return connection


async def _horizon(context: Context) -> dict[None, event_log.Position]:
    return {None: await event_log.horizon(context.connection)}
