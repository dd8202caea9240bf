"""Webhooks: who sees them, their leases and positions, and their deliveries."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from tortoise.expressions import Q

from gql_leads.domain.viewer import Viewer
from gql_leads.store.database.connection import Connection
from gql_leads.store.events.event_log import Position
from gql_leads.store.models.webhooks import Webhook, WebhookDelivery
from gql_leads.store.sql.rows import to_millis

_PLACE: Final = "(epoch, xid, event_id)"


async def webhooks_of(connection: Connection, viewer: Viewer, ids: Collection[UUID] | None = None) -> list[Webhook]:
    """Return the webhooks that the viewer may see (the vendor: all) with their owners, newest first."""
    found = Webhook.all(using_db=connection.client) if viewer.is_vendor else Webhook.filter(owner__partner_id=viewer.partner_id)
    if ids is not None:
        found = found.filter(id__in=list(ids))
    return await found.using_db(connection.client).select_related("owner").order_by("-created_at", "-id")


async def by_id(connection: Connection, webhook_id: UUID) -> Webhook | None:
    """Return a webhook; None if it was deleted."""
    return await Webhook.filter(id=webhook_id).using_db(connection.client).first()


async def with_due_deliveries(connection: Connection, now: datetime) -> set[UUID]:
    """Return the webhooks that have a delivery whose time has come."""
    due = WebhookDelivery.filter(next_attempt_at__lte=to_millis(now)).using_db(connection.client)
    return set(await due.distinct().values_list("webhook_id", flat=True))  # type: ignore[arg-type]


async def lock(connection: Connection, webhook_id: UUID) -> None:
    """Lock a webhook's row, so that no server moves its position until the transaction ends."""
    if connection.dialect == "postgres":
        await connection.fetch("SELECT id FROM webhook WHERE id = ? FOR UPDATE", webhook_id)


async def count(connection: Connection, partner_id: UUID | None) -> int:
    """Return the number of webhooks of a partner (None: of the vendor)."""
    return await Webhook.filter(owner__partner_id=partner_id).using_db(connection.client).count()


async def add(connection: Connection, webhook: Webhook) -> None:
    """Write a new webhook."""
    await webhook.save(using_db=connection.client, force_create=True)


async def update(connection: Connection, webhook_id: UUID, **columns: object) -> bool:
    """Change columns of a webhook; return whether it exists."""
    return bool(await Webhook.filter(id=webhook_id).using_db(connection.client).update(**columns))


async def delete(connection: Connection, webhook_id: UUID) -> None:
    """Delete a webhook and its deliveries."""
    await WebhookDelivery.filter(webhook_id=webhook_id).using_db(connection.client).delete()
    await Webhook.filter(id=webhook_id).using_db(connection.client).delete()


async def all_due(connection: Connection, now: datetime) -> list[Webhook]:
    """Return the webhooks that no server delivers to, without those that are switched off or wait for their hourly attempt."""
    return await Webhook.filter(_may_be_taken(now)).using_db(connection.client).order_by("id")


async def take(connection: Connection, webhook_id: UUID, now: datetime, leased_until: datetime) -> Webhook | None:
    """Lease a webhook and return it; None if another server has it, or it was switched off."""
    taking = Webhook.filter(_may_be_taken(now), id=webhook_id).using_db(connection.client)
    if not await taking.update(leased_until=to_millis(leased_until)):
        return None
    return await Webhook.filter(id=webhook_id).using_db(connection.client).select_related("owner").first()


def _may_be_taken(now: datetime) -> Q:
    """Return the condition that no server has a webhook, and it is active or its hourly attempt is due."""
    free = Q(leased_until=None) | Q(leased_until__lt=to_millis(now))
    return free & (Q(is_active=True) | Q(retry_at__lte=to_millis(now)))


async def paused(connection: Connection, most: int) -> list[Webhook]:
    """Return webhooks that the service has paused, the newest first."""
    found = Webhook.filter(is_active=False, problem__isnull=False).using_db(connection.client)
    return await found.order_by("-created_at", "-id").limit(most)


async def extend(connection: Connection, webhook: Webhook, leased_until: datetime) -> Webhook | None:
    """Extend the lease that this server has, and return the webhook as it is now; None if it was lost, switched off or deleted."""
    own = Webhook.filter(Q(is_active=True) | Q(retry_at__isnull=False), id=webhook.id, leased_until=webhook.leased_until)
    if not await own.using_db(connection.client).update(leased_until=to_millis(leased_until)):
        return None
    return await Webhook.filter(id=webhook.id).using_db(connection.client).select_related("owner").first()


async def release(connection: Connection, webhook: Webhook) -> None:
    """End the lease that this server has."""
    await Webhook.filter(id=webhook.id, leased_until=webhook.leased_until).using_db(connection.client).update(leased_until=None)


async def advance(connection: Connection, webhook_id: UUID, old: Position, new: Position) -> bool:
    """Move the position on; return False if it is not the old one any more, because deliveries are to be repeated."""
    at_old = Webhook.filter(id=webhook_id, epoch=old.epoch, xid=old.xid, event_id=old.id).using_db(connection.client)
    return bool(await at_old.update(epoch=new.epoch, xid=new.xid, event_id=new.id))


