"""What people do about a lead."""

from typing import Final

import strawberry

from gql_leads.api.resolving.row_mapping import column, global_id, joined
from gql_leads.api.types.node import Node
from gql_leads.api.types.notes_and_activities import EntryReader
from gql_leads.api.types.organization import Member, member_sources
from gql_leads.api.values.scalars import DateTime
from gql_leads.domain.activities import ActivityKind
from gql_leads.store.leads import notes_and_activities


@strawberry.type(description="What somebody does about a lead: a call, an e-mail, a meeting or a task.")
class Activity(Node):
    kind: ActivityKind = strawberry.field(description="What it is.")
    subject: str = strawberry.field(description="What it is about, in a line.")
    body: str | None = strawberry.field(description="More about it, with its line breaks.")
    due_at: DateTime | None = strawberry.field(description="When it is to be done.")
    completed_at: DateTime | None = strawberry.field(description="When it was done; null where it is still to be done.")
    created_at: DateTime = strawberry.field(description="When it was logged.")
    owner: Member = strawberry.field(description="Who logged it.")


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
