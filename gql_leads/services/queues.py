"""Queues: their names, limits and the partners that may claim from them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.domain import permissions
from gql_leads.domain.commands import SaveQueue
from gql_leads.domain.errors import Invalid, InvalidField, NotFound
from gql_leads.domain.events import Event, TimelineKind, snapshot
from gql_leads.domain.leads.lead import Lead
from gql_leads.domain.outbox.notifications import arrival_of
from gql_leads.domain.values.text_folding import fold
from gql_leads.domain.values.validation import UNSET, Validator, none_if_unset
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.idempotency import request_hash, validate_key
from gql_leads.store import idempotency, queues
from gql_leads.store.organization import directory
from gql_leads.store.outbox import notifications
from gql_leads.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class CheckedQueue:
    """The columns to write, and the named partners; None leaves the partners unchanged."""

    columns: dict[str, Any]
    partner_ids: tuple[UUID, ...] | None


async def save_queue(app: AppContext, viewer: Viewer, wanted: SaveQueue, idempotency_key: str | None = None) -> UUID:
    """Create or update a queue and return its id.

    A change of its partners writes an event for each waiting lead, because it changes who sees the lead.
    """
    checked = check_queue(wanted)
    validate_key(idempotency_key)
    request = request_hash("saveQueue", wanted)
    async with app.unit_of_work(viewer) as uow:
        if (saved_id := await idempotency.lookup(uow, idempotency_key, request)) is not None:
            return saved_id
        await _check_exists(uow, viewer, wanted)
        permissions.KEEP_QUEUES.require(viewer)
        await _check_name(uow, wanted.queue_id, checked)
        if wanted.queue_id is not None and checked.partner_ids is not None:
            await uow.lock_table()  # The reservation of the key locks a row.
        if (saved_id := await idempotency.reserve(uow, idempotency_key, request)) is not None:
            return saved_id
        queue_id = await _create(uow, checked) if wanted.queue_id is None else await _change(uow, wanted.queue_id, checked)
        await idempotency.store_result(uow, idempotency_key, queue_id)
        return queue_id


def check_queue(wanted: SaveQueue) -> CheckedQueue:
    """Validate the fields; raise Invalid."""
    validator = Validator()
    name = validator.required_text(none_if_unset(wanted.name) if wanted.queue_id is None else wanted.name, "name", most=200)
    columns: dict[str, Any] = {
        "name": name,
        "name_key": fold(name) if isinstance(name, str) else UNSET,
        "max_open_claims": validator.whole_number(wanted.max_open_claims, "maxOpenClaimsPerPartner", least=0, most=1_000_000),
        "max_claims_per_day": validator.whole_number(wanted.max_claims_per_day, "maxClaimsPerPartnerPerDay", least=0, most=1_000_000),
    }
    partner_ids = none_if_unset(wanted.partner_ids)
    validator.count(partner_ids or (), "partnerIds", most=1_000)
    validator.raise_if_invalid()
    named = None if wanted.partner_ids is UNSET else tuple(sorted(set(partner_ids or ())))
    return CheckedQueue({name: value for name, value in columns.items() if value is not UNSET}, named)


async def _check_exists(uow: UnitOfWork, viewer: Viewer, wanted: SaveQueue) -> None:
    if wanted.queue_id is not None:
        known = viewer.sees_everything or wanted.queue_id in viewer.open_queues
        if not known or not await directory.existing(uow.connection, "lead_queue", [wanted.queue_id]):
            raise NotFound(field=("queueId",))
    partner_ids = none_if_unset(wanted.partner_ids) or ()
    if not partner_ids:
        return
    found = await directory.existing(uow.connection, "partner", set(partner_ids))
    for number, partner_id in enumerate(partner_ids):
        if partner_id not in found:
            raise NotFound(field=("partnerIds", str(number)))


async def _check_name(uow: UnitOfWork, queue_id: UUID | None, checked: CheckedQueue) -> None:
    if "name_key" not in checked.columns:
        return
    if await queues.named(uow.connection, checked.columns["name_key"]) not in (None, queue_id):
        raise Invalid([InvalidField(("name",), "Choose another name: a queue of this name exists.")])


async def _create(uow: UnitOfWork, checked: CheckedQueue) -> UUID:
    queue_id = uuid7()
    columns = {"id": queue_id, **checked.columns, "is_general": False, "created_at": uow.now}
    if not await queues.insert(uow.connection, columns):
        raise Invalid([InvalidField(("name",), "Choose another name: a queue of this name exists.")])
    await queues.set_partners(uow.connection, queue_id, checked.partner_ids or ())
    return queue_id


async def _change(uow: UnitOfWork, queue_id: UUID, checked: CheckedQueue) -> UUID:
    await queues.update(uow.connection, queue_id, checked.columns)
    if checked.partner_ids is None:
        return queue_id
    before, after = (await uow.policy_of(queue_id)).open_to, checked.partner_ids or None
    if before == after:
        return queue_id
    await queues.set_partners(uow.connection, queue_id, checked.partner_ids)
    # Partners to which the queue was open are not notified again; None: all of them were.
    known = None if before is None or (after and set(before).issuperset(after)) else before
    if known is not None:
        await notifications.close_to_new_partners(uow.connection, queue_id, known)
    for lead in await queues.leads_in(uow.connection, queue_id):
        uow.record_event(_access_changed(uow, lead, before, after))
        if known is not None and (arrival := arrival_of(lead, uow.now, uow.rules.hot_for)) is not None:
            uow.notify(arrival, lead_id=lead.id, excluded=known)
    return queue_id


def _access_changed(uow: UnitOfWork, lead: Lead, before: tuple[UUID, ...] | None, after: tuple[UUID, ...] | None) -> Event:
    return Event(
        lead_id=lead.id,
        kind=TimelineKind.ASSIGNED,
        occurred_at=uow.now,
        actor_id=uow.actor.member_id,
        actor_partner_id=uow.actor.partner_id,
        before=snapshot(lead, before),
        after=snapshot(lead, after),
        changed=("queue",),
    )
