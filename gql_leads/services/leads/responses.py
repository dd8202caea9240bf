"""The partner's answer to a lead: accept it, or decline it."""

from dataclasses import replace
from uuid import UUID

from gql_leads.domain.commands import GivenDeal
from gql_leads.domain.errors import NotFound
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.actions import LeadAction
from gql_leads.domain.leads.lead import CloseReason, Lead, LeadStage
from gql_leads.domain.validation import Checking
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import Desk
from gql_leads.services.leads.archive import DECLINED, end_lead
from gql_leads.services.leads.claims import take, told_too_late
from gql_leads.services.leads.deals import LONGEST_NAME, check_deal, with_members
from gql_leads.services.leads.notes import check_note, write_note
from gql_leads.services.preconditions import guard


async def accept_lead(
    desk: Desk, viewer: Viewer, lead_id: UUID, deal: GivenDeal, note: str | None = None, expected_version: int | None = None
) -> UUID:
    """Take the lead on: a queued one is claimed in the same step, an unowned one becomes the accepter's."""
    check = Checking()
    facts = check_deal(check, deal)
    body = check_note(check, note, "note") if note is not None and note.strip() else None
    check.done()
    async with desk.change(viewer) as change:
        try:
            held = await change.hold(lead_id)
        except NotFound as not_found:
            raise await told_too_late(change, lead_id, not_found) from None
        facts = await with_members(change, facts, held.lead)
        guard(change, held, LeadAction.ACCEPT, expected_version)
        lead = await take(change, held.lead) if held.lead.is_waiting else held.lead
        accepted = replace(
            lead,
            **facts,
            stage=LeadStage.ACCEPTED,
            accepted_at=change.now,
            expires_at=None,
            overdue_at=None,
            owner_id=lead.owner_id or viewer.member_id,
        )
        named = replace(accepted, deal_name=accepted.deal_name or suggested_name(lead))
        lead = await change.save(lead, named, TimelineKind.ACCEPTED)
        if body is not None:
            await write_note(change, lead, body)
    return lead_id


def suggested_name(lead: Lead) -> str:
    """What a deal is called where nobody named it: the customer, and what they asked about, as far as there is room."""
    customer = lead.company or lead.full_name
    name = f"{customer} - {lead.listing_name}" if lead.listing_name else customer
    return name[:LONGEST_NAME].rstrip()


async def decline_lead(
    desk: Desk, viewer: Viewer, lead_id: UUID, reason: CloseReason, comment: str | None = None, expected_version: int | None = None
) -> UUID:
    """Give the lead up, with a reason; it is archived."""
    return await end_lead(desk, viewer, lead_id, DECLINED, reason=reason, comment=comment, expected_version=expected_version)
