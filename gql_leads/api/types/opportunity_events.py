"""Opportunity events as GraphQL types, for the subscription and for `opportunityChanges`."""

from functools import partial
from typing import Annotated
from uuid import UUID

import strawberry

from gql_leads.api.resolving.context import Context, Info
from gql_leads.api.resolving.event_pages import VisibleChange, read_event_page
from gql_leads.api.resolving.relay_connections import CURSOR, EDGES, NODE, NODES, PAGE_INFO, PageInfo, Size, row_selection
from gql_leads.api.resolving.selections import Selection
from gql_leads.api.types.opportunities import Opportunity, opportunities_by_id
from gql_leads.api.types.organization import Member, member_by_id
from gql_leads.api.values.filters import OpportunityFilterInput
from gql_leads.api.values.ids import encode_id
from gql_leads.api.values.scalars import DateTime, EventCursor
from gql_leads.domain.events import Presence
from gql_leads.domain.leads.visibility import visible_actor
from gql_leads.domain.opportunities.events import OpportunityEvent, OpportunityEventKind, presence
from gql_leads.domain.opportunities.records import OpportunityFilter
from gql_leads.store.sql.rows import to_millis

OpportunityStreamFilter = Annotated[OpportunityFilterInput | None, strawberry.argument(description="The opportunities to include.")]


@strawberry.type(description="A change of an opportunity that the viewer can see.")
class OpportunityChange:
    cursor: EventCursor = strawberry.field(description="The position of this event: pass it as `after` to continue.")
    occurred_at: DateTime = strawberry.field(description="The time of the event.")
    presence: Presence = strawberry.field(description="The meaning of the change for a list with this filter.")
    kind: OpportunityEventKind = strawberry.field(description="The kind of event.")
    opportunity_id: strawberry.ID = strawberry.field(description="The opportunity.")
    opportunity: Opportunity | None = strawberry.field(
        description="The opportunity as it is now; null if it LEFT because it no longer matches, or is no longer visible."
    )
    actor_id: strawberry.Private[UUID | None]

    @strawberry.field(description="The member who made the change. Null for automatic changes.")
    async def actor(self, info: Info) -> Member | None:
        return None if self.actor_id is None else await member_by_id(info.context, self.actor_id)


@strawberry.type(description="A change and its cursor.")
class OpportunityChangeEdge:
    cursor: EventCursor = strawberry.field(description=CURSOR)
    node: OpportunityChange = strawberry.field(description=NODE)


@strawberry.type(description="One page of changes.")
class OpportunityChangeConnection:
    edges: list[OpportunityChangeEdge] = strawberry.field(description=EDGES)
    nodes: list[OpportunityChange] = strawberry.field(description=NODES)
    page_info: PageInfo = strawberry.field(
        description=f"{PAGE_INFO} `endCursor` is the position to continue from, even after an empty page."
    )


def opportunity_change(context: Context, change: VisibleChange, opportunity: Opportunity | None) -> OpportunityChange:
    """Return an event as an `OpportunityChange`, with the current opportunity."""
    event: OpportunityEvent = change.logged.event
    return OpportunityChange(
        cursor=EventCursor(context.app.cursors.encode(change.logged.position)),
        occurred_at=DateTime(to_millis(event.occurred_at)),
        presence=change.presence,
        kind=event.kind,
        opportunity_id=encode_id("Opportunity", event.opportunity_id),
        opportunity=None if change.presence is Presence.LEFT else opportunity,
        actor_id=visible_actor(context.viewer, event),
    )


async def page_of_opportunity_changes(
    context: Context, asked: OpportunityFilter, after: EventCursor | None, first: Size, selection: Selection
) -> OpportunityChangeConnection:
    """Return the next changes after a cursor, the same that a subscription would deliver."""
    page = await read_event_page(context, OpportunityEvent, partial(presence, asked, context.viewer), after, first)
    fields = selection.fields("OpportunityChangeConnection")
    below = row_selection(fields, "OpportunityChangeEdge", selection.nothing()).fields("OpportunityChange")
    present = [one.logged.event.opportunity_id for one in page.changes if one.presence is not Presence.LEFT]
    current = await opportunities_by_id(context, present) if "opportunity" in below else {}
    nodes = [opportunity_change(context, one, current.get(one.logged.event.opportunity_id)) for one in page.changes]
    edges = [OpportunityChangeEdge(cursor=node.cursor, node=node) for node in nodes]
    return OpportunityChangeConnection(nodes=nodes, edges=edges, page_info=page.page_info)
