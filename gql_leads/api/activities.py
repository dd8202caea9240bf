"""What people do about a lead."""

from functools import partial
from typing import Final
from uuid import UUID

import strawberry

from gql_leads.api import facts
from gql_leads.api.connections import Connection, Paging, Rows, row_selection
from gql_leads.api.context import Context, Info
from gql_leads.api.facts import Plan, beside, identity, plain
from gql_leads.api.node import Node
from gql_leads.api.organisation import Member, member_facts
from gql_leads.api.scalars import DateTime
from gql_leads.api.selection import Selection
from gql_leads.domain.activity import ActivityKind
from gql_leads.store import activities


@strawberry.type(description="What somebody does about a lead: a call, an e-mail, a meeting or a task.")
class Activity(Node):
    kind: ActivityKind = strawberry.field(description="What it is.")
    subject: str = strawberry.field(description="What it is about, in a line.")
    body: str | None = strawberry.field(description="More about it, with its line breaks.")
    due_at: DateTime | None = strawberry.field(description="When it is to be done.")
    completed_at: DateTime | None = strawberry.field(description="When it was done; null where it is still to be done.")
    created_at: DateTime = strawberry.field(description="When it was logged.")
    owner: Member = strawberry.field(description="Who logged it.")


ACTIVITY: Final = {
    "id": identity("Activity"),
    "kind": plain("kind"),
    "subject": plain("subject"),
    "body": plain("body"),
    "dueAt": plain("due_at"),
    "completedAt": plain("completed_at"),
    "createdAt": plain("created_at"),
    "owner": beside("owner", Member, member_facts),
}
WHOLE_ACTIVITY: Final = facts.plan(Activity, ACTIVITY)


def activity_plan(selection: Selection) -> Plan:
    """The plan for what is selected of an activity."""
    return facts.plan(Activity, ACTIVITY, selection)


def _activities_plan(selection: Selection) -> Plan:
    return activity_plan(row_selection(selection.fields("ActivityConnection"), "ActivityEdge", selection.nothing()))


async def activity_by_id(context: Context, uuid: UUID, plan: Plan = WHOLE_ACTIVITY) -> Activity | None:
    """An activity the viewer may read."""
    connection, viewer = context.connection, context.viewer
    row = await context.batches.load(("activity", plan.shape), uuid, lambda ids: activities.by_id(connection, viewer, plan.shape, ids))
    return None if row is None else plan.make(row)


async def activities_of(info: Info, lead_id: UUID, paging: Paging) -> Connection[Activity]:
    """One page of a lead's activities, newest first."""
    connection, viewer = info.context.connection, info.context.viewer
    plan = Selection.under(info).remember(_activities_plan)
    rows = Rows("Activity", plan.make, "activity", activities.NEWEST, 20)
    pages, totals = partial(activities.pages, connection, viewer, plan.shape), partial(activities.totals, connection, viewer)
    return await rows.page_below(info, lead_id, paging, pages, totals, plan.shape)
