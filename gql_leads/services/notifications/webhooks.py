"""Webhooks: URLs to which the events of leads are delivered, as their owner may see them."""

import asyncio
import secrets
import socket
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.domain import permissions
from gql_leads.domain.errors import NotFound
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.outbox.webhooks import MOST_WEBHOOKS, is_public, why_refused
from gql_leads.domain.values.validation import UNSET, Unset, Validator
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.idempotency import check_key, request_hash
from gql_leads.store import idempotency
from gql_leads.store.events import event_log
from gql_leads.store.models.webhooks import Webhook
from gql_leads.store.outbox import webhooks
from gql_leads.store.sql.rows import to_millis
from gql_leads.store.unit_of_work import UnitOfWork

PREFIX: Final = "whsec_"
PURPOSE: Final = "webhook secret"
RESOLVE_SECONDS: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveWebhook:
    """The input of `saveWebhook`; the filter is JSON that was validated."""

    webhook_id: UUID | None = None
    url: str
    kinds: Sequence[TimelineKind] | Unset | None = UNSET
    lead_filter: Any = UNSET
    is_active: bool | Unset | None = UNSET


@dataclass(frozen=True, slots=True)
class SavedWebhook:
    """A webhook and its secret; the secret is None unless it was made by this very request."""

    webhook_id: UUID
    secret: str | None


async def save_webhook(app: AppContext, viewer: Viewer, wanted: SaveWebhook, idempotency_key: str | None = None) -> SavedWebhook:
    """Create a webhook that begins now, or change one; true for `is_active` resumes a paused one where it stopped."""
    validator = Validator()
    if (fault := why_refused(wanted.url, app.webhook_rules)) is not None:
        validator.add_error(fault, "url")
    check_key(validator, idempotency_key)
    validator.raise_if_invalid()
    if permissions.KEEP_WEBHOOKS.allows(viewer) and not app.webhook_rules.allow_private and await _is_private(wanted.url):
        validator.add_error("Give the URL of a public server: the name leads to a private or reserved address.", "url")
        validator.raise_if_invalid()
    request = request_hash("saveWebhook", wanted)
    async with app.unit_of_work(viewer) as uow:
        saved = None if wanted.webhook_id is None else await _lock(uow, wanted.webhook_id)
        permissions.KEEP_WEBHOOKS.require(viewer)
        if (saved_id := await idempotency.reserve(uow, idempotency_key, request)) is not None:
            return SavedWebhook(saved_id, None)
        made = await _create(app, uow, wanted) if saved is None else await _change(uow, saved, wanted)
        await idempotency.store_result(uow, idempotency_key, made.webhook_id)
    return made


async def delete_webhook(app: AppContext, viewer: Viewer, webhook_id: UUID) -> None:
    """Delete a webhook with the list of its deliveries; one that is being sent may still arrive."""
    async with app.unit_of_work(viewer) as uow:
        webhook = await _lock(uow, webhook_id)
        permissions.KEEP_WEBHOOKS.require(viewer)
        await webhooks.delete(uow.connection, webhook.id)


async def redeliver_webhook(app: AppContext, viewer: Viewer, webhook_id: UUID, after: str) -> None:
    """Deliver every event after a cursor again under its id; raise CursorExpired if some were deleted."""
    position = app.cursors.decode(after)
    async with app.unit_of_work(viewer) as uow:
        webhook = await _lock(uow, webhook_id)
        permissions.KEEP_WEBHOOKS.require(viewer)
        await event_log.check(uow.connection, position)
        await webhooks.rewind(uow.connection, webhook.id, position)


def secret_of(app: AppContext, webhook: Webhook) -> str:
    """Return the secret that signs deliveries; raise InvalidCursor if the server cannot decrypt it."""
    return app.cursor_codec.decode(PURPOSE, webhook.secret).decode()


async def _create(app: AppContext, uow: UnitOfWork, wanted: SaveWebhook) -> SavedWebhook:
    viewer = uow.actor
    if await webhooks.count(uow.connection, viewer.partner_id) >= MOST_WEBHOOKS:
        validator = Validator()
        validator.add_error(f"Delete a webhook first, or give the webhookId of one to change: there are {MOST_WEBHOOKS}, the most.", "url")
        validator.raise_if_invalid()
    position = await event_log.horizon(uow.connection)
    secret = PREFIX + b64encode(secrets.token_bytes(32)).decode()
    webhook = Webhook(
        id=uuid7(), owner_id=viewer.member_id, url=wanted.url, kinds=wanted.kinds or None, lead_filter=wanted.lead_filter or None,
        secret=app.cursor_codec.encode(PURPOSE, secret.encode()), is_active=wanted.is_active is not False,
        epoch=position.epoch, xid=position.xid, event_id=position.id, created_at=to_millis(uow.now),
    )  # fmt: skip
    await webhooks.add(uow.connection, webhook)
    return SavedWebhook(webhook.id, secret)


async def _change(uow: UnitOfWork, saved: Webhook, wanted: SaveWebhook) -> SavedWebhook:
    viewer = uow.actor
    columns: dict[str, object] = {"url": wanted.url}
    if wanted.kinds is not UNSET:
        columns["kinds"] = wanted.kinds or None
    if wanted.lead_filter is not UNSET:
        columns["lead_filter"] = wanted.lead_filter or None
    if isinstance(wanted.is_active, bool):
        columns |= {"is_active": wanted.is_active, "retry_at": None, "failing_since": None, "problem": None}
    if saved.owner.partner_id == viewer.partner_id:  # an administrator's view must not go to a partner's server
        columns["owner_id"] = viewer.member_id
    await webhooks.update(uow.connection, saved.id, **columns)
    if wanted.is_active is True:
        await webhooks.hasten(uow.connection, saved.id, uow.now)
    return SavedWebhook(saved.id, None)


async def _lock(uow: UnitOfWork, webhook_id: UUID) -> Webhook:
    await webhooks.lock(uow.connection, webhook_id)
    found = await webhooks.webhooks_of(uow.connection, uow.actor, [webhook_id])
    if not found or not permissions.KEEP_WEBHOOKS.allows(uow.actor):
        raise NotFound(field=("webhookId",))
    return found[0]


async def _is_private(url: str) -> bool:
    """Return True if DNS gives an address that is not public; an unknown name may become known until the delivery."""
    try:
        async with asyncio.timeout(RESOLVE_SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(urlsplit(url).hostname, None, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError, UnicodeError):
        return False
    return not all(is_public(ip_address(str(one[4][0]))) for one in found)
