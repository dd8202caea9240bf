"""Listings and business profiles of partners: creation and update."""

from collections.abc import Sequence
from enum import Enum
from typing import Any, TypeVar
from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.domain import permissions
from gql_leads.domain.errors import Invalid, InvalidField, NotFound, not_yours
from gql_leads.domain.listings import SaveBusinessProfile, SaveListing
from gql_leads.domain.values.text_folding import fold, search_text
from gql_leads.domain.values.validation import UNSET, Unset, Validator, none_if_unset
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.contact_validation import check_reachable
from gql_leads.services.maintenance.denormalization import update_listing_copies
from gql_leads.store.organization import external_ids
from gql_leads.store.organization import lists as organization
from gql_leads.store.organization.lists import LISTINGS, PARTNERS, PROFILES, Kind
from gql_leads.store.sql.rows import as_uuid
from gql_leads.store.unit_of_work import UnitOfWork

MOST_KEYWORDS = 50
MOST_EXTERNAL_IDS = 50
Columns = dict[str, Any]
Value = TypeVar("Value", bound=Enum)


async def save_listing(app: AppContext, viewer: Viewer, wanted: SaveListing) -> UUID:
    """Create or update a listing and return its id; its leads get the new name and kind."""
    columns = check_listing(viewer, wanted)
    async with app.unit_of_work(viewer) as uow:
        listing_id, is_new = await _save(uow, LISTINGS, wanted.id, wanted.partner_id, columns)
        if "external_ids" in columns:
            await _keep_external_ids(uow, listing_id, columns["external_ids"])
    if not is_new and columns.keys() & {"name", "kind"}:
        await update_listing_copies(app)  # Update a first batch now: few leads need not wait for the scheduled job.
    return listing_id


async def save_business_profile(app: AppContext, viewer: Viewer, wanted: SaveBusinessProfile) -> UUID:
    """Create or update a business profile and return its id."""
    columns = check_profile(viewer, wanted)
    async with app.unit_of_work(viewer) as uow:
        profile_id, _ = await _save(uow, PROFILES, wanted.id, wanted.partner_id, columns)
    return profile_id


def check_listing(viewer: Viewer, wanted: SaveListing) -> Columns:
    """Validate the fields and return the columns to write; raise Invalid."""
    validator, is_new = Validator(), wanted.id is None
    _check_partner(validator, viewer, wanted.partner_id, "listing", is_new=is_new)
    name, kind, is_published = wanted.name, wanted.kind, wanted.is_published
    if is_new:
        name, kind, is_published = none_if_unset(name), none_if_unset(kind), none_if_unset(is_published) is not False
    columns = {
        "name": validator.required_text(name, "name", most=200),
        "kind": validator.required(kind, "kind"),
        "calls_to_action": _distinct(wanted.calls_to_action, is_new=is_new),
        "is_published": validator.required(is_published, "isPublished"),
        "external_ids": _check_external_ids(validator, wanted.external_ids, is_new=is_new),
    }
    validator.raise_if_invalid()
    return _columns_to_write(columns, "name", "name_key")


def check_profile(viewer: Viewer, wanted: SaveBusinessProfile) -> Columns:
    """Validate the fields and return the columns to write; raise Invalid."""
    validator, is_new = Validator(), wanted.id is None
    _check_partner(validator, viewer, wanted.partner_id, "profile", is_new=is_new)
    email = wanted.contact_email
    columns = {
        "location": validator.required_text(none_if_unset(wanted.location) if is_new else wanted.location, "location", most=200),
        "country": validator.country(wanted.country, "country"),
        "contact_email": email if isinstance(email, Unset) else check_reachable(validator, email, "contactEmail"),
        "keywords": _check_keywords(validator, wanted, is_new=is_new),
        "company_sizes": _distinct(wanted.company_sizes, is_new=is_new),
    }
    validator.raise_if_invalid()
    return _columns_to_write(columns, "location", "location_key")


def _check_partner(validator: Validator, viewer: Viewer, partner_id: UUID | Unset | None, what: str, *, is_new: bool) -> None:
    if is_new and viewer.is_vendor and not none_if_unset(partner_id):
        validator.add_error(f"Give the partnerId: whose {what} it is to be.", "partnerId")
    if not is_new and partner_id is None:
        validator.add_error(f"Leave the partnerId out: a {what} stays with its partner.", "partnerId")


