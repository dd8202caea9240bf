"""Activities of leads and opportunities: their list, and writes.

`store.leads.notes_and_activities` reads those of one lead or opportunity.

The list is raw SQL: keyset pages in the order of an expression, which has no QuerySet form. A page takes 1 ms of 60,000 activities.
"""

from typing import Final
from uuid import UUID

from gql_leads.domain.activities import Activity, ActivityFilter
from gql_leads.domain.viewer import Viewer
from gql_leads.store.access import access_policy
from gql_leads.store.database.connection import Connection
from gql_leads.store.leads.notes_and_activities import ACTIVITIES, Parent, seen, select
from gql_leads.store.models.leads import Activity as ActivityModel
from gql_leads.store.sql import pagination
from gql_leads.store.sql.builder import TRUE, Sql, all_of, is_one_of, negation
from gql_leads.store.sql.pagination import Key, Page, Window
from gql_leads.store.sql.projection import Projection
from gql_leads.store.sql.rows import attributes_of, decode, encode_columns

NO_DUE_TIME: Final = 2**52
"""Rank of an open activity without a due time: after every instant."""
RANK: Final = f"CASE WHEN a.completed_at IS NULL THEN COALESCE(a.due_at, {NO_DUE_TIME}) ELSE {2**53} - a.completed_at END"
"""One ascending number for the order of the list, which indexes hold: open activities by due time, then completed ones, newest first."""
NEXT_DUE: Final = (Key(RANK), Key("a.id"))


def matching(asked: ActivityFilter, viewer: Viewer) -> Sql:
    """Return the condition of the activities that the filter selects."""
    mine, due = Sql("a.owner_id = ?", (viewer.member_id,)), asked.due_at
    flags = ((asked.is_mine, mine), (asked.is_open, Sql(f"{RANK} <= {NO_DUE_TIME}")))
    lists = (("a.kind", asked.kinds), ("a.lead_id", asked.lead_ids), ("a.opportunity_id", asked.opportunity_ids))
    return all_of(
        *(condition if wanted else negation(condition) for wanted, condition in flags if wanted is not None),
        *(is_one_of(column, values) for column, values in lists if values is not None),
        TRUE if due is None else Sql("a.due_at IS NOT NULL"),
        TRUE if due is None or due.start is None else Sql("a.due_at >= ?", (due.start,)),
        TRUE if due is None or due.end is None else Sql("a.due_at < ?", (due.end,)),
    )


async def page(connection: Connection, viewer: Viewer, projection: Projection, asked: ActivityFilter, window: Window) -> Page:
    """Read one page of the activities that the viewer may read, the next due first."""
    selected = select(viewer, ACTIVITIES, Parent.ANY, projection, NEXT_DUE)
    return await pagination.read_page(connection, selected, window, matching(asked, viewer))


async def total(connection: Connection, viewer: Viewer, asked: ActivityFilter) -> int:
    """Return the number of activities in the list."""
    where = all_of(seen(viewer, ACTIVITIES, Parent.ANY), matching(asked, viewer))
    return await pagination.count(connection, ACTIVITIES.source(Parent.ANY).text, where)


def lead_of(viewer: Viewer, activity_id: UUID) -> Sql:
    """Return the condition of the lead `l` that the activity belongs to, if the viewer may read the activity."""
    known = all_of(Sql("a.id = ?", (activity_id,)), access_policy.history(viewer, "a"))
    return all_of(
        "l.id = (SELECT a.lead_id FROM activity a WHERE " + known + ")", access_policy.visible_to(viewer), access_policy.full_view(viewer)
    )


async def record(connection: Connection, activity_id: UUID) -> Activity | None:
    """Return the activity without an access policy, None if there is none."""
    rows = await ActivityModel.filter(id=activity_id).using_db(connection.client).values()
    return decode(Activity, rows[0]) if rows else None


async def insert(connection: Connection, activity: Activity) -> None:
    """Insert a new activity."""
    await ActivityModel.create(using_db=connection.client, **encode_columns(attributes_of(activity)))


async def update(connection: Connection, before: Activity, after: Activity) -> None:
    """Write the columns that differ."""
    old = attributes_of(before)
    written = {name: value for name, value in attributes_of(after).items() if value != old[name]}
    await ActivityModel.filter(id=after.id).using_db(connection.client).update(**encode_columns(written))


async def delete(connection: Connection, activity_id: UUID) -> None:
    """Delete the activity; the history keeps what it was."""
    await ActivityModel.filter(id=activity_id).using_db(connection.client).delete()
