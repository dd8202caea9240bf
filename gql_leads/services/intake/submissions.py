"""Submissions: what a web form or a marketplace has sent becomes a lead, once however often it is sent."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.domain.commands import ContactFields, LeadFields, NewLead
from gql_leads.domain.errors import Invalid
from gql_leads.domain.leads.lead import CallToAction, LeadSource, LeadType, ListingKind
from gql_leads.domain.routing import BY_LISTING, BY_PROFILE, TO_GENERAL_QUEUE, routed_by
from gql_leads.domain.values.country_names import country_code
from gql_leads.domain.values.validation import MOST_EMAIL, UNSET, Validator
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads.contact_details import add_email_validity, check_new_details, to_camel_case
from gql_leads.services.leads.intake import VENDOR_SCOPE, Destination, build_lead, if_active
from gql_leads.store import queues
from gql_leads.store.intake import submissions
from gql_leads.store.models.intake import IntakeKey
from gql_leads.store.organization import directory, external_ids
from gql_leads.store.organization import lists as organization
from gql_leads.store.sql.rows import as_uuid
from gql_leads.store.unit_of_work import UnitOfWork

REPEATED_WITHIN: Final = timedelta(hours=24)
"""Time in which the same submission with the same key is one lead."""
LONGEST_MESSAGE: Final = 10_000
LONGEST_CONTACT_TEXTS: Final = {"first_name": 100, "last_name": 100, "title": 100, "email": MOST_EMAIL, "phone": 50}


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What was sent: the customer, texts by attribute of the lead, and the offer that it is about."""

    contact: ContactFields
    texts: dict[str, str]
    """Company, country, city, region, industry, message, by the lead's attribute; blank ones may be missing."""
    source: LeadSource
    call_to_action: CallToAction | None = None
    contact_requested: bool = False
    consent_to_contact: bool = True
    offer_id: str | None = None
    """The id by which a marketplace knows the offer."""
    offer_title: str | None = None
    identities: Sequence[str] = ()
    """Texts of which each identifies the submission, besides its body."""
    is_lenient: bool = False
    """True if nobody can correct it: texts that fit no field go into the message then, and too long ones of the contact are cut."""


async def receive(app: AppContext, key: IntakeKey, body: bytes, submission: Submission) -> UUID:
    """Create the lead of a submission and return its id, or that of the lead that it has made before."""
    submission = _named(submission)
    if submission.is_lenient:
        submission = _fitting(submission)
    validator = Validator()
    facts = check_new_details(validator, _details(submission))
    validator.raise_if_invalid()
    facts = await add_email_validity(facts, app.contact_validator)
    digests = [hashlib.sha256(one).hexdigest() for one in (body, *(f"id {text}".encode() for text in submission.identities))]
    async with app.unit_of_work(None) as uow:
        lead_id = uuid7()
        known = await submissions.reserve(uow.connection, key.id, digests, lead_id, uow.now, uow.now - REPEATED_WITHIN)
        if known is not None:
            return known
        destination, lead_type = await _destination(uow, key, submission)
        new = NewLead(
            type=lead_type, source=submission.source, details=LeadFields(), call_to_action=submission.call_to_action,
            contact_requested=submission.contact_requested,
        )  # fmt: skip
        lead, routing = await build_lead(uow, new, facts, destination, owner_id=None)
        await uow.insert(replace(lead, id=lead_id), VENDOR_SCOPE, routing)
    return lead_id


def _named(submission: Submission) -> Submission:
    """Return the submission with a last name: the given one, else the e-mail's local part, else "Unknown"."""
    contact = submission.contact
    if isinstance(contact.last_name, str) and contact.last_name.strip():
        return submission
    local = contact.email.strip().partition("@")[0].strip() if isinstance(contact.email, str) else ""
    return replace(submission, contact=replace(contact, last_name=local[:100].strip() or "Unknown"))


def _details(submission: Submission) -> Any:
    return LeadFields(contact=submission.contact, consent_to_contact=submission.consent_to_contact, **submission.texts)


