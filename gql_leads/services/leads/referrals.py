"""Referrals: leads that a seller or a partner sends to a chosen partner."""

from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.domain import permissions
from gql_leads.domain.commands import Referral
from gql_leads.domain.errors import NotFound
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.lead import MARKETPLACE_TYPES, Lead, LeadSource
from gql_leads.domain.leads.transitions import deadlines
from gql_leads.domain.values.validation import Validator, none_if_unset
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.contact_validation import check_reachable
from gql_leads.services.idempotency import check_key, request_hash
from gql_leads.services.leads.contact_details import Facts, add_email_validity, assess_lead, check_new_details
from gql_leads.services.leads.intake import VENDOR_SCOPE, unused_reference
from gql_leads.store import idempotency
from gql_leads.store.organization import directory
from gql_leads.store.unit_of_work import UnitOfWork


async def refer_lead(app: AppContext, viewer: Viewer, referral: Referral, idempotency_key: str | None = None) -> UUID:
    """Create a lead for the chosen partner and return its id; the sender keeps a reduced view of it."""
    facts = check_referral(viewer, referral, idempotency_key)
    facts = await add_email_validity(facts, app.contact_validator)
    async with app.unit_of_work(viewer) as uow:
        if (existing := await idempotency.reserve(uow, idempotency_key, request_hash("referLead", referral))) is not None:
            return existing
        if not await directory.is_active_partner(uow.connection, referral.partner_id):
            raise NotFound(field=("partnerId",))
        permissions.REFER_LEADS.require(viewer)
        lead = await _new_lead(uow, referral, facts)
        await uow.insert(lead, VENDOR_SCOPE)
        await uow.save(lead, lead, TimelineKind.REFERRED)
        await idempotency.store_result(uow, idempotency_key, lead.id)
    return lead.id


def check_referral(viewer: Viewer, referral: Referral, idempotency_key: str | None) -> Facts:
    """Validate the referral and return the lead's attributes; raise Invalid."""
    validator = Validator()
    if referral.partner_id == viewer.partner_id:
        validator.add_error("Choose another partner: a lead is not sent to one's own. Enter it with createLead instead.", "partnerId")
    if referral.type in MARKETPLACE_TYPES:
        validator.add_error("Choose a type of sales and marketing: OFFER and PROFILE leads come from the marketplace.", "type")
    facts = check_new_details(validator, referral.details)
    if "message" not in facts:
        validator.add_error("Give the message: it must not be empty.", "message")
    facts["recipient_email"] = check_reachable(validator, none_if_unset(referral.recipient_email), "recipientEmail")
    check_key(validator, idempotency_key)
    validator.raise_if_invalid()
    return facts


async def _new_lead(uow: UnitOfWork, referral: Referral, facts: Facts) -> Lead:
    viewer, now, rules = uow.actor, uow.now, uow.rules
    return assess_lead(
        Lead(
            id=uuid7(),
            reference=await unused_reference(uow),
            type=referral.type,
            source=LeadSource.SELLER if viewer.is_vendor else LeadSource.PARTNER,
            partner_id=referral.partner_id,
            sender_id=viewer.member_id,
            sender_partner_id=viewer.partner_id,
            created_at=now,
            updated_at=now,
            **deadlines(now, rules, requires_response=True, entered_by_partner=False, contact_requested=referral.contact_requested),
            **facts,
        )
    )
