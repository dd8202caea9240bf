"""Notifications as their audience reads them while it sees their lead, and what each member has read.

A notification has the position of its event, which orders the list and compares with marks. Raw SQL because lists are merged from several
audiences. `store.events.notifications` writes them.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from gql_leads.domain.outbox.notifications import NotificationKind, audiences_of
from gql_leads.domain.viewer import Viewer
from gql_leads.store import opportunities
from gql_leads.store.access import access_policy
from gql_leads.store.access.access_policy import MOST_BRANCHES, memoized
from gql_leads.store.database.connection import Connection
from gql_leads.store.events import event_log
from gql_leads.store.events.event_log import Position
from gql_leads.store.models.notifications import Notification as StoredNotification
from gql_leads.store.models.notifications import NotificationMark
from gql_leads.store.sql import pagination
from gql_leads.store.sql.builder import TRUE, Sql, all_of, is_one_of
from gql_leads.store.sql.pagination import EMPTY, Key, Page, Select, Window
from gql_leads.store.sql.rows import Row, as_uuid, loaded, to_millis

NEWEST_FIRST: Final = (Key("n.epoch", descending=True), Key("n.xid", descending=True), Key("n.number", descending=True))
_POSITION: Final = "(n.epoch, n.xid, n.number)"


@dataclass(frozen=True, slots=True)
class Reading:
    """The kinds that a member wants to read, and the position up to which they have read everything."""

    kinds: frozenset[NotificationKind]
    marked: Position


def addressed_to(viewer: Viewer) -> Sql:
    """Return the condition that the viewer is of the audience, for rows that have one of their audiences."""
    own_doing = Sql("(n.actor_id IS NULL OR n.actor_id <> ?)", (viewer.member_id,))
    if viewer.is_vendor:
        return own_doing
    partner = f"%{viewer.partner_id}%"
    return all_of(
        own_doing,
        Sql("(n.excluded IS NULL OR n.excluded NOT LIKE ?)", (partner,)),
        Sql("(n.admitted IS NULL OR n.admitted LIKE ?)", (partner,)),
    )


def _listed(viewer: Viewer, reading: Reading, *, unread_only: bool) -> Sql:
    """Return the condition of the list, for rows that have one of the viewer's audiences."""
    return all_of(
        addressed_to(viewer),
        is_one_of("n.kind", sorted(reading.kinds)),
        _in_sight(viewer),
        _unread(viewer, reading) if unread_only else TRUE,
    )


def _in_sight(viewer: Viewer) -> Sql:
    """Return the condition that the viewer sees the subject now, and that it does not wait in another queue."""
    elsewhere = "l.queue_id IS NOT NULL AND l.queue_id <> n.audience_id AND " + access_policy.in_open_queue(viewer, "n.audience_id")
    lead = "EXISTS (SELECT 1 FROM lead l WHERE l.id = n.lead_id AND " + access_policy.visible_to(viewer) + " AND NOT (" + elsewhere + "))"
    opportunity = "EXISTS (SELECT 1 FROM opportunity t WHERE t.id = n.opportunity_id AND " + opportunities.seen(viewer) + ")"
    return "(n.lead_id IS NULL OR " + lead + ") AND (n.opportunity_id IS NULL OR " + opportunity + ")"


def _unread(viewer: Viewer, reading: Reading) -> Sql:
    read = "EXISTS (SELECT 1 FROM notification_read r WHERE r.notification_id = n.id AND r.member_id = ?)"
    return all_of(Sql(f"{_POSITION} > (?, ?, ?)", tuple(reading.marked)), Sql(f"NOT {read}", (viewer.member_id,)))


def _of_audiences(viewer: Viewer) -> tuple[Sql, ...]:
    """Return disjoint conditions that the index by audience serves; many queues share one."""
    audiences = audiences_of(viewer)
    return tuple(is_one_of("n.audience_id", [one]) for one in audiences) if len(audiences) <= MOST_BRANCHES else (_of_any(viewer),)


