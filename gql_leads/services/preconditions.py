"""The order of refusal that every change of a lead keeps: not found, not permitted, version, transition, then gates."""

from uuid import UUID

from gql_leads.domain.errors import VersionConflict
from gql_leads.domain.leads import lifecycle
from gql_leads.domain.leads.actions import LeadAction
from gql_leads.domain.leads.lead import Lead
from gql_leads.store.unit_of_work import Change, Held


async def hold_for(change: Change, lead_id: UUID, action: LeadAction, expected_version: int | None = None) -> Lead:
    """The lead, locked, if the viewer may do this with it now; else the first refusal."""
    held = await change.hold(lead_id)
    guard(change, held, action, expected_version)
    return held.lead


def guard(change: Change, held: Held, action: LeadAction, expected_version: int | None = None) -> None:
    """Raise the first refusal of the action, if there is one."""
    lifecycle.guard_role(action, change.actor, held.lead, reduced=held.is_reduced)
    check_version(held.lead, expected_version)
    lifecycle.guard_stage(action, change.actor, held.lead, change.rules, change.now)


def check_version(lead: Lead, expected: int | None) -> None:
    """Raise VersionConflict where the lead is not the one that was read."""
    if expected is not None and expected != lead.version:
        raise VersionConflict(lead.version)
