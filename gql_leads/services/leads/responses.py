"""The partner's answer to a lead: accept it, or decline it."""

from dataclasses import replace
from uuid import UUID

from gql_leads.domain.commands import DealFields
from gql_leads.domain.errors import NotFound
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.actions import LeadAction
from gql_leads.domain.leads.lead import CloseReason, Lead, LeadStage
from gql_leads.domain.validation import Validator
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads.claims import claim_waiting_lead, refusal_of_late_claim
from gql_leads.services.leads.deals import LONGEST_NAME, check_deal, resolve_team
from gql_leads.services.leads.notes import check_note, write_note
from gql_leads.services.leads.outcomes import DECLINED, end_lead
from gql_leads.services.preconditions import require


async def accept_lead(
    app: AppContext, viewer: Viewer, lead_id: UUID, deal: DealFields, note: str | None = None, expected_version: int | None = None
) -> UUID:
    """Take the lead on: a queued one is claimed in the same step, an unowned one becomes the accepter's."""
    validator = Validator()
    facts = check_deal(validator, deal)
    body = check_note(validator, note, "note") if note is not None and note.strip() else None
    validator.done()
    async with app.unit_of_work(viewer) as uow:
        try:
            locked = await uow.lock_lead(lead_id)
        except NotFound as not_found:
            raise await refusal_of_late_claim(uow, lead_id, not_found) from None
        facts = await resolve_team(uow, facts, locked.lead)
        require(uow, locked, LeadAction.ACCEPT, expected_version)
        lead = await claim_waiting_lead(uow, locked.lead) if locked.lead.is_waiting else locked.lead
        accepted = replace(
            lead,
            **facts,
            stage=LeadStage.ACCEPTED,
            accepted_at=uow.now,
            expires_at=None,
            overdue_at=None,
            owner_id=lead.owner_id or viewer.member_id,
        )
        named = replace(accepted, deal_name=accepted.deal_name or suggested_name(lead))
        lead = await uow.save(lead, named, TimelineKind.ACCEPTED)
        if body is not None:
            await write_note(uow, lead, body)
    return lead_id


def suggested_name(lead: Lead) -> str:
    """What a deal is called where nobody named it: the customer, and what they asked about, as far as there is room."""
    customer = lead.company or lead.full_name
    name = f"{customer} - {lead.listing_name}" if lead.listing_name else customer
    return name[:LONGEST_NAME].rstrip()


async def decline_lead(
    app: AppContext, viewer: Viewer, lead_id: UUID, reason: CloseReason, comment: str | None = None, expected_version: int | None = None
) -> UUID:
    """Give the lead up, with a reason; it is archived."""
    return await end_lead(app, viewer, lead_id, DECLINED, reason=reason, comment=comment, expected_version=expected_version)
