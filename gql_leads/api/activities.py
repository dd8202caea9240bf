"""What people do about a lead."""

from uuid import UUID

import strawberry

from gql_leads.api.connections import Connection, Edge, Paging, cursors, fill, wants_rows
from gql_leads.api.context import Context, Info
from gql_leads.api.ids import to_global
from gql_leads.api.making import made
from gql_leads.api.node import Node
from gql_leads.api.organisation import Member, member
from gql_leads.api.scalars import DateTime
from gql_leads.api.selection import Selection
from gql_leads.domain.activity import ActivityKind
from gql_leads.store import activities
from gql_leads.store.paging import EMPTY
from gql_leads.store.rows import Row


@strawberry.type(description="What somebody does about a lead: a call, an e-mail, a meeting or a task.")
class Activity(Node):
    kind: ActivityKind = strawberry.field(description="What it is.")
    subject: str = strawberry.field(description="What it is about, in a line.")
    body: str | None = strawberry.field(description="More about it, with its line breaks.")
    due_at: DateTime | None = strawberry.field(description="When it is to be done.")
    completed_at: DateTime | None = strawberry.field(description="When it was done; null where it is still to be done.")
    created_at: DateTime = strawberry.field(description="When it was logged.")
    owner: Member = strawberry.field(description="Who logged it.")


def activity(row: Row) -> Activity:
    """The activity in the row."""
    return made(
        Activity,
        id=to_global("Activity", row["id"]),
        kind=row["kind"],
        subject=row["subject"],
        body=row["body"],
        due_at=row["due_at"],
        completed_at=row["completed_at"],
        created_at=row["created_at"],
        owner=None if row["owner_id"] is None else member(row, "owner_"),
    )


async def activity_by_id(context: Context, uuid: UUID) -> Activity | None:
    """An activity the viewer may read."""
    reading = context.reading
    row = await context.batches.load("activity", uuid, lambda ids: activities.by_id(reading.connection, reading.viewer, ids))
    return None if row is None else activity(row)


async def activities_of(info: Info, lead_id: UUID, paging: Paging) -> Connection[Activity]:
    """One page of a lead's activities, newest first."""
    batches, reading, desk = info.context.batches, info.context.reading, info.context.desk
    connection, viewer = reading.connection, reading.viewer
    asked = Selection.under(info).fields("ActivityConnection")
    window = paging.window(desk, "activity", 20)
    page = None
    if wants_rows(asked):
        page = await batches.load(("activities", window), lead_id, lambda ids: activities.pages(connection, viewer, window, ids))
    filled: Connection[Activity] = fill(Connection, Edge, asked, page or EMPTY, activity, cursors(desk, "activity", len(activities.NEWEST)))
    if "totalCount" in asked:
        total = await batches.load("activity totals", lead_id, lambda ids: activities.totals(connection, viewer, ids))
        filled.total_count = total or 0
    return filled
