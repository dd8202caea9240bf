"""The `Activity` type."""

from typing import Final

import strawberry

from gql_leads.api.resolving.row_mapping import column, global_id, joined
from gql_leads.api.types.node import Node
from gql_leads.api.types.notes_and_activities import EntryReader
from gql_leads.api.types.organization import Member, member_sources
from gql_leads.api.values.scalars import DateTime
from gql_leads.domain.activities import ActivityKind
from gql_leads.store.leads import notes_and_activities


@strawberry.type(description="A call, an e-mail, a meeting or a task about a lead.")
class Activity(Node):
    kind: ActivityKind = strawberry.field(description="The kind of activity.")
    subject: str = strawberry.field(description="The subject.")
    body: str | None = strawberry.field(description="Details, with line breaks.")
    due_at: DateTime | None = strawberry.field(description="The due time.")
    completed_at: DateTime | None = strawberry.field(description="The time of completion; null while it is open.")
    created_at: DateTime = strawberry.field(description="The time when it was logged.")
    owner: Member = strawberry.field(description="The member who logged it.")


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
        "owner": joined("owner", member_sources),
    },
    notes_and_activities.ACTIVITIES,
)
