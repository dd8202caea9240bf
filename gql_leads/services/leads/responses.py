"""A partner's response to a lead: accept or decline."""

from uuid import UUID

from gql_leads.domain.commands import DealFields
from gql_leads.domain.errors import NotFound
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads import transitions
from gql_leads.domain.leads.actions import LeadAction
from gql_leads.domain.leads.lead import CloseReason, Lead
from gql_leads.domain.values.text_folding import is_blank
from gql_leads.domain.values.validation import Validator
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.campaigns import change_campaign
from gql_leads.services.idempotency import check_key, request_hash
from gql_leads.services.leads.claims import claim_waiting_lead, refusal_of_late_claim
from gql_leads.services.leads.deals import check_deal, find_campaign, resolve_team
from gql_leads.services.leads.notes import check_note, write_note
from gql_leads.services.leads.outcomes import DECLINED, Reason, end_lead
from gql_leads.services.preconditions import require
from gql_leads.store import idempotency
from gql_leads.store.organization import directory
from gql_leads.store.unit_of_work import UnitOfWork


async def accept_lead(
    app: AppContext,
    viewer: Viewer,
    lead_id: UUID,
    deal: DealFields,
    note: str | None = None,
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> UUID:
    """Accept the lead and return its id.

    A queued lead is claimed in the same transaction; an unowned one, or one of a deactivated owner, becomes the viewer's.
    """
    validator = Validator()
    facts = check_deal(validator, deal)
    body = check_note(validator, note, "note") if note is not None and not is_blank(note) else None
    check_key(validator, idempotency_key)
    validator.raise_if_invalid()
    request = request_hash("acceptLead", lead_id, facts, body)
    async with app.unit_of_work(viewer) as uow:
        if await idempotency.lookup(uow, idempotency_key, request) is not None:
            return lead_id
        campaign = await find_campaign(uow, facts)
        try:
            locked = await uow.lock_lead(lead_id)
        except NotFound as not_found:
            raise await refusal_of_late_claim(uow, lead_id, not_found) from None
        # A concurrent request with the same key may have ended while this one waited for the lock.
        if await idempotency.lookup(uow, idempotency_key, request) is not None:
            return lead_id
        facts = await resolve_team(uow, facts, locked.lead)
        require(uow, locked, LeadAction.ACCEPT, expected_version)
        if await idempotency.reserve(uow, idempotency_key, request) is not None:
            return lead_id
        lead = await claim_waiting_lead(uow, locked.lead) if locked.lead.is_waiting else locked.lead
        if not await _has_active_owner(uow, lead):
            facts |= {"owner_id": viewer.member_id}
        lead = await uow.save(lead, transitions.accepted(lead, viewer.member_id, facts, uow.now), TimelineKind.ACCEPTED)
        if "campaign_code" in facts:
            lead = await change_campaign(uow, lead, locked.lead.campaign_code, campaign)
        if body is not None:
            await write_note(uow, lead, body)
        await idempotency.store_result(uow, idempotency_key, lead_id)
    return lead_id


async def _has_active_owner(uow: UnitOfWork, lead: Lead) -> bool:
    """Return whether the lead has an owner who is not deactivated; the viewer themselves needs no query."""
    if lead.owner_id in (None, uow.actor.member_id):
        return lead.owner_id is not None
    return await directory.is_active_member(uow.connection, lead.owner_id, lead.partner_id)


async def decline_lead(
    app: AppContext, viewer: Viewer, lead_id: UUID, reason: CloseReason, comment: str | None = None, expected_version: int | None = None
) -> UUID:
    """Decline the lead with a reason, archive it and return its id."""
    return await end_lead(app, viewer, lead_id, DECLINED, reason=Reason(reason, comment), expected_version=expected_version)
