"""Working an accepted lead to its end: the deal, the qualification, won or lost."""

from dataclasses import replace
from uuid import UUID

from gql_leads.domain.commands import GivenDeal, GivenQualification
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads import qualification
from gql_leads.domain.leads.actions import LeadAction
from gql_leads.domain.leads.lead import CloseReason
from gql_leads.domain.validation import Checking, Unset
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import Desk
from gql_leads.services.leads.archive import LOST, WON, end_lead
from gql_leads.services.leads.deals import check_deal, with_members
from gql_leads.services.preconditions import guard, hold_for

STEPS = {
    "customer_responded": "customerResponded",
    "budget": "budget",
    "authority": "authority",
    "need": "need",
    "timeline": "timeline",
}


async def update_deal(desk: Desk, viewer: Viewer, lead_id: UUID, given: GivenDeal, expected_version: int | None = None) -> UUID:
    """Edit the deal; what was left out stays."""
    check = Checking()
    facts = check_deal(check, given)
    if "deal_name" in facts:
        check.required(facts["deal_name"], "deal", "name")
    check.done()
    async with desk.change(viewer) as change:
        held = await change.hold(lead_id)
        facts = await with_members(change, facts, held.lead)
        guard(change, held, LeadAction.EDIT_DEAL, expected_version)
        lead, edited = held.lead, replace(held.lead, **facts)
        if edited != lead:
            await change.save(lead, edited, TimelineKind.DEAL_CHANGED)
    return lead_id


async def qualify_lead(desk: Desk, viewer: Viewer, lead_id: UUID, given: GivenQualification, expected_version: int | None = None) -> UUID:
    """Record which sub-steps are established; what was left out stays."""
    check = Checking()
    facts = {name: check.required(value, field) for name, field in STEPS.items() if not isinstance(value := getattr(given, name), Unset)}
    check.done()
    async with desk.change(viewer) as change:
        lead = await hold_for(change, lead_id, LeadAction.QUALIFY, expected_version)
        edited = replace(lead, **facts)
        is_complete = not qualification.missing(edited)
        edited = replace(edited, qualified_at=(lead.qualified_at or change.now) if is_complete else None)
        if edited != lead:
            await change.save(lead, edited, TimelineKind.QUALIFIED)
    return lead_id


async def mark_won(desk: Desk, viewer: Viewer, lead_id: UUID, expected_version: int | None = None) -> UUID:
    """Archive a qualified lead as won."""
    return await end_lead(desk, viewer, lead_id, WON, expected_version=expected_version)


async def mark_lost(
    desk: Desk, viewer: Viewer, lead_id: UUID, reason: CloseReason, comment: str | None = None, expected_version: int | None = None
) -> UUID:
    """Archive a lead as lost, with a reason."""
    return await end_lead(desk, viewer, lead_id, LOST, reason=reason, comment=comment, expected_version=expected_version)
