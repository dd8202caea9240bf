"""Creation of leads: by a partner's member for their own partner, or by the vendor, who routes them."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.domain import permissions
from gql_leads.domain.commands import NewLead
from gql_leads.domain.errors import NotFound, not_yours
from gql_leads.domain.leads.history import FieldChange
from gql_leads.domain.leads.lead import INFORMATIONAL_CALLS, CallToAction, Lead, LeadType, ListingKind
from gql_leads.domain.leads.transitions import deadlines
from gql_leads.domain.routing import BY_LISTING, BY_PROFILE, routed_by
from gql_leads.domain.values.validation import Validator, none_if_unset
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.campaigns import LONGEST_CODE, find_campaign_by_code, join_campaign
from gql_leads.services.idempotency import check_key, request_hash
from gql_leads.services.leads.contact_details import Facts, add_email_validity, assess_lead, check_new_details
from gql_leads.services.routing import route_lead
from gql_leads.store import idempotency
from gql_leads.store.leads import lists
from gql_leads.store.organization import directory
from gql_leads.store.organization import lists as organization
from gql_leads.store.sql.rows import as_uuid
from gql_leads.store.unit_of_work import UnitOfWork

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""The characters of references, without those that are easily confused (0 and O, 1 and I)."""
VENDOR_SCOPE = "vendor"
"""External references are unique for a source within a scope: the vendor, or one partner."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Listing, profile, and partner or queue of a new lead; without partner and queue, the assignment rules choose."""

    listing_id: UUID | None = None
    listing_name: str | None = None
    listing_kind: ListingKind | None = None
    profile_id: UUID | None = None
    partner_id: UUID | None = None
    queue_id: UUID | None = None
    routing: FieldChange | None = None
    """What the history says of how the partner or queue was found; the assignment rules replace it if there is neither."""


async def create_lead(app: AppContext, viewer: Viewer, new: NewLead, idempotency_key: str | None = None) -> UUID:
    """Create a lead and return its id.

    If the source and external reference are known, return the existing lead's id instead.
    """
    given, new = new, replace(new, type=lead_type(new))
    facts, campaign_code = check_new(new, idempotency_key)
    facts = await add_email_validity(facts, app.contact_validator)
    async with app.unit_of_work(viewer) as uow:
        existing = await idempotency.reserve(uow, idempotency_key, request_hash("createLead", given))
        if existing is not None:
            return existing
        destination = await find_destination(uow, new)
        campaign = None if campaign_code is None else await find_campaign_by_code(uow, campaign_code, "campaignCode")
        permissions.CREATE_LEADS.require(viewer)
        lead, routing = await build_lead(uow, new, facts, destination, owner_id=None if viewer.is_vendor else viewer.member_id)
        lead = replace(lead, campaign_ids=(campaign.id,) if campaign else ())
        scope = VENDOR_SCOPE if viewer.is_vendor else str(viewer.partner_id)
        lead_id = await uow.insert(lead, scope, routing)
        if campaign is not None and lead_id == lead.id:
            await join_campaign(uow, lead, campaign)
        await idempotency.store_result(uow, idempotency_key, lead_id)
    return lead_id


def lead_type(new: NewLead) -> LeadType:
    """Return the given type, or the one that follows from the listing and the profile."""
    if new.type is not None:
        return new.type
    if new.listing_id is not None:
        return LeadType.OFFER
    return LeadType.PROFILE if new.profile_id is not None else LeadType.MARKETING_QUALIFIED


def check_new(new: NewLead, idempotency_key: str | None) -> tuple[Facts, str | None]:
    """Validate the input and return the lead's attributes and the campaign code; raise Invalid."""
    validator = Validator()
    facts = check_new_details(validator, new.details)
    facts["external_reference"] = validator.text(none_if_unset(new.external_reference), "externalReference", most=200)
    campaign_code = validator.text(none_if_unset(new.campaign_code), "campaignCode", most=LONGEST_CODE)
    if new.type is LeadType.OFFER and new.listing_id is None:
        validator.add_error("Give the listingId: a lead of type OFFER is about a listing. Without one, leave the type out.", "listingId")
    if new.type is LeadType.PROFILE and new.profile_id is None:
        validator.add_error("Give the profileId: a lead of type PROFILE belongs to a business profile.", "profileId")
    check_key(validator, idempotency_key)
    validator.raise_if_invalid()
    return facts, campaign_code


