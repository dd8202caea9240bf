"""Working an accepted lead to its end: the deal, the qualification, won or lost."""

from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from gql_leads.domain.commands import QualificationFields
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads import qualification
from gql_leads.domain.leads.actions import LeadAction
from gql_leads.domain.leads.lead import CloseReason, Lead, LeadOutcome, LeadStage
from gql_leads.domain.validation import Unset, Validator
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.preconditions import lock_for_action
from gql_leads.store.unit_of_work import UnitOfWork

LONGEST_COMMENT: Final = 2_000
STEPS = {
    "customer_responded": "customerResponded",
    "budget": "budget",
    "authority": "authority",
    "need": "need",
    "timeline": "timeline",
}


@dataclass(frozen=True, slots=True)
class Ending:
    """One way to end a lead: the action, what it is archived as, and what the timeline calls it."""

    action: LeadAction
    outcome: LeadOutcome
    kind: TimelineKind


WON: Final = Ending(LeadAction.MARK_WON, LeadOutcome.WON, TimelineKind.WON)
LOST: Final = Ending(LeadAction.MARK_LOST, LeadOutcome.LOST, TimelineKind.LOST)
DECLINED: Final = Ending(LeadAction.DECLINE, LeadOutcome.DECLINED, TimelineKind.DECLINED)


async def qualify_lead(
    app: AppContext, viewer: Viewer, lead_id: UUID, given: QualificationFields, expected_version: int | None = None
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


async def mark_lead_won(app: AppContext, viewer: Viewer, lead_id: UUID, expected_version: int | None = None) -> UUID:
    """Archive a qualified lead as won."""
    return await end_lead(app, viewer, lead_id, WON, expected_version=expected_version)


async def mark_lead_lost(
    app: AppContext, viewer: Viewer, lead_id: UUID, reason: CloseReason, comment: str | None = None, expected_version: int | None = None
) -> UUID:
    """Archive a lead as lost, with a reason."""
    return await end_lead(app, viewer, lead_id, LOST, reason=reason, comment=comment, expected_version=expected_version)


async def end_lead(
    app: AppContext,
    viewer: Viewer,
    lead_id: UUID,
    ending: Ending,
    *,
    reason: CloseReason | None = None,
    comment: str | None = None,
    expected_version: int | None = None,
) -> UUID:
    """Archive the lead this way, and return its id."""
    validator = Validator()
    clean = validator.text(comment, "comment", most=LONGEST_COMMENT, lines=True)
    validator.done()
    async with app.unit_of_work(viewer) as uow:
        lead = await lock_for_action(uow, lead_id, ending.action, expected_version)
        await uow.save(lead, archived(uow, lead, ending.outcome, reason, clean), ending.kind)
    return lead_id


def archived(uow: UnitOfWork, lead: Lead, outcome: LeadOutcome, reason: CloseReason | None = None, comment: str | None = None) -> Lead:
    """The lead as it is once its life is over."""
    return replace(
        lead,
        stage=LeadStage.ARCHIVED,
        outcome=outcome,
        archived_at=uow.now,
        expires_at=None,
        overdue_at=None,
        close_reason=reason,
        close_comment=comment,
        closed_by_id=uow.viewer.member_id if uow.viewer else None,
    )
