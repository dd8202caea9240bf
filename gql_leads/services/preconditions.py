"""The order of refusal that every change of a lead keeps: not found, not permitted, version, transition, then gates."""

from uuid import UUID

from gql_leads.domain.errors import VersionConflict
from gql_leads.domain.leads import lifecycle
from gql_leads.domain.leads.actions import LeadAction
from gql_leads.domain.leads.lead import Lead
from gql_leads.store.unit_of_work import LockedLead, UnitOfWork


async def lock_for_action(uow: UnitOfWork, lead_id: UUID, action: LeadAction, expected_version: int | None = None) -> Lead:
    """The lead, locked, if the viewer may do this with it now; else the first refusal."""
    locked = await uow.lock_lead(lead_id)
    require(uow, locked, action, expected_version)
    return locked.lead


def require(uow: UnitOfWork, locked: LockedLead, action: LeadAction, expected_version: int | None = None) -> None:
    """Raise the first refusal of the action, if there is one."""
    lifecycle.require_role(action, uow.actor, locked.lead, reduced=locked.is_reduced)
    check_version(locked.lead, expected_version)
    lifecycle.require_stage(action, uow.actor, locked.lead, uow.rules, uow.now)


def check_version(lead: Lead, expected: int | None) -> None:
    """Raise VersionConflict where the lead is not the one that was read."""
    if expected is not None and expected != lead.version:
        raise VersionConflict(lead.version)
