"""Activities of leads: seen, as notes are, by the partner that held the lead when they were logged, and by the vendor; not by senders."""

from collections.abc import Collection, Iterable
from uuid import UUID

from gql_leads.domain.activity import NewActivity
from gql_leads.domain.lead import Lead
from gql_leads.domain.viewer import Viewer
from gql_leads.store import organisation, paging, sight
from gql_leads.store.changes import Change
from gql_leads.store.connection import Connection
from gql_leads.store.paging import Key, Page, Select, Window
from gql_leads.store.rows import Row
from gql_leads.store.shapes import Shape, named
from gql_leads.store.sql import Sql, all_of

ACTIVITIES = Sql("FROM activity a JOIN lead l ON l.id = a.lead_id")
WHOLE = Shape(
    frozenset({"id", "kind", "subject", "body", "due_at", "completed_at", "created_at"})
    | {named("owner", column) for column in organisation.MEMBER}
)
NEWEST = (Key("a.created_at", descending=True), Key("a.id", descending=True))


@sight.remembered
def seen(viewer: Viewer) -> Sql:
    """The activities the viewer may read."""
    return all_of(sight.audience(viewer), sight.in_full(viewer), sight.history(viewer, "a"))


@sight.remembered
def _read(viewer: Viewer, shape: Shape) -> Select:
    """What reads so much of the activities that the viewer may read, each with its owner as far as the viewer may know of them."""
    columns, source = organisation.with_member(viewer, "a", shape, "owner")
    return Select(columns, ACTIVITIES + source, seen(viewer), NEWEST)


async def pages(connection: Connection, viewer: Viewer, shape: Shape, window: Window, leads: Iterable[UUID]) -> dict[UUID, Page]:
    """The same page of each lead's activities, newest first."""
    return await paging.read_pages(connection, _read(viewer, shape), window, "a.lead_id", leads)


async def totals(connection: Connection, viewer: Viewer, leads: Iterable[UUID]) -> dict[UUID, int]:
    """How many activities each lead has."""
    return await paging.counts(connection, ACTIVITIES.text, seen(viewer), "a.lead_id", leads)


async def by_id(connection: Connection, viewer: Viewer, shape: Shape, ids: Collection[UUID]) -> dict[UUID, Row]:
    """Those of the activities that the viewer may read."""
    return await paging.read_by_id(connection, _read(viewer, shape), ids)


def lead_of(viewer: Viewer, activity_id: UUID) -> Sql:
    """The lead `l` of an activity that the viewer may read."""
    known = all_of(Sql("a.id = ?", (activity_id,)), sight.history(viewer, "a"))
    return all_of("l.id = (SELECT a.lead_id FROM activity a WHERE " + known + ")", sight.audience(viewer), sight.in_full(viewer))


async def insert(change: Change, activity_id: UUID, lead: Lead, new: NewActivity) -> None:
    """Write a new activity of the lead, owned by whoever acts."""
    await change.connection.execute(
        "INSERT INTO activity (id, lead_id, partner_id, kind, subject, body, due_at, completed_at, owner_id, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        activity_id, lead.id, lead.partner_id, new.kind, new.subject, new.body, new.due_at, new.completed_at,
        change.actor.member_id, change.now,
    )  # fmt: skip


async def complete(change: Change, activity_id: UUID) -> bool:
    """Write that the activity is done now; whether it was not before."""
    done = await change.connection.fetch(
        "UPDATE activity SET completed_at = ? WHERE id = ? AND completed_at IS NULL RETURNING id", change.now, activity_id
    )
    return bool(done)
