"""Preconditions of changes of a lead, in this order: visible, permitted, version, transition, gate."""

from uuid import UUID

from gql_leads.domain.errors import VersionConflict
from gql_leads.domain.leads import lifecycle
from gql_leads.domain.leads.actions import LeadAction
from gql_leads.domain.leads.lead import Lead
from gql_leads.store.unit_of_work import LockedLead, UnitOfWork


async def lock_for_action(uow: UnitOfWork, lead_id: UUID, action: LeadAction, expected_version: int | None = None) -> Lead:
    """Lock the lead and return it; raise the first refusal if the viewer may not do the action now."""
    locked = await uow.lock_lead(lead_id)
    require(uow, locked, action, expected_version)
    return locked.lead


def require(uow: UnitOfWork, locked: LockedLead, action: LeadAction, expected_version: int | None = None) -> None:
    """Raise the first refusal of the action, if there is one."""
    lifecycle.require_role(action, uow.actor, locked.lead, reduced=locked.is_reduced)
    check_version(locked.lead, expected_version)
    lifecycle.require_stage(action, uow.actor, locked.lead, uow.rules, uow.now)


def check_version(lead: Lead, expected: int | None) -> None:
    """Raise VersionConflict if the lead has another version than the client read."""
    if expected is not None and expected != lead.version:
        raise VersionConflict(lead.version, "Lead", lead.id)
