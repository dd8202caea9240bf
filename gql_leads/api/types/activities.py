"""What people do about a lead."""

from typing import Final

import strawberry

from gql_leads.api.resolving.field_sources import beside, identity, plain
from gql_leads.api.types.node import Node
from gql_leads.api.types.notes_and_activities import Journal
from gql_leads.api.types.organization import Member, member_facts
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


ACTIVITIES: Final = Journal(
    Activity,
    {
        "id": identity("Activity"),
        "kind": plain("kind"),
        "subject": plain("subject"),
        "body": plain("body"),
        "dueAt": plain("due_at"),
        "completedAt": plain("completed_at"),
        "createdAt": plain("created_at"),
        "owner": beside("owner", Member, member_facts),
    },
    notes_and_activities.ACTIVITIES,
)
