"""Updates of a lead: the customer's details and the follow-up status."""

from dataclasses import replace
from uuid import UUID

from gql_leads.domain.commands import LeadFields
from gql_leads.domain.errors import Invalid, InvalidField
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.actions import LeadAction
from gql_leads.domain.leads.lead import Lead, LeadStatus
from gql_leads.domain.values.validation import Validator
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads.contact_details import add_email_validity, check_details, update_details
from gql_leads.services.preconditions import lock_for_action
from gql_leads.store.unit_of_work import UnitOfWork

ERASABLE = ("first_name", "last_name", "title", "email", "phone", "message")
"""Attributes that must not be filled again after `eraseLeadContact`."""
ASSESSED = ("email_validity", "phone_validity", "quality", "quality_reasons")
"""Attributes that are computed from the details and have a history entry of their own."""


async def update_lead_status(
    app: AppContext, viewer: Viewer, lead_id: UUID, status: LeadStatus, expected_version: int | None = None
) -> UUID:
    """Set the follow-up status and return the lead's id; the same status again changes nothing."""
    async with app.unit_of_work(viewer) as uow:
        lead = await lock_for_action(uow, lead_id, LeadAction.UPDATE_STATUS, expected_version)
        if lead.status is not status:
            await uow.save(lead, replace(lead, status=status), TimelineKind.STATUS_CHANGED)
    return lead_id


async def update_lead(app: AppContext, viewer: Viewer, lead_id: UUID, fields: LeadFields, expected_version: int | None = None) -> UUID:
    """Update the given details and return the lead's id; validity and quality are computed again."""
    validator = Validator()
    facts = check_details(validator, fields)
    validator.raise_if_invalid()
    facts = await add_email_validity(facts, app.contact_validator)
    async with app.unit_of_work(viewer) as uow:
        lead = await lock_for_action(uow, lead_id, LeadAction.EDIT, expected_version)
        await save_details(uow, lead, update_details(lead, facts))
    return lead_id


async def save_details(uow: UnitOfWork, before: Lead, after: Lead) -> None:
    """Save changed details, then the assessment computed from them, each with its own history entry."""
    if before.erased_at is not None and any(getattr(before, name) != getattr(after, name) for name in ERASABLE):
        raise Invalid([InvalidField(("contact",), "Leave out the contact and the message: they were erased, and are kept no more.")])
    edited = replace(after, **{name: getattr(before, name) for name in ASSESSED})
    if edited != before:
        edited = await uow.save(before, edited, TimelineKind.DETAILS_CHANGED)
    assessed = replace(edited, **{name: getattr(after, name) for name in ASSESSED})
    if assessed != edited:
        await uow.save(edited, assessed, TimelineKind.QUALITY_CHANGED)