def _fitting(submission: Submission) -> Submission:
    """Return the submission with values that their fields accept; the message has the other texts."""
    contact, texts = submission.contact, dict(submission.texts)
    moved: list[str] = []
    country = texts.get("country", "").strip()
    if country:
        texts["country"] = country_code(country) or country
    while faults := _faults(replace(submission, contact=contact, texts=texts)):
        before = len(moved)
        for path in faults:
            if path[0] == "contact":
                # Not into the message: whoever may not see the contact reads the message.
                name = next(one for one in LONGEST_CONTACT_TEXTS if to_camel_case(one) == path[1])
                cut = _printable(str(getattr(contact, name))).strip()[: LONGEST_CONTACT_TEXTS[name]].strip()
                contact = replace(contact, **{name: cut or ("Unknown" if name == "last_name" else UNSET)})
            else:
                name = next((one for one in texts if to_camel_case(one) == path[0]), "")
                text = texts.pop(name, "")
                moved.append(text if name == "message" else f"{path[0]}: {text}")
        if len(moved) == before and not any(path[0] == "contact" for path in faults):
            break
    if moved:
        message = "\n".join(_printable(text) for text in [*filter(None, [texts.get("message")]), *moved])
        texts["message"] = message[:LONGEST_MESSAGE]
    return replace(submission, contact=contact, texts=texts)


def _faults(submission: Submission) -> list[tuple[str, ...]]:
    validator = Validator()
    check_new_details(validator, _details(submission))
    try:
        validator.raise_if_invalid()
    except Invalid as invalid:
        return list(dict.fromkeys(fault.field for fault in invalid.invalid_fields))
    return []


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable() or character in "\n\t")


async def _destination(uow: UnitOfWork, key: IntakeKey, submission: Submission) -> tuple[Destination, LeadType]:
    """Return where the lead goes, and its type.

    The offer decides if a listing of the key's partner (for a key of the general queue, of any) is known by it; else the key does.
    """
    offer = await _listing_of_offer(uow, key, submission)
    listing_id = offer or key.listing_id
    if listing_id is not None:
        row = await organization.lock_listing(uow.connection, listing_id)
        assert row is not None, "listings are never deleted"
        partner = await if_active(uow, as_uuid(row["partner_id"]))
        destination = Destination(
            listing_id=listing_id, listing_name=row["name"], listing_kind=ListingKind(row["kind"]), partner_id=partner,
            routing=routed_by(BY_LISTING, row["name"]),
        )  # fmt: skip
        return destination, LeadType.OFFER
    if key.profile_id is not None:
        profile = await directory.profile(uow.connection, key.profile_id)
        assert profile is not None, "business profiles are never deleted"
        destination = Destination(
            profile_id=key.profile_id, listing_name=_title(submission), partner_id=await if_active(uow, profile.partner_id),
            routing=routed_by(BY_PROFILE, profile.location),
        )  # fmt: skip
        return destination, LeadType.PROFILE
    general = await queues.general(uow.connection)
    destination = Destination(listing_name=_title(submission), queue_id=general, routing=routed_by(TO_GENERAL_QUEUE, general))
    is_offer = submission.offer_title is not None or submission.offer_id is not None
    return destination, LeadType.OFFER if is_offer else LeadType.MARKETING_QUALIFIED


async def _listing_of_offer(uow: UnitOfWork, key: IntakeKey, submission: Submission) -> UUID | None:
    """Return the listing that the offer's id or title names, of the key's partner if it has one."""
    found = None
    if submission.offer_id is not None:
        found = await external_ids.listing_of_external_id(uow.connection, submission.offer_id, key.partner_id)
    if found is None and submission.offer_title is not None:
        found = await external_ids.listing_of_title(uow.connection, submission.offer_title, key.partner_id)
    return found


def _title(submission: Submission) -> str | None:
    title = submission.offer_title or submission.offer_id
    return None if title is None else _printable(title).strip()[:200] or None
