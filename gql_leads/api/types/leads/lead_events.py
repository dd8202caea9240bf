"""Lead events as GraphQL types, for subscriptions and for `leadChanges`."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated
from uuid import UUID

import strawberry

from gql_leads.api.resolving.context import Context, Info
from gql_leads.api.resolving.event_pages import VisibleChange, read_event_page
from gql_leads.api.resolving.lead_lists import leads_by_id
from gql_leads.api.resolving.relay_connections import CURSOR, EDGES, NODE, NODES, PAGE_INFO, PageInfo, Size, row_selection
from gql_leads.api.resolving.selections import Selection
from gql_leads.api.types.leads.lead import Lead
from gql_leads.api.types.organization import Member, member_by_id
from gql_leads.api.values.field_metadata import POSITION
from gql_leads.api.values.filters import LeadFilter
from gql_leads.api.values.ids import encode_id
from gql_leads.api.values.scalars import DateTime, EventCursor
from gql_leads.domain.events import Event, Presence, TimelineKind
from gql_leads.domain.leads.filters import Filter, presence
from gql_leads.domain.leads.visibility import visible_actor
from gql_leads.store.sql.rows import to_millis

StreamFilter = Annotated[
    LeadFilter | None,
    strawberry.argument(description="The leads to include. Favorites are not supported, because marking a lead creates no event."),
]
StreamAfter = Annotated[
    EventCursor | None,
    strawberry.argument(
        description="First deliver all events after this position, in order and each once. If omitted, only new events are delivered.",
        metadata=POSITION,
    ),
]


@strawberry.type(description="A lead that needs the viewer's attention.")
class LeadAlert:
    cursor: EventCursor = strawberry.field(description="The position of this event: subscribe with it as `after` to continue.")
    occurred_at: DateTime = strawberry.field(description="The time of the event.")
    lead: Lead = strawberry.field(description="The lead as it is now.")
    recipient: strawberry.Private[UUID | None] = None
    """The only subscriber of a shared stream that gets it."""


@strawberry.type(description="A change of a lead that the viewer can see, or one that made it visible or hid it.")
class LeadChange:
    cursor: EventCursor = strawberry.field(description="The position of this event: pass it as `after` to continue.")
    occurred_at: DateTime = strawberry.field(description="The time of the event.")
    presence: Presence = strawberry.field(description="The meaning of the change for a list with this filter.")
    kind: TimelineKind = strawberry.field(description="The kind of event.")
    lead_id: strawberry.ID = strawberry.field(description="The lead.")
    lead: Lead | None = strawberry.field(
        description="The lead as it is now; null if it LEFT (it no longer matches, was claimed by another partner, reassigned or"
        " deleted), or is no longer visible."
    )
    actor_id: strawberry.Private[UUID | None]

    @strawberry.field(description="The member who made the change. Null for another partner's member, and for automatic changes.")
    async def actor(self, info: Info) -> Member | None:
        return None if self.actor_id is None else await member_by_id(info.context, self.actor_id)


@strawberry.type(description="A change and its cursor.")
class LeadChangeEdge:
    cursor: EventCursor = strawberry.field(description=CURSOR)
    node: LeadChange = strawberry.field(description=NODE)


@strawberry.type(description="One page of changes.")
class LeadChangeConnection:
    edges: list[LeadChangeEdge] = strawberry.field(description=EDGES)
    nodes: list[LeadChange] = strawberry.field(description=NODES)
    page_info: PageInfo = strawberry.field(
        description=f"{PAGE_INFO} `endCursor` is the position to continue from, even after an empty page."
    )


def lead_change(context: Context, change: VisibleChange, leads: Mapping[UUID, Lead]) -> LeadChange:
    """Return an event as a `LeadChange`; `leads` holds the current leads by id."""
    logged, event = change.logged, change.logged.event
    return LeadChange(
        cursor=EventCursor(context.app.cursors.encode(logged.position)),
        occurred_at=DateTime(to_millis(event.occurred_at)),
        presence=change.presence,
        kind=event.kind,
        lead_id=encode_id("Lead", event.lead_id),
        lead=None if change.presence is Presence.LEFT else leads.get(event.lead_id),
        actor_id=visible_actor(context.viewer, event),
    )


async def page_of_changes(
    context: Context, lead_filter: Filter, after: EventCursor | None, first: Size, selection: Selection
) -> LeadChangeConnection:
    """Return the next changes after a cursor, the same that a subscription would deliver."""
    page = await read_event_page(context, Event, partial(presence, lead_filter, context.viewer), after, first)
    fields = selection.fields("LeadChangeConnection")
    below = row_selection(fields, "LeadChangeEdge", selection.nothing()).fields("LeadChange")
    present = [one.logged.event.lead_id for one in page.changes if one.presence is not Presence.LEFT]
    leads = await leads_by_id(context, present, below["lead"]) if "lead" in below else {}
    nodes = [lead_change(context, one, leads) for one in page.changes]
    edges = [LeadChangeEdge(cursor=node.cursor, node=node) for node in nodes]
    return LeadChangeConnection(nodes=nodes, edges=edges, page_info=page.page_info)
