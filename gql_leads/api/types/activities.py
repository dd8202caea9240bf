"""The `Activity` type, and the list of activities."""

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final
from uuid import UUID

import strawberry

from gql_leads.api.resolving.context import Info
from gql_leads.api.resolving.references import load_reference
from gql_leads.api.resolving.relay_connections import Connection, ConnectionType, Paging
from gql_leads.api.resolving.row_mapping import FieldSource, column, global_id, joined, uuid_column
from gql_leads.api.resolving.selections import Selection
from gql_leads.api.types.node import Node
from gql_leads.api.types.notes_and_activities import EntryReader
from gql_leads.api.types.organization import Member, member_sources
from gql_leads.api.values.scalars import DateTime
from gql_leads.domain.activities import ActivityFilter, ActivityKind
from gql_leads.store import activities
from gql_leads.store.leads import notes_and_activities

if TYPE_CHECKING:
    from gql_leads.api.types.leads.lead import Lead
    from gql_leads.api.types.opportunities import Opportunity

PAGE_SIZE: Final = 50


@strawberry.type(description="A call, an e-mail, a meeting or a task about a lead or an opportunity.")
class Activity(Node):
    kind: ActivityKind = strawberry.field(description="The kind of activity.")
    subject: str = strawberry.field(description="The subject.")
    body: str | None = strawberry.field(description="Details, with line breaks.")
    due_at: DateTime | None = strawberry.field(description="The due time.")
    completed_at: DateTime | None = strawberry.field(description="The time of completion; null while it is open.")
    created_at: DateTime = strawberry.field(description="The time when it was logged.")
    updated_at: DateTime = strawberry.field(description="The time of the last change.")
    owner: Member = strawberry.field(description="The member who does it: who logged it, or to whom it was handed over.")
    lead_id: strawberry.Private[UUID | None]
    opportunity_id: strawberry.Private[UUID | None]

    @strawberry.field(description="The lead that it is about; null for an activity of an opportunity.")
    async def lead(self, info: Info) -> Annotated["Lead", strawberry.lazy("gql_leads.api.types.leads.lead")] | None:
        found: Lead | None = await load_reference(info.context, "Lead", self.lead_id, Selection.under(info))
        return found

    @strawberry.field(description="The opportunity that it is about; null for an activity of a lead.")
    async def opportunity(self, info: Info) -> Annotated["Opportunity", strawberry.lazy("gql_leads.api.types.opportunities")] | None:
        found: Opportunity | None = await load_reference(info.context, "Opportunity", self.opportunity_id, Selection.under(info))
        return found


ACTIVITIES: Final = EntryReader(
    Activity,
    {
        "id": global_id("Activity"),
        "kind": column("kind"),
        "subject": column("subject"),
        "body": column("body"),
        "dueAt": column("due_at"),
        "completedAt": column("completed_at"),
        "createdAt": column("created_at"),
        "updatedAt": FieldSource("updated_at", ("updated_at", "created_at"), make=lambda row, _: row["updated_at"] or row["created_at"]),
        "owner": joined("owner", member_sources),
        "lead": uuid_column("lead_id", "lead_id"),
        "opportunity": uuid_column("opportunity_id", "opportunity_id"),
    },
    notes_and_activities.ACTIVITIES,
)


async def page_of_activities(info: Info, asked: ActivityFilter, paging: Paging) -> Connection[Any]:
    """Return one page of activities: open ones by due time, then completed ones, newest first."""
    context, mapper = info.context, Selection.under(info).memoized(ACTIVITIES.mapper_of_page)
    connection_type = ConnectionType("Activity", mapper.make, "activities by due time", activities.NEXT_DUE, PAGE_SIZE)
    page = partial(activities.page, context.connection, context.viewer, mapper.projection, asked)
    return await connection_type.page(info, paging, page, partial(activities.total, context.connection, context.viewer, asked))