async def rewind(connection: Connection, webhook_id: UUID, after: Position) -> None:
    """Move the position back, and forget the deliveries after it: they are made anew."""
    await connection.execute(f"DELETE FROM webhook_delivery WHERE webhook_id = ? AND {_PLACE} > (?, ?, ?)", webhook_id, *after)
    await connection.execute(
        f"UPDATE webhook SET epoch = ?, xid = ?, event_id = ? WHERE id = ? AND {_PLACE} > (?, ?, ?)", *after, webhook_id, *after
    )


async def add_deliveries(connection: Connection, deliveries: Sequence[WebhookDelivery]) -> None:
    """Write deliveries to be made."""
    if deliveries:
        await WebhookDelivery.bulk_create(deliveries, using_db=connection.client)


async def pending(connection: Connection, webhook_id: UUID) -> int:
    """Return the number of deliveries that are still to be made."""
    waiting = WebhookDelivery.filter(webhook_id=webhook_id).exclude(next_attempt_at=None)
    return await waiting.using_db(connection.client).count()


async def backlog(connection: Connection, now: datetime) -> tuple[int, float]:
    """Return how many deliveries wait, and for how many seconds the oldest has waited; without webhooks that are switched off.

    Raw SQL because it starts from the webhooks, of which there are few, and reads the index of each one's waiting deliveries alone.
    """
    row = await connection.fetch_one(
        "SELECT COUNT(*) AS total, MIN(d.created_at) AS oldest FROM webhook w JOIN webhook_delivery d ON d.webhook_id = w.id"
        " WHERE d.next_attempt_at > 0 AND (w.is_active OR w.retry_at IS NOT NULL)"
    )
    assert row is not None
    return row["total"], 0.0 if row["oldest"] is None else max(0.0, (to_millis(now) - row["oldest"]) / 1_000)


async def due_deliveries(connection: Connection, webhook_id: UUID, until: datetime, most: int) -> list[WebhookDelivery]:
    """Return the oldest due deliveries; of each lead only the first that is still to be made.

    Raw SQL because Tortoise has no window functions. A subquery for each row read all waiting deliveries each time.
    """
    rows = await connection.fetch(
        "SELECT id FROM (SELECT id, epoch, xid, event_id, next_attempt_at,"
        " ROW_NUMBER() OVER (PARTITION BY lead_id ORDER BY epoch, xid, event_id) AS place_of_lead"
        " FROM webhook_delivery WHERE webhook_id = ? AND next_attempt_at IS NOT NULL) waiting"
        " WHERE place_of_lead = 1 AND next_attempt_at <= ? ORDER BY epoch, xid, event_id LIMIT ?",
        webhook_id, until, most,
    )  # fmt: skip
    ids = [row["id"] for row in rows]
    found = await WebhookDelivery.filter(id__in=ids).using_db(connection.client)
    return sorted(found, key=place)


def place(delivery: WebhookDelivery) -> Position:
    """Return the position of a delivery's event."""
    return Position(delivery.epoch, delivery.xid, delivery.event_id)


async def update_deliveries(connection: Connection, ids: Collection[UUID], **columns: object) -> None:
    """Record attempts that had the same result."""
    await WebhookDelivery.filter(id__in=list(ids)).using_db(connection.client).update(**columns)


async def hasten(connection: Connection, webhook_id: UUID, now: datetime) -> None:
    """Make everything that waits for another attempt due now."""
    waiting = WebhookDelivery.filter(webhook_id=webhook_id, next_attempt_at__gt=to_millis(now))
    await waiting.using_db(connection.client).update(next_attempt_at=to_millis(now))


async def delivered_up_to(connection: Connection, webhook: Webhook) -> Position:
    """Return the position up to which everything was delivered or given up."""
    row = await connection.fetch_one(
        "SELECT epoch, xid, event_id FROM webhook_delivery WHERE webhook_id = ? AND next_attempt_at IS NOT NULL"
        " ORDER BY epoch, xid, event_id LIMIT 1",
        webhook.id,
    )
    read = Position(webhook.epoch, webhook.xid, webhook.event_id)
    if row is None:
        return read
    return min(read, Position(row["epoch"], row["xid"], row["event_id"] - 1))


async def page(connection: Connection, webhook_id: UUID, most: int, before: Position | None) -> list[WebhookDelivery]:
    """Return the newest deliveries, or the newest before a position."""
    condition = "" if before is None else f" AND {_PLACE} < (?, ?, ?)"
    rows = await connection.fetch(
        f"SELECT id FROM webhook_delivery WHERE webhook_id = ?{condition} ORDER BY epoch DESC, xid DESC, event_id DESC LIMIT ?",
        webhook_id, *(before or ()), most,
    )  # fmt: skip
    found = await WebhookDelivery.filter(id__in=[row["id"] for row in rows]).using_db(connection.client)
    return sorted(found, key=place, reverse=True)


async def delete_older(connection: Connection, before: datetime) -> None:
    """Delete deliveries that were made or given up, of events that were read before an instant."""
    await WebhookDelivery.filter(created_at__lt=to_millis(before), next_attempt_at=None).using_db(connection.client).delete()
