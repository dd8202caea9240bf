"""Qualification of an accepted lead, and the outcomes that people set: won, lost, declined."""

from dataclasses import dataclass, replace
from typing import Final, NamedTuple
from uuid import UUID

from gql_leads.domain.commands import QualificationFields
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads import transitions
from gql_leads.domain.leads.actions import LeadAction
from gql_leads.domain.leads.lead import CloseReason, LeadOutcome, LeadStatus
from gql_leads.domain.values.validation import Unset, Validator
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.preconditions import lock_for_action

LONGEST_COMMENT: Final = 2_000
STEPS: Final = {
    "customer_responded": "customerResponded",
    "budget": "budget",
    "authority": "authority",
    "need": "need",
    "timeline": "timeline",
}
"""The API's name of each qualification step, by attribute."""


class Reason(NamedTuple):
    """The reason for closing a lead, and a comment."""

    code: CloseReason | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """One way to close a lead: the action it needs, the outcome it gets and the kind of its history entry."""

    action: LeadAction
    outcome: LeadOutcome
    kind: TimelineKind


NO_REASON: Final = Reason()
WON: Final = Ending(LeadAction.MARK_WON, LeadOutcome.WON, TimelineKind.WON)
LOST: Final = Ending(LeadAction.MARK_LOST, LeadOutcome.LOST, TimelineKind.LOST)
DECLINED: Final = Ending(LeadAction.DECLINE, LeadOutcome.DECLINED, TimelineKind.DECLINED)


async def qualify_lead(
    app: AppContext, viewer: Viewer, lead_id: UUID, fields: QualificationFields, expected_version: int | None = None
) -> UUID:
    """Set the given qualification steps and return the lead's id; steps left out stay as they are."""
    validator = Validator()
    steps = {
        name: validator.required(value, field) for name, field in STEPS.items() if not isinstance(value := getattr(fields, name), Unset)
    }
    validator.raise_if_invalid()
    async with app.unit_of_work(viewer) as uow:
        lead = await lock_for_action(uow, lead_id, LeadAction.QUALIFY, expected_version)
        qualified = transitions.qualified(lead, steps, uow.now)
        if qualified != lead:
            await uow.save(lead, qualified, TimelineKind.QUALIFIED)
    return lead_id


async def mark_lead_won(
    app: AppContext, viewer: Viewer, lead_id: UUID, expected_version: int | None = None, *, status: LeadStatus | None = None
) -> UUID:
    """Archive a qualified lead as won and return its id; without a status it keeps its own."""
    return await end_lead(app, viewer, lead_id, WON, status=status, expected_version=expected_version)


async def mark_lead_lost(
    app: AppContext, viewer: Viewer, lead_id: UUID, reason: CloseReason, comment: str | None = None, expected_version: int | None = None
) -> UUID:
    """Archive a lead as lost with a reason and return its id."""
    return await end_lead(app, viewer, lead_id, LOST, reason=Reason(reason, comment), expected_version=expected_version)


async def end_lead(
    app: AppContext,
    viewer: Viewer,
    lead_id: UUID,
    ending: Ending,
    *,
    reason: Reason = NO_REASON,
    status: LeadStatus | None = None,
    expected_version: int | None = None,
) -> UUID:
    """Archive the lead with the ending's outcome and return its id."""
    validator = Validator()
    clean = validator.text(reason.comment, "comment", most=LONGEST_COMMENT, lines=True)
    validator.raise_if_invalid()
    async with app.unit_of_work(viewer) as uow:
        lead = await lock_for_action(uow, lead_id, ending.action, expected_version)
        archived = transitions.archived(lead, ending.outcome, uow.now, closed_by_id=viewer.member_id, reason=reason.code, comment=clean)
        await uow.save(lead, replace(archived, status=status or lead.status), ending.kind)
    return lead_id
