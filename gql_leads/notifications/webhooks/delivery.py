"""Delivery of events to webhooks: each webhook is served by one server at a time, with a lease.

Events come from the event log by the webhook's position, so that writers of leads do nothing for webhooks. A delivery holds ids alone; the
lead is read when it is sent. A server that dies between a response and its own record sends the delivery again, with the same id.
"""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from standardwebhooks import Webhook as Signer
from uuid_utils.compat import uuid7

from gql_leads.api.values.ids import encode_id
from gql_leads.api.values.scalars import instant_text
from gql_leads.api.values.stored_filters import read_filter
from gql_leads.domain import permissions
from gql_leads.domain.errors import BadInput, CursorExpired, StorageFull, Unavailable
from gql_leads.domain.events import Event, Presence
from gql_leads.domain.leads.filters import Filter, presence
from gql_leads.domain.outbox.lead_mails import MailKind
from gql_leads.domain.outbox.webhooks import DELIVERIES_KEPT_FOR, GIVEN_UP_AFTER, LONGEST_PAUSE, PAUSED_AFTER
from gql_leads.domain.viewer import Viewer
from gql_leads.notifications.webhooks.client import DeliveryFailed, WebhookClient
from gql_leads.notifications.webhooks.lead_documents import current_leads
from gql_leads.services.app_context import AppContext
from gql_leads.services.notifications.reports import report_to_administrators
from gql_leads.services.notifications.webhooks import secret_of
from gql_leads.store.access import viewers
from gql_leads.store.events import event_log
from gql_leads.store.events.cursor_codec import InvalidCursor
from gql_leads.store.events.event_log import LoggedEvent, Position
from gql_leads.store.events.unreadable_events import Unreadable
from gql_leads.store.models.webhooks import Webhook, WebhookDelivery
from gql_leads.store.outbox import webhooks
from gql_leads.store.sql.rows import from_millis, to_json, to_millis

logger = logging.getLogger(__name__)

LEASE: Final = timedelta(seconds=45)
"""Longer than a batch of which each delivery takes all of its 15 seconds. After a crash, another server goes on when it has ended."""
BATCH: Final = 16
EVENTS: Final = 200
"""Number of events that are read at once."""
MOST_WAITING: Final = 1_000
"""Number of deliveries of a webhook that wait; with more, its events stay in the log."""
AT_ONCE: Final = 8
"""Number of deliveries that a webhook gets at the same time."""
WEBHOOKS_AT_ONCE: Final = 24
TIDY_EVERY: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Audience:
    """The owner of a webhook as a viewer, the filter and the secret."""

    viewer: Viewer
    lead_filter: Filter
    signer: Signer


@dataclass(slots=True)
class Outcome:
    """The result of one attempt."""

    delivery: WebhookDelivery
    status_code: int | None = None
    error: str | None = None


