"""Partners: creation, changes, and the leads of partners that are deactivated or activated again."""

from typing import Any, Final
from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.domain import permissions
from gql_leads.domain.commands import SavePartner
from gql_leads.domain.errors import Invalid, InvalidField, NotFound
from gql_leads.domain.events import Event, TimelineKind, snapshot
from gql_leads.domain.leads.lead import Lead
from gql_leads.domain.leads.transitions import released
from gql_leads.domain.values.text_folding import fold, search_text
from gql_leads.domain.values.validation import UNSET, Validator, none_if_unset
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.idempotency import check_key, request_hash
from gql_leads.services.leads.bulk import batch_size
from gql_leads.store import idempotency
from gql_leads.store.access import sign_in
from gql_leads.store.leads import lists
from gql_leads.store.maintenance import scheduled_jobs
from gql_leads.store.organization import directory
from gql_leads.store.organization import lists as organization
from gql_leads.store.organization.lists import PARTNERS
from gql_leads.store.unit_of_work import UnitOfWork

NAME_TAKEN = Invalid([InvalidField(("name",), "Choose another name: a partner of this name exists.")])
Columns = dict[str, Any]
EVENTS_AT_ONCE: Final = 500


async def save_partner(app: AppContext, viewer: Viewer, wanted: SavePartner, idempotency_key: str | None = None) -> UUID:
    """Create or change a partner and return its id.

    The server closes the sockets of a deactivated partner's members. Each of its leads gets an event, because filters compare whether
    the partner is active.
    """
    columns = check_partner(wanted, idempotency_key)
    request = request_hash("savePartner", wanted)
    async with app.unit_of_work(viewer) as uow:
        if wanted.partner_id is not None and not await directory.existing(uow.connection, "partner", [wanted.partner_id]):
            raise NotFound(field=("partnerId",))
        permissions.KEEP_PARTNERS.require(viewer)
        if wanted.partner_id is not None and "is_active" in columns:
            await uow.lock_table()  # The reservation of the key locks a row.
        if (saved := await idempotency.reserve(uow, idempotency_key, request)) is not None:
            return saved
        partner_id = await _create(uow, columns) if wanted.partner_id is None else await _change(uow, wanted.partner_id, columns)
        await idempotency.store_result(uow, idempotency_key, partner_id)
    if columns.get("is_active") is False:
        await release_claims_of_inactive_partners(app)  # A first batch now: few claims need not wait for the scheduled job.
    return partner_id


def check_partner(wanted: SavePartner, idempotency_key: str | None) -> Columns:
    """Validate the fields and return the columns to write; raise Invalid."""
    validator, is_new = Validator(), wanted.partner_id is None
    is_active = none_if_unset(wanted.is_active) is not False if is_new else wanted.is_active
    name = validator.required_text(none_if_unset(wanted.name) if is_new else wanted.name, "name", most=200)
    columns: Columns = {
        "name": name,
        "country": validator.country(wanted.country, "country"),
        "is_active": validator.required(is_active, "isActive"),
    }
    check_key(validator, idempotency_key)
    validator.raise_if_invalid()
    if isinstance(name, str):
        columns |= {"name_key": fold(name), "search_text": search_text(name)}
    return {column: value for column, value in columns.items() if value is not UNSET}


async def release_claims_of_inactive_partners(app: AppContext) -> bool:
    """Return a batch of unanswered claims of inactive partners to their queues; return whether there were any."""
    async with app.unit_of_work(None) as uow:
        claimed = await scheduled_jobs.lock_claims_of_inactive_partners(uow, batch_size(uow))
        for locked in claimed:
            await uow.save(locked.lead, released(locked.lead, uow.now, uow.rules), TimelineKind.RELEASED)
    return bool(claimed)


async def _create(uow: UnitOfWork, columns: Columns) -> UUID:
    partner_id = uuid7()
    if not await uow.connection.insert_if_absent("partner", {"id": partner_id, **columns, "created_at": uow.now}, "name_key"):
        raise NAME_TAKEN
    return partner_id


async def _change(uow: UnitOfWork, partner_id: UUID, columns: Columns) -> UUID:
    if "name_key" in columns and await directory.partner_named(uow.connection, columns["name"]) not in (None, partner_id):
        raise NAME_TAKEN
    was_active = await directory.is_active_partner(uow.connection, partner_id)
    await organization.update(uow.connection, PARTNERS, partner_id, columns)
    if columns.get("is_active", was_active) != was_active:
        await _record_activity(uow, partner_id, was_active)
    if columns.get("is_active") is False:
        await sign_in.end_sessions_of_partner(uow.connection, partner_id, uow.now)  # Who is activated again signs in again.
    return partner_id


async def _record_activity(uow: UnitOfWork, partner_id: UUID, was_active: bool) -> None:
    """Record an event of each lead that the partner has, in batches."""
    after: UUID | None = None
    while batch := await lists.held_by(uow.connection, partner_id, after, EVENTS_AT_ONCE):
        for lead in batch:
            uow.record_event(_activity_changed(uow, lead, was_active))
        await uow.flush()
        after = batch[-1].id


def _activity_changed(uow: UnitOfWork, lead: Lead, was_active: bool) -> Event:
    return Event(
        lead_id=lead.id,
        kind=TimelineKind.DETAILS_CHANGED,
        occurred_at=uow.now,
        actor_id=uow.actor.member_id,
        actor_partner_id=uow.actor.partner_id,
        before=snapshot(lead, (), partner_is_active=was_active),
        after=snapshot(lead, (), partner_is_active=not was_active),
        changed=("partner",),
    )
