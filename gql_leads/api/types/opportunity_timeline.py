"""The timeline of an opportunity."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

import strawberry

from gql_leads.api.resolving.construction import construct
from gql_leads.api.resolving.context import Context, Info
from gql_leads.api.resolving.relay_connections import (
    CURSOR,
    EDGES,
    NODE,
    NODES,
    PAGE_INFO,
    PageInfo,
    Paging,
    build_connection,
    cursor_encoder,
)
from gql_leads.api.resolving.row_mapping import full_mapper
from gql_leads.api.resolving.selections import Selection
from gql_leads.api.types.leads.timeline import FieldChange, NameReader, entry_id, member_name, with_names
from gql_leads.api.types.organization import Member, member_sources
from gql_leads.api.values.scalars import DateTime
from gql_leads.domain.leads.history import FieldChange as Change
from gql_leads.domain.opportunities.events import OpportunityEventKind
from gql_leads.domain.opportunities.history import summary
from gql_leads.services.app_context import AppContext
from gql_leads.store import opportunities
from gql_leads.store.sql.pagination import EMPTY
from gql_leads.store.sql.rows import Row, loaded

PURPOSE: Final = "opportunity timeline"
"""Sealed into the cursors, so that a cursor of another kind of list is refused."""
PAGE_SIZE: Final = 20


async def contact_name(context: Context, uuid: UUID) -> str | None:
    """Return the name of a contact, None for one that is not visible."""
    rows = await context.dataloader.load(
        opportunities.CONTACTS, uuid, lambda ids: opportunities.by_id(context.connection, context.viewer, opportunities.CONTACTS, ids)
    )
    return None if rows is None else " ".join(filter(None, (rows["first_name"], rows["last_name"])))


NAMES: Final[Mapping[str, NameReader]] = {"owner": member_name, "activity.owner": member_name, "contact": contact_name}


@strawberry.type(description="An event in the history of an opportunity. Entries are never edited.")
class OpportunityTimelineEntry:
    id: strawberry.ID = strawberry.field(description="The id of the entry.")
    kind: OpportunityEventKind = strawberry.field(description="The kind of event.")
    occurred_at: DateTime = strawberry.field(description="The time of the event.")
    actor: Member | None = strawberry.field(description="The member who made the change; null for automatic changes.")
    field_changes: strawberry.Private[tuple[Change, ...]]

    @strawberry.field(description="The entry as a sentence.")
    async def summary(self, info: Info) -> str:
        named = await with_names(info.context, self.field_changes, NAMES)
        return summary(OpportunityEventKind(self.kind), named, self.actor.name if self.actor else None)

    @strawberry.field(description="The changed fields.")
    async def changes(self, info: Info) -> list[FieldChange]:
        named = await with_names(info.context, self.field_changes, NAMES)
        return [FieldChange(field=one.field, from_=one.before, to=one.after) for one in named]


@strawberry.type(description="An entry and its cursor.")
class OpportunityTimelineEdge:
    cursor: str = strawberry.field(description=CURSOR)
    node: OpportunityTimelineEntry = strawberry.field(description=NODE)


@strawberry.type(description="One page of a timeline.")
class OpportunityTimelineConnection:
    edges: list[OpportunityTimelineEdge] = strawberry.field(description=EDGES)
    nodes: list[OpportunityTimelineEntry] = strawberry.field(description=NODES)
    page_info: PageInfo = strawberry.field(description=PAGE_INFO)


_actor = full_mapper(Member, member_sources("actor_"))


async def timeline_of_opportunity(info: Info, opportunity_id: UUID, paging: Paging) -> OpportunityTimelineConnection:
    """Return one page of an opportunity's timeline, newest first."""
    context, app = info.context, info.context.app
    selected, window = Selection.under(info).fields("OpportunityTimelineConnection"), paging.window(app, PURPOSE, PAGE_SIZE)
    page = await context.dataloader.load(
        (PURPOSE, window),
        opportunity_id,
        lambda ids: opportunities.pages_of_timelines(context.connection, context.viewer, window, ids),
    )
    cursor = cursor_encoder(app, PURPOSE, len(opportunities.LAST_ENTRY_FIRST))
    return build_connection(
        OpportunityTimelineConnection, OpportunityTimelineEdge, selected, page or EMPTY, lambda row: _entry(app, row), cursor
    )


def _entry(app: AppContext, row: Row) -> OpportunityTimelineEntry:
    return construct(
        OpportunityTimelineEntry,
        id=entry_id(app, "opportunity timeline entry", row["id"]),
        kind=row["kind"],
        occurred_at=row["occurred_at"],
        actor=None if row["actor_id"] is None else _actor(row),
        field_changes=tuple(Change(one["field"], one["from"], one["to"]) for one in loaded(row["changes"])),
    )