def _check_keywords(validator: Validator, wanted: SaveBusinessProfile, *, is_new: bool) -> list[str] | Unset:
    if isinstance(wanted.keywords, Unset) and not is_new:
        return UNSET
    keywords = none_if_unset(wanted.keywords) or ()
    validator.count(keywords, "keywords", most=MOST_KEYWORDS)
    clean = [validator.required_text(one, "keywords", str(number), most=100) for number, one in enumerate(keywords)]
    return list({fold(one): one for one in clean}.values())


def _check_external_ids(validator: Validator, ids: Sequence[str] | Unset | None, *, is_new: bool) -> list[str] | Unset:
    if isinstance(ids, Unset) and not is_new:
        return UNSET
    given = none_if_unset(ids) or ()
    validator.count(given, "externalIds", most=MOST_EXTERNAL_IDS)
    clean = [validator.required_text(one, "externalIds", str(number), most=200) for number, one in enumerate(given)]
    return list({fold(one): one for one in clean}.values())


def _distinct(values: Sequence[Value] | Unset | None, *, is_new: bool) -> list[Value] | Unset:
    """Return the values without repetitions; an empty list for null."""
    if isinstance(values, Unset) and not is_new:
        return UNSET
    return [] if values is None or isinstance(values, Unset) else list(dict.fromkeys(values))


def _columns_to_write(columns: Columns, name: str, key: str) -> Columns:
    """Return the columns that were not left out, with the folded name for sorting."""
    written = {column: value for column, value in columns.items() if value is not UNSET}
    return written if name not in written else written | {key: fold(written[name]), "search_text": search_text(written[name])}


async def _save(
    uow: UnitOfWork, kind: Kind, record_id: UUID | None, partner_id: UUID | Unset | None, columns: Columns
) -> tuple[UUID, bool]:
    """Create or update the record; return its id and whether it is new."""
    viewer = uow.actor
    holder = await _partner_for_new(uow, partner_id) if record_id is None else await _partner_of_record(uow, kind, record_id)
    permissions.KEEP_OFFERS.require(viewer)
    if record_id is None:
        record_id = uuid7()
        await organization.insert(uow.connection, kind, {"id": record_id, "partner_id": holder, **columns, "created_at": uow.now})
        return record_id, True
    if none_if_unset(partner_id) not in (None, holder):
        raise Invalid([InvalidField(("partnerId",), "Leave the partnerId out: what a partner offers stays with it.")])
    if kind is LISTINGS and columns.keys() & {"name", "kind"}:
        columns = {**columns, "renamed_at": uow.now}
    await organization.update(uow.connection, kind, record_id, columns)
    return record_id, False


async def _keep_external_ids(uow: UnitOfWork, listing_id: UUID, ids: Sequence[str]) -> None:
    taken = await external_ids.replace_external_ids(uow.connection, listing_id, ids)
    faults = [
        InvalidField(("externalIds", str(at)), f"Another listing has the id {one}. Remove it there first.")
        for at, one in enumerate(ids)
        if fold(one) in taken
    ]
    if faults:
        raise Invalid(faults)


async def _partner_for_new(uow: UnitOfWork, partner_id: UUID | Unset | None) -> UUID:
    """Return the partner of a new record: the viewer's own, or the one that the vendor names."""
    viewer, named = uow.actor, none_if_unset(partner_id)
    wanted = named or viewer.partner_id
    assert wanted is not None, "the vendor names one"
    if not await organization.by_id(uow.connection, viewer, PARTNERS, [wanted]):
        raise NotFound(field=("partnerId",))
    if not viewer.is_vendor and wanted != viewer.partner_id:
        raise NotFound("This is another partner. Leave the partnerId out: it becomes your own partner's.", field=("partnerId",))
    return wanted


async def _partner_of_record(uow: UnitOfWork, kind: Kind, record_id: UUID) -> UUID:
    """Return the partner of a record; raise NotFound for another partner's."""
    viewer = uow.actor
    row = (await organization.by_id(uow.connection, viewer, kind, [record_id])).get(record_id)
    what, field = ("listing", "listingId") if kind is LISTINGS else ("business profile", "profileId")
    if row is None:
        raise NotFound(field=(field,))
    if not (viewer.is_vendor or as_uuid(row["partner_id"]) == viewer.partner_id):
        raise not_yours(what, field)
    return as_uuid(row["partner_id"])