async def find_destination(uow: UnitOfWork, new: NewLead) -> Destination:
    """Find listing, profile and partner of a new lead; raise NotFound for those the viewer may not use."""
    viewer, destination = uow.actor, Destination()
    if new.listing_id is not None:
        row = await organization.lock_listing(uow.connection, new.listing_id)
        if row is None or not (_may_use(viewer, as_uuid(row["partner_id"])) or row["is_published"]):
            raise NotFound(field=("listingId",))
        if not _may_use(viewer, as_uuid(row["partner_id"])):
            raise not_yours("listing", "listingId")
        partner = await if_active(uow, as_uuid(row["partner_id"])) if new.type is LeadType.OFFER else None
        destination = replace(
            destination, listing_id=new.listing_id, listing_name=row["name"], listing_kind=ListingKind(row["kind"]), partner_id=partner,
            routing=routed_by(BY_LISTING, row["name"]),
        )  # fmt: skip
    if new.profile_id is not None:
        profile = await directory.profile(uow.connection, new.profile_id)
        if profile is None:
            raise NotFound(field=("profileId",))
        if not _may_use(viewer, profile.partner_id):
            raise not_yours("business profile", "profileId")
        destination = replace(destination, profile_id=new.profile_id)
        if new.type is LeadType.PROFILE:
            partner, routing = await if_active(uow, profile.partner_id), routed_by(BY_PROFILE, profile.location)
            destination = replace(destination, partner_id=partner, routing=routing)
    return destination if viewer.is_vendor else replace(destination, partner_id=viewer.partner_id, routing=None)


async def if_active(uow: UnitOfWork, partner_id: UUID) -> UUID | None:
    """Return the partner, or None if it is inactive: the assignment rules then choose another one."""
    return partner_id if await directory.is_active_partner(uow.connection, partner_id) else None


def _may_use(viewer: Viewer, partner_id: UUID) -> bool:
    return viewer.is_vendor or viewer.partner_id == partner_id


async def build_lead(
    uow: UnitOfWork, new: NewLead, facts: Facts, destination: Destination, *, owner_id: UUID | None
) -> tuple[Lead, Sequence[FieldChange]]:
    """Return the new lead, owned by the member of the partner who entered it, or routed; and what routed it."""
    now, rules = uow.now, uow.rules
    by_partner = owner_id is not None
    informational = new.type is LeadType.OFFER and new.call_to_action in INFORMATIONAL_CALLS
    lead = assess_lead(
        Lead(
            id=uuid7(),
            reference=await unused_reference(uow),
            type=lead_type(new),
            status=new.status,
            source=new.source,
            call_to_action=new.call_to_action,
            listing_id=destination.listing_id,
            listing_name=destination.listing_name,
            listing_kind=destination.listing_kind,
            profile_id=destination.profile_id,
            partner_id=destination.partner_id,
            queue_id=destination.queue_id,
            owner_id=owner_id,
            created_at=now,
            updated_at=now,
            is_test=new.is_test,
            **deadlines(
                now,
                rules,
                requires_response=not informational and not by_partner,
                entered_by_partner=by_partner,
                contact_requested=new.contact_requested or new.call_to_action is CallToAction.CONTACT_ME,
            ),
            **facts,
        )
    )
    routing = destination.routing
    if lead.partner_id is None and lead.queue_id is None:
        lead, routing = await route_lead(uow, lead)
    return lead, () if routing is None else (routing,)


async def unused_reference(uow: UnitOfWork) -> str:
    """Return a new random reference; a sequence would reveal the number of leads."""
    while await lists.is_known(uow.connection, reference := random_reference()):
        pass
    return reference


def random_reference() -> str:
    """Return a random reference, which a lead may have already."""
    return "L-" + "".join(secrets.choice(ALPHABET) for _ in range(6))
