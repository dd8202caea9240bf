"""Working an accepted lead to its end: the deal, the qualification, won or lost."""

from dataclasses import replace
from uuid import UUID

from gql_leads.domain.commands import GivenDeal, GivenQualification
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads import qualification
from gql_leads.domain.leads.actions import LeadAction
from gql_leads.domain.leads.lead import CloseReason
from gql_leads.domain.validation import Unset, Validator
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads.archive import LOST, WON, end_lead
from gql_leads.services.leads.deals import check_deal, with_members
from gql_leads.services.preconditions import lock_for_action, require

STEPS = {
    "customer_responded": "customerResponded",
    "budget": "budget",
    "authority": "authority",
    "need": "need",
    "timeline": "timeline",
}


async def update_deal(app: AppContext, viewer: Viewer, lead_id: UUID, given: GivenDeal, expected_version: int | None = None) -> UUID:
    """Edit the deal; what was left out stays."""
    validator = Validator()
    facts = check_deal(validator, given)
    if "deal_name" in facts:
        validator.required(facts["deal_name"], "deal", "name")
    validator.done()
    async with app.unit_of_work(viewer) as uow:
        locked = await uow.lock_lead(lead_id)
        facts = await with_members(uow, facts, locked.lead)
        require(uow, locked, LeadAction.EDIT_DEAL, expected_version)
        lead, edited = locked.lead, replace(locked.lead, **facts)
        if edited != lead:
            await uow.save(lead, edited, TimelineKind.DEAL_CHANGED)
    return lead_id


async def qualify_lead(
    app: AppContext, viewer: Viewer, lead_id: UUID, given: GivenQualification, expected_version: int | None = None
) -> UUID:
    """Record which sub-steps are established; what was left out stays."""
    validator = Validator()
    facts = {
        name: validator.required(value, field) for name, field in STEPS.items() if not isinstance(value := getattr(given, name), Unset)
    }
    validator.done()
    async with app.unit_of_work(viewer) as uow:
        lead = await lock_for_action(uow, lead_id, LeadAction.QUALIFY, expected_version)
        edited = replace(lead, **facts)
        is_complete = not qualification.missing(edited)
        edited = replace(edited, qualified_at=(lead.qualified_at or uow.now) if is_complete else None)
        if edited != lead:
            await uow.save(lead, edited, TimelineKind.QUALIFIED)
    return lead_id


async def mark_won(app: AppContext, viewer: Viewer, lead_id: UUID, expected_version: int | None = None) -> UUID:
    """Archive a qualified lead as won."""
    return await end_lead(app, viewer, lead_id, WON, expected_version=expected_version)


async def mark_lost(
    app: AppContext, viewer: Viewer, lead_id: UUID, reason: CloseReason, comment: str | None = None, expected_version: int | None = None
) -> UUID:
    """Archive a lead as lost, with a reason."""
    return await end_lead(app, viewer, lead_id, LOST, reason=reason, comment=comment, expected_version=expected_version)