@dataclass(slots=True)
class WebhookSender:
    """Delivers to all webhooks, a few of them at a time."""

    app_of: Callable[[], AppContext]
    client: WebhookClient
    poll_seconds: float = 1.0
    attempts: Counter[str] = field(default_factory=Counter)
    """Number of attempts since the start, by outcome."""
    _running: dict[UUID, asyncio.Task[None]] = field(default_factory=dict)
    _examined: dict[UUID, tuple[Position, Position]] = field(default_factory=dict)
    """Position of a webhook, and that of the log when nothing was found after it."""
    _notified: asyncio.Event = field(default_factory=asyncio.Event)
    _tidied_at: datetime | None = None

    async def run(self) -> None:
        """Deliver until cancelled: at every poll, and when the event log grows."""
        follower = asyncio.create_task(self._follow())
        try:
            while True:
                await self._round()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self.poll_seconds):
                        await self._notified.wait()
                self._notified.clear()
        finally:
            tasks = [follower, *self._running.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.client.close()

    async def start_due(self) -> None:
        """Begin to serve the webhooks that have something to deliver."""
        app = self.app_of()
        now, head = app.now(), app.event_reader.head
        overdue = await webhooks.with_due_deliveries(app.database.reading, now)
        found = await webhooks.all_due(app.database.reading, now)
        self._examined = {one.id: self._examined[one.id] for one in found if one.id in self._examined}
        failing = {one.id for one in found if one.failing_since is not None}
        for webhook in sorted(found, key=lambda one: one.id in failing):
            is_idle = webhook.id not in overdue and self._examined.get(webhook.id) == (_position(webhook), head)
            # Receivers that hang take a slot for long, so those of failing webhooks must not get all of them.
            most = WEBHOOKS_AT_ONCE // 2 if webhook.id in failing else WEBHOOKS_AT_ONCE
            if webhook.id not in self._running and len(self._running) < most and not is_idle:
                task = self._running[webhook.id] = asyncio.create_task(self._serve(app, webhook.id))
                task.add_done_callback(lambda _, done=webhook.id: self._finished(done))  # type: ignore[misc]

    async def finish(self) -> None:
        """Wait until nothing is being delivered."""
        while self._running:
            await asyncio.gather(*self._running.values())

    def _finished(self, webhook_id: UUID) -> None:
        self._running.pop(webhook_id, None)
        self._notified.set()

    async def _follow(self) -> None:
        while True:
            try:
                async for _ in self.app_of().event_reader.follow():
                    self._notified.set()
            except (Unavailable, CursorExpired):
                await asyncio.sleep(self.poll_seconds)

    async def _round(self) -> None:
        try:
            await self.start_due()
            app = self.app_of()
            if self._tidied_at is None or app.now() - self._tidied_at >= TIDY_EVERY:
                async with app.database.transaction() as connection:
                    await webhooks.delete_older(connection, app.now() - DELIVERIES_KEPT_FOR)
                self._tidied_at = app.now()
        except StorageFull:
            pass  # the transaction has logged it
        except Unavailable:
            self.app_of().database.outage_log.noticed()
        except Exception:
            logger.exception("Looking for webhooks failed; it is tried again.")

    async def _serve(self, app: AppContext, webhook_id: UUID) -> None:
        """Deliver what is due to one webhook, if no other server does."""
        try:
            async with app.database.transaction() as connection:
                webhook = await webhooks.take(connection, webhook_id, app.now(), app.now() + LEASE)
            if webhook is None:
                return
            try:
                while await self._deliver_batch(app, webhook):
                    async with app.database.transaction() as connection:
                        extended = await webhooks.extend(connection, webhook, app.now() + LEASE)
                    if extended is None:
                        return
                    webhook = extended
            finally:
                async with app.database.transaction() as connection:
                    await webhooks.release(connection, webhook)
        except StorageFull:
            pass  # the transaction has logged it
        except Unavailable:
            app.database.outage_log.noticed()
        except Exception:
            logger.exception("Delivering to webhook %s failed; it is tried again.", webhook_id)

    async def _deliver_batch(self, app: AppContext, webhook: Webhook) -> bool:
        """Read new events and send a batch; return whether there may be more."""
        audience = await _audience(app, webhook)
        if isinstance(audience, str):
            async with app.database.transaction() as connection:
                await webhooks.update(connection, webhook.id, is_active=False, retry_at=None, problem=audience)
                await report_to_administrators(connection, MailKind.WEBHOOKS_PAUSED, app.now())
            logger.error("Webhook %s is paused: %s", webhook.id, audience)
            return False
        waiting = await webhooks.pending(app.database.reading, webhook.id)
        is_paused = webhook.retry_at is not None
        has_read = waiting < (1 if is_paused else MOST_WAITING) and await self._read_events(app, webhook, audience)
        until = app.now() + GIVEN_UP_AFTER if is_paused else app.now()
        due = await webhooks.due_deliveries(app.database.reading, webhook.id, until, 1 if is_paused else BATCH)
        if due:
            await self._record(app, webhook, await self._send(app, webhook, audience, due))
        # One that fails gives way to others; it is served again when they have had their turn.
        return webhook.retry_at is None and webhook.failing_since is None and bool(due or has_read)

    async def _read_events(self, app: AppContext, webhook: Webhook, audience: Audience) -> bool:
        """Turn the next events into deliveries, and move the position in the same transaction."""
        position, head = _position(webhook), app.event_reader.head
        try:
            events = await event_log.read(app.database.reading, position, EVENTS)
        except CursorExpired:
            problem = "Events were deleted before they could be delivered; it goes on with the oldest one that is kept."
            logger.error("Webhook %s: %s", webhook.id, problem)
            new = await event_log.oldest(app.database.reading)
            events = []
        else:
            problem = webhook.problem or ""
            new = events[-1].position if events else position
            if any(one.concerns(Event) and isinstance(one.content, Unreadable) for one in events):
                problem = "Events that this server cannot decode were skipped; the server's log names them. Read the leads again."
        if new == position:
            self._examined[webhook.id] = (position, head)
            return False
        deliveries = [made for one in events if (made := _delivery(app, webhook, audience, one)) is not None]
        async with app.database.transaction() as connection:
            if await webhooks.advance(connection, webhook.id, position, new):
                await webhooks.add_deliveries(connection, deliveries)
            if problem != (webhook.problem or ""):
                await webhooks.update(connection, webhook.id, problem=problem)
        return True

    async def _send(self, app: AppContext, webhook: Webhook, audience: Audience, due: Sequence[WebhookDelivery]) -> list[Outcome]:
        """Attempt deliveries of different leads, several at once."""
        present = [one.lead_id for one in due if one.presence != Presence.LEFT]
        leads = await current_leads(app, audience.viewer, present)
        slots = asyncio.Semaphore(AT_ONCE)

        async def attempt(delivery: WebhookDelivery) -> Outcome:
            body = _body(app, delivery, None if delivery.presence == Presence.LEFT else leads.get(delivery.lead_id))
            message_id, now = message_id_of(webhook.id, webhooks.place(delivery)), app.now()
            headers = {
                "content-type": "application/json", "user-agent": "gql-leads", "webhook-id": message_id,
                "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": audience.signer.sign(message_id, now, body),
            }  # fmt: skip
            async with slots:
                try:
                    return Outcome(delivery, await self.client.post(webhook.url, headers, body.encode()))
                except DeliveryFailed as failure:
                    return Outcome(delivery, failure.status_code, str(failure))

        return await asyncio.gather(*map(attempt, due))

    async def _record(self, app: AppContext, webhook: Webhook, outcomes: Sequence[Outcome]) -> None:
        """Record attempts, and pause or resume the webhook."""
        now = app.now()
        columns: dict[str, Any] = {}
        async with app.database.transaction() as connection:
            await webhooks.lock(connection, webhook.id)
            for columns_of_delivery, ids in _grouped(app, outcomes, now):
                await webhooks.update_deliveries(connection, ids, **columns_of_delivery)
            saved = await webhooks.by_id(connection, webhook.id)
            # Meanwhile it may have been deleted, switched off or resumed by hand.
            if saved is not None and (saved.is_active or saved.retry_at is not None):
                columns = _state(saved, now, failed=all(one.error is not None for one in outcomes))
            if columns:
                await webhooks.update(connection, webhook.id, **columns)
            if columns.get("is_active"):
                await webhooks.hasten(connection, webhook.id, now)
            is_paused = columns.get("is_active") is False and saved is not None and saved.is_active
            if is_paused:
                await report_to_administrators(connection, MailKind.WEBHOOKS_PAUSED, now)
        if is_paused:
            logger.error("Webhook %s is paused: %s", webhook.id, columns["problem"])
        for name, value in columns.items():
            setattr(webhook, name, value)
        self.attempts.update("failed" if one.error else "delivered" for one in outcomes)


def message_id_of(webhook_id: UUID, position: Position) -> str:
    """Return the `webhook-id` of an event, which is the same for every attempt and redelivery."""
    return f"msg_{uuid5(webhook_id, '.'.join(map(str, position))).hex}"


async def _audience(app: AppContext, webhook: Webhook) -> Audience | str:
    """Return as whom a webhook sees events, and its secret; or the reason for which it cannot be served."""
    viewer = await viewers.viewer_of(app.database.reading, webhook.owner_id)
    if viewer is None or not permissions.KEEP_WEBHOOKS.allows(viewer):
        return "The member who saved it is deactivated or may not keep webhooks any more. Save it anew with isActive: true."
    try:
        return Audience(viewer, read_filter(webhook.lead_filter), Signer(secret_of(app, webhook)))
    except BadInput as wrong:
        return wrong.message
    except InvalidCursor:
        return "Its secret cannot be decrypted, because the server's secret was replaced. Delete it and make a new one."


def _delivery(app: AppContext, webhook: Webhook, audience: Audience, logged: LoggedEvent) -> WebhookDelivery | None:
    """Return the delivery of an event; None if the webhook does not get it."""
    if not logged.concerns(Event) or isinstance(logged.content, Unreadable):
        return None
    event: Event = logged.event
    effect = presence(audience.lead_filter, audience.viewer, event)
    if effect is None or (webhook.kinds and event.kind not in webhook.kinds):
        return None
    now = to_millis(app.now())
    return WebhookDelivery(
        id=uuid7(), webhook_id=webhook.id, epoch=logged.position.epoch, xid=logged.position.xid, event_id=logged.position.id,
        kind=event.kind, presence=effect, lead_id=event.lead_id, occurred_at=to_millis(event.occurred_at), created_at=now,
        next_attempt_at=now,
    )  # fmt: skip


def _body(app: AppContext, delivery: WebhookDelivery, lead: Any) -> str:
    occurred_at = instant_text(delivery.occurred_at)
    data = {
        "cursor": app.cursors.encode(webhooks.place(delivery)), "kind": delivery.kind, "presence": delivery.presence,
        "leadId": encode_id("Lead", delivery.lead_id), "occurredAt": occurred_at, "lead": lead,
    }  # fmt: skip
    return to_json({"type": f"lead.{delivery.kind.lower()}", "timestamp": occurred_at, "data": data})


def _grouped(app: AppContext, outcomes: Sequence[Outcome], now: datetime) -> Iterator[tuple[dict[str, object], list[UUID]]]:
    """Yield the columns to write, each time with the deliveries that get the same."""
    groups: dict[tuple[tuple[str, object], ...], list[UUID]] = {}
    for one in outcomes:
        groups.setdefault(tuple(_columns(app, one, now).items()), []).append(one.delivery.id)
    for columns, ids in groups.items():
        yield dict(columns), ids


def _columns(app: AppContext, outcome: Outcome, now: datetime) -> dict[str, object]:
    attempts = outcome.delivery.attempts + 1
    columns: dict[str, object] = {"attempts": attempts, "status_code": outcome.status_code, "error": outcome.error}
    if outcome.error is None:
        return columns | {"delivered_at": to_millis(now), "next_attempt_at": None}
    is_over = now - from_millis(outcome.delivery.created_at) >= GIVEN_UP_AFTER
    return columns | {"next_attempt_at": None if is_over else to_millis(now + app.webhook_rules.pause_after(attempts))}


def _state(webhook: Webhook, now: datetime, *, failed: bool) -> dict[str, Any]:
    """Return the columns of the webhook that a batch of attempts changes."""
    if not failed:
        if webhook.retry_at is not None:
            return {"is_active": True, "retry_at": None, "failing_since": None, "problem": None}
        return {} if webhook.failing_since is None else {"failing_since": None}
    if webhook.failing_since is None:
        return {"failing_since": to_millis(now)}
    if webhook.retry_at is None and now - from_millis(webhook.failing_since) < PAUSED_AFTER:
        return {}
    problem = "All deliveries failed for a day. It is tried hourly, and resumed by the first success or by saveWebhook(isActive: true)."
    return {"is_active": False, "retry_at": to_millis(now + LONGEST_PAUSE), "problem": problem}


def _position(webhook: Webhook) -> Position:
    return Position(webhook.epoch, webhook.xid, webhook.event_id)