def _of_any(viewer: Viewer) -> Sql:
    return is_one_of("n.audience_id", audiences_of(viewer))


def _select(viewer: Viewer, source: Sql, where: Sql) -> Select:
    """Return the SELECT of notifications with the facts of their subject, and the time at which they were read."""
    full_view = access_policy.full_view(viewer)
    is_theirs = Sql("(l.owner_id IS NULL OR l.owner_id = ?)", (viewer.member_id,))
    waits = "(l.stage = 'RECEIVED' AND (l.requires_response OR l.contact_requested_at IS NOT NULL))"
    read_at = (
        "COALESCE((SELECT r.read_at FROM notification_read r WHERE r.notification_id = n.id AND r.member_id = ?),"
        " (SELECT k.read_at FROM notification_mark k WHERE k.member_id = ? AND (k.epoch, k.xid, k.number) >= (n.epoch, n.xid, n.number)"
        " ORDER BY k.epoch, k.xid, k.number LIMIT 1))"
    )
    columns = (
        "n.id, n.kind, n.lead_id, n.import_id, n.created_at, l.reference, l.company, l.listing_name, l.expires_at, l.close_reason,"
        " o.name AS opportunity_name, i.filename, i.created_rows, i.updated_rows, i.rejected_rows,"
        " p.name AS partner_name, a.name AS actor_name, (l.id IS NOT NULL AND "
        + all_of(Sql(waits), is_theirs, full_view)
        + ") AS is_waiting, "
        + Sql(read_at, (viewer.member_id, viewer.member_id))
        + " AS read_at, me.language, me.muted_kinds"
    )
    actor = "a.id = n.actor_id" if viewer.sees_everything else "a.id = n.actor_id AND FALSE"
    seen_actor = (
        Sql(actor) if viewer.is_vendor else Sql("a.id = n.actor_id AND (a.partner_id IS NULL OR a.partner_id = ?)", (viewer.partner_id,))
    )
    joined = Sql(
        " JOIN member me ON me.id = ? LEFT JOIN lead l ON l.id = n.lead_id LEFT JOIN partner p ON p.id = l.partner_id"
        " LEFT JOIN opportunity o ON o.id = n.opportunity_id LEFT JOIN lead_import i ON i.id = n.import_id LEFT JOIN member a ON ",
        (viewer.member_id,),
    )
    return Select(columns, source + joined + seen_actor, where, NEWEST_FIRST)


async def page(connection: Connection, viewer: Viewer, reading: Reading, window: Window, *, unread_only: bool) -> Page:
    """Read one page of the notifications of the viewer's audiences, the newest first."""
    if not reading.kinds:
        return EMPTY
    condition = _listed(viewer, reading, unread_only=unread_only)
    branches = [all_of(one, condition) for one in _of_audiences(viewer)]
    source = pagination.merged("notification", branches, NEWEST_FIRST, window, connection.dialect, alias="n")
    return await pagination.read_page(connection, _select(viewer, source, TRUE), window)


async def total(connection: Connection, viewer: Viewer, reading: Reading, *, unread_only: bool) -> int:
    """Return the number of notifications in the list."""
    where = all_of(_of_any(viewer), _listed(viewer, reading, unread_only=unread_only))
    return await pagination.count(connection, "FROM notification n", where)


async def by_id(connection: Connection, viewer: Viewer, ids: Collection[UUID]) -> dict[UUID, Row]:
    """Read those of the notifications that are addressed to the viewer, and whose lead they see."""
    rows = await connection.fetch(_readable(viewer) + " AND " + is_one_of("n.id", ids)) if ids else ()
    return {as_uuid(row["id"]): row for row in rows}


@memoized
def _readable(viewer: Viewer) -> Sql:
    where = all_of(_of_any(viewer), addressed_to(viewer), _in_sight(viewer))
    return _select(viewer, Sql("FROM notification n"), where).rows


