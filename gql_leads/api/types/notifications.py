"""Notifications as GraphQL types: rendered in the member's language when they are read."""

from functools import partial
from typing import Final, cast
from uuid import UUID

import strawberry

from gql_leads.api.resolving.construction import construct
from gql_leads.api.resolving.context import Context, Info
from gql_leads.api.resolving.references import load_reference
from gql_leads.api.resolving.relay_connections import Connection, ConnectionType, Paging
from gql_leads.api.resolving.selections import Selection
from gql_leads.api.types.leads.lead import Lead
from gql_leads.api.types.node import Node
from gql_leads.api.values import notification_enums  # noqa: F401 - an enum must be described before a type names it
from gql_leads.api.values.field_metadata import COUNTED_NOTIFICATIONS
from gql_leads.api.values.ids import encode_id
from gql_leads.api.values.scalars import DateTime, EventCursor, optional_instant
from gql_leads.domain.leads.lead import CloseReason
from gql_leads.domain.members import Language
from gql_leads.domain.outbox.notifications import RECOMMENDED_ACTIONS, NotificationKind
from gql_leads.services.notifications.texts import Facts, RenderedNotification, render
from gql_leads.store.outbox import notifications
from gql_leads.store.outbox.notifications import NEWEST_FIRST
from gql_leads.store.sql.rows import Row, from_millis, uuid_or_none

TYPE_NAME: Final = "Notification"
PAGE_SIZE: Final = 20


@strawberry.type(
    description="Something that concerns the viewer. It stores ids only, and shows what the viewer may see when they read it:"
    " it is not listed while its lead is out of sight."
)
class Notification(Node):
    kind: NotificationKind = strawberry.field(description="The kind of notification.")
    title: str = strawberry.field(description="What happened, in the member's language; plain text on one line.")
    body: str = strawberry.field(description="The lead and the circumstances, in the member's language; plain text on one line.")
    is_recommended_action: bool = strawberry.field(
        description="Something that the viewer should do: the lead still waits for an answer, and nobody else owns it."
    )
    created_at: DateTime = strawberry.field(description="The time of the notification.")
    read_at: DateTime | None = strawberry.field(description="The time at which the viewer marked it as read; null while it is unread.")
    lead_id: strawberry.Private[UUID | None]

    @strawberry.field(description="The lead as it is now; null if the notification is about none, or the viewer no longer sees it.")
    async def lead(self, info: Info) -> Lead | None:
        return cast("Lead | None", await load_reference(info.context, "Lead", self.lead_id, Selection.under(info)))


async def _unread_count(info: Info) -> int:
    return await unread_notifications(info.context)


@strawberry.type(description="One page of notifications.")
class NotificationConnection(Connection[Notification]):
    event_cursor: EventCursor = strawberry.field(
        description="A position in the event log from before these rows were read: subscribe with it as `after` to miss no notification,"
        " or mark everything up to it as read."
    )
    unread_count: int = strawberry.field(
        resolver=_unread_count, description="The number of all unread notifications.", metadata=COUNTED_NOTIFICATIONS
    )


@strawberry.type(description="A notification that has just arrived.")
class NotificationEvent:
    cursor: EventCursor = strawberry.field(description="The position of this event: subscribe with it as `after` to continue.")
    notification: Notification = strawberry.field(description="The notification.")


def notification(row: Row) -> Notification:
    """Return a notification from its row, in the member's language."""
    kind = NotificationKind(row["kind"])
    text = _rendered(kind, row)
    return construct(
        Notification,
        id=encode_id(TYPE_NAME, row["id"]),
        kind=kind,
        title=text.title,
        body=text.body,
        is_recommended_action=kind in RECOMMENDED_ACTIONS and bool(row["is_waiting"]),
        created_at=DateTime(row["created_at"]),
        read_at=optional_instant(row["read_at"]),
        lead_id=uuid_or_none(row["lead_id"]),
    )


def _rendered(kind: NotificationKind, row: Row) -> RenderedNotification:
    expires_at, reason = row["expires_at"], row["close_reason"]
    facts = Facts(
        reference=row["reference"],
        opportunity=row["opportunity_name"],
        file=row["filename"],
        rows=None if row["filename"] is None else (row["created_rows"], row["updated_rows"], row["rejected_rows"]),
        company=row["company"],
        listing=row["listing_name"],
        partner=row["partner_name"],
        actor=row["actor_name"],
        expires_at=None if expires_at is None else from_millis(expires_at),
        reason=None if reason is None else CloseReason(reason),
    )
    return render(kind, Language(row["language"]), facts)


async def page_of_notifications(info: Info, paging: Paging, *, unread_only: bool) -> NotificationConnection:
    """Return one page of the viewer's notifications, the newest first."""
    context = info.context
    reading = await notifications.reading_of(context.connection, context.viewer)
    connection_type = ConnectionType(TYPE_NAME, notification, "notifications", NEWEST_FIRST, PAGE_SIZE, NotificationConnection)
    page = partial(notifications.page, context.connection, context.viewer, reading, unread_only=unread_only)
    count = partial(notifications.total, context.connection, context.viewer, reading, unread_only=unread_only)
    return cast("NotificationConnection", await connection_type.page(info, paging, page, count))


async def unread_notifications(context: Context) -> int:
    """Return the number of the viewer's unread notifications; fields of one request share it."""

    async def count(keys: list[str]) -> dict[str, int]:
        reading = await notifications.reading_of(context.connection, context.viewer)
        total = await notifications.total(context.connection, context.viewer, reading, unread_only=True)
        return dict.fromkeys(keys, total)

    return await context.dataloader.load("unread notifications", "all", count) or 0


async def arrived_notification(context: Context, uuid: UUID) -> Notification | None:
    """Return a notification that is addressed to the viewer; None if they muted its kind or do not see its subject."""
    row = (await notifications.by_id(context.connection, context.viewer, [uuid])).get(uuid)
    if row is None and await context.refresh_viewer():
        row = (await notifications.by_id(context.connection, context.viewer, [uuid])).get(uuid)
    return None if row is None or row["kind"] not in notifications.wanted_kinds(row) else notification(row)


async def notifications_by_id(context: Context, ids: list[UUID]) -> dict[UUID, Notification]:
    """Return those of the notifications that are addressed to the viewer, and whose lead they see."""
    rows = await notifications.by_id(context.connection, context.viewer, ids)
    return {uuid: notification(row) for uuid, row in rows.items()}
