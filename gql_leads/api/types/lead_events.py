"""The event log as clients see it: alerts and changes, by push and by pull, decided by the same functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

import strawberry

from gql_leads.api.resolving.connections import CURSOR, EDGES, NODE, NODES, PAGE_INFO, PageInfo, Paging, Size, row_selection
from gql_leads.api.resolving.context import Context, Info
from gql_leads.api.resolving.lead_lists import leads_by_id
from gql_leads.api.resolving.selections import Selection
from gql_leads.api.types.lead import Lead
from gql_leads.api.types.organization import Member, member_by_id
from gql_leads.api.values.filters import LeadFilter
from gql_leads.api.values.ids import encode_id
from gql_leads.api.values.scalars import DateTime, EventCursor
from gql_leads.domain.events import Presence, TimelineKind
from gql_leads.domain.leads.filters import Filter, presence
from gql_leads.domain.leads.visibility import actor_of
from gql_leads.store.events import event_log
from gql_leads.store.events.event_log import Logged, Position
from gql_leads.store.sql.rows import to_millis

BATCH_SIZE: Final = 500
MAX_SCANNED: Final = 5_000
"""So many events are looked at for one page of changes; an empty page then still tells where to go on."""
DEFAULT_PAGE_SIZE: Final = 100

StreamFilter = Annotated[LeadFilter | None, strawberry.argument(description="Which leads. Not by favorites: marking a lead is no event.")]
StreamAfter = Annotated[
    EventCursor | None,
    strawberry.argument(
        description="Everything since this position comes first, in order, each event once. Left out: from now on.",
        metadata={"position": True},
    ),
]


@strawberry.type(description="A lead that the viewer should look at now.")
class LeadAlert:
    cursor: EventCursor = strawberry.field(description="Where this event stands: subscribe again with it as `after` to go on.")
    occurred_at: DateTime = strawberry.field(description="When it happened.")
    lead: Lead = strawberry.field(description="The lead as it is today.")


@strawberry.type(description="A change of a lead in sight, or one that brought it there or took it away.")
class LeadChange:
    cursor: EventCursor = strawberry.field(description="Where this event stands: go on behind it by passing it as `after`.")
    occurred_at: DateTime = strawberry.field(description="When it happened.")
    presence: Presence = strawberry.field(description="What it means for a list that shows what the filter selects.")
    kind: TimelineKind = strawberry.field(description="What happened.")
    lead_id: strawberry.ID = strawberry.field(description="The lead.")
    lead: Lead | None = strawberry.field(
        description="Today's lead; null where it LEFT (no longer matches, claimed by another partner, reassigned, deleted),"
        " and where it is out of the viewer's sight today."
    )
    actor_id: strawberry.Private[UUID | None]

    @strawberry.field(description="Who did it. Null where another partner's member did it, or nobody.")
    async def actor(self, info: Info) -> Member | None:
        return None if self.actor_id is None else await member_by_id(info.context, self.actor_id)


@strawberry.type(description="A change and where it stands.")
class LeadChangeEdge:
    cursor: EventCursor = strawberry.field(description=CURSOR)
    node: LeadChange = strawberry.field(description=NODE)


@strawberry.type(description="One page of changes.")
class LeadChangeConnection:
    edges: list[LeadChangeEdge] = strawberry.field(description=EDGES)
    nodes: list[LeadChange] = strawberry.field(description=NODES)
    page_info: PageInfo = strawberry.field(description=f"{PAGE_INFO} `endCursor` is where to go on, even after an empty page.")


@dataclass(frozen=True, slots=True)
class VisibleChange:
    """An event that the viewer's list notices, and what it means there."""

    logged: Logged
    presence: Presence


async def decode_event_cursor(context: Context, after: str | None) -> Position | None:
    """The position of a cursor; raises BadInput where it is none, and CursorExpired where events behind it are gone."""
    connection = context.connection
    if not isinstance(after, str):
        return None
    position = context.app.cursors.open(after)
    await event_log.check(connection, position)
    return position


def lead_change(context: Context, noticed: VisibleChange, leads: Mapping[UUID, Lead]) -> LeadChange:
    """What is told of an event; of the leads, it takes its own unless it LEFT."""
    logged, event = noticed.logged, noticed.logged.event
    return LeadChange(
        cursor=EventCursor(context.app.cursors.seal(logged.position)),
        occurred_at=DateTime(to_millis(event.occurred_at)),
        presence=noticed.presence,
        kind=event.kind,
        lead_id=encode_id("Lead", event.lead_id),
        lead=None if noticed.presence is Presence.LEFT else leads.get(event.lead_id),
        actor_id=actor_of(context.viewer, event),
    )


async def page_of_changes(
    context: Context, asked: Filter, after: EventCursor | None, first: Size, selection: Selection
) -> LeadChangeConnection:
    """The next changes behind a cursor, as the stream would have told them."""
    size = Paging(first).size(context.app, DEFAULT_PAGE_SIZE)
    start = await decode_event_cursor(context, after)
    begin = await event_log.oldest(context.connection) if start is None else start
    noticed, end, more = await _read_visible_changes(context, asked, begin, size)
    fields = selection.fields("LeadChangeConnection")
    below = row_selection(fields, "LeadChangeEdge", selection.nothing()).fields("LeadChange")
    present = [one.logged.event.lead_id for one in noticed if one.presence is not Presence.LEFT]
    leads = await leads_by_id(context, present, below["lead"]) if "lead" in below else {}
    nodes = [lead_change(context, one, leads) for one in noticed]
    return LeadChangeConnection(
        nodes=nodes,
        edges=[LeadChangeEdge(cursor=node.cursor, node=node) for node in nodes],
        page_info=_page_info(context, nodes, end, more, has_previous=start is not None),
    )


async def _read_visible_changes(context: Context, asked: Filter, after: Position, size: int) -> tuple[list[VisibleChange], Position, bool]:
    """The next noticed events, the position that was reached, and whether more follow (or may, where enough was looked at)."""
    connection, viewer = context.connection, context.viewer
    found: list[VisibleChange] = []
    position = after
    for _ in range(MAX_SCANNED // BATCH_SIZE):
        batch = await event_log.read(connection, position, BATCH_SIZE)
        for logged in batch:
            meaning = presence(asked, viewer, logged.event)
            # Only an event that this viewer notices may tell that there is more: others' events do not exist for them.
            if meaning is not None and len(found) == size:
                return found, position, True
            position = logged.position
            if meaning is not None:
                found.append(VisibleChange(logged, meaning))
        if len(batch) < BATCH_SIZE:
            return found, position, False
    return found, position, True


def _page_info(context: Context, nodes: Sequence[LeadChange], end: Position, more: bool, *, has_previous: bool) -> PageInfo:
    return PageInfo(
        has_next_page=more,
        has_previous_page=has_previous,
        start_cursor=nodes[0].cursor if nodes else None,
        end_cursor=context.app.cursors.seal(end),
    )