def wanted_kinds(row: Row) -> frozenset[NotificationKind]:
    """Return the kinds that the member of a row has not muted."""
    muted = loaded(row["muted_kinds"]) or ()
    return frozenset(kind for kind in NotificationKind if kind.value not in muted)


async def addressed(connection: Connection, viewer: Viewer, ids: Collection[UUID]) -> dict[UUID, Position]:
    """Return the positions of those notifications that are addressed to the viewer, also if the lead is hidden."""
    where = all_of(_of_any(viewer), addressed_to(viewer), is_one_of("n.id", ids))
    rows = await connection.fetch("SELECT n.id, n.epoch, n.xid, n.number FROM notification n WHERE " + where)
    return {as_uuid(row["id"]): Position(row["epoch"], row["xid"], row["number"]) for row in rows}


async def reading_of(connection: Connection, viewer: Viewer) -> Reading:
    """Return how the viewer reads notifications."""
    row = await connection.fetch_one(
        "SELECT m.muted_kinds, k.epoch, k.xid, k.number FROM member m LEFT JOIN notification_mark k ON k.member_id = m.id"
        " WHERE m.id = ? ORDER BY k.epoch DESC, k.xid DESC, k.number DESC LIMIT 1",
        viewer.member_id,
    )
    if row is None:
        return Reading(frozenset(NotificationKind), event_log.BEGINNING)
    marked = event_log.BEGINNING if row["epoch"] is None else Position(row["epoch"], row["xid"], row["number"])
    return Reading(wanted_kinds(row), marked)


async def mark_until(connection: Connection, member_id: UUID, until: Position, now: datetime) -> None:
    """Record that the member has read everything up to a position, which is after all of their marks."""
    await connection.execute(
        "INSERT INTO notification_mark (member_id, epoch, xid, number, read_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        member_id, *until, now,
    )  # fmt: skip


async def mark_each(connection: Connection, member_id: UUID, ids: Collection[UUID], now: datetime) -> None:
    """Record that the member has read these notifications; one that was read before keeps its time."""
    await connection.execute_many(
        "INSERT INTO notification_read (notification_id, member_id, read_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        [(one, member_id, now) for one in sorted(ids)],
    )


async def close_to_new_partners(connection: Connection, queue_id: UUID, admitted: Sequence[UUID]) -> None:
    """Keep what was addressed to a queue so far from partners to which it was not open."""
    await connection.execute(
        "UPDATE notification SET admitted = ? WHERE audience_id = ? AND admitted IS NULL", ",".join(map(str, admitted)), queue_id
    )


async def delete_of_leads(connection: Connection, lead_ids: Collection[UUID]) -> None:
    """Delete the notifications of leads."""
    await StoredNotification.filter(lead_id__in=list(lead_ids)).using_db(connection.client).delete()


async def delete_older(connection: Connection, before: datetime) -> None:
    """Delete notifications from before an instant, and the marks that no later one needs."""
    await StoredNotification.filter(created_at__lt=to_millis(before)).using_db(connection.client).delete()
    await NotificationMark.filter(read_at__lt=to_millis(before)).using_db(connection.client).delete()


async def leave_queues(connection: Connection) -> None:
    """Give notifications of leads that left their queue to the partner that has the lead; delete the others.

    Their list stays as it is: the other partners do not see the lead. It is read faster, because it holds no rows of others.
    """
    in_queue = "audience_id IN (SELECT q.id FROM lead_queue q)"
    lead = "FROM lead l WHERE l.id = notification.lead_id"
    elsewhere = "l.partner_id IS NULL AND (l.queue_id IS NULL OR l.queue_id <> notification.audience_id)"
    await connection.execute(
        f"UPDATE notification SET audience_id = (SELECT l.partner_id {lead})"
        f" WHERE {in_queue} AND EXISTS (SELECT 1 {lead} AND l.partner_id IS NOT NULL)"
    )
    await connection.execute(f"DELETE FROM notification WHERE {in_queue} AND EXISTS (SELECT 1 {lead} AND {elsewhere})")
