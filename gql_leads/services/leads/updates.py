"""Editing a lead's details, and the follow-up status that people set by hand."""

from dataclasses import replace
from uuid import UUID

from gql_leads.domain.commands import GivenDetails
from gql_leads.domain.errors import Invalid, InvalidField
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.actions import LeadAction
from gql_leads.domain.leads.lead import Lead, LeadStatus
from gql_leads.domain.validation import Checking
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import Desk
from gql_leads.services.leads.contact_details import check_details, judge_email, judged
from gql_leads.services.preconditions import hold_for
from gql_leads.store.unit_of_work import Change

OF_THE_PERSON = ("first_name", "last_name", "title", "email", "phone", "message")
JUDGED = ("email_validity", "phone_validity", "quality", "quality_reasons")


async def update_status(desk: Desk, viewer: Viewer, lead_id: UUID, status: LeadStatus, expected_version: int | None = None) -> UUID:
    """Set the follow-up status; the same status again changes nothing."""
    async with desk.change(viewer) as change:
        lead = await hold_for(change, lead_id, LeadAction.UPDATE_STATUS, expected_version)
        if lead.status is not status:
            await change.save(lead, replace(lead, status=status), TimelineKind.STATUS_CHANGED)
    return lead_id


async def update_lead(desk: Desk, viewer: Viewer, lead_id: UUID, given: GivenDetails, expected_version: int | None = None) -> UUID:
    """Edit what is known of the customer; its validity and quality are judged anew."""
    check = Checking()
    facts = check_details(check, given)
    check.done()
    facts = await judge_email(facts, desk.reachability)
    async with desk.change(viewer) as change:
        lead = await hold_for(change, lead_id, LeadAction.EDIT, expected_version)
        await save_details(change, lead, judged(replace(lead, **facts)))
    return lead_id


async def save_details(change: Change, before: Lead, after: Lead) -> None:
    """Write edited details, and apart from them what was computed from them."""
    if before.erased_at is not None and any(getattr(before, name) != getattr(after, name) for name in OF_THE_PERSON):
        raise Invalid([InvalidField(("contact",), "Leave out the contact and the message: they were erased, and are kept no more.")])
    edited = replace(after, **{name: getattr(before, name) for name in JUDGED})
    if edited != before:
        edited = await change.save(before, edited, TimelineKind.DETAILS_CHANGED)
    judged = replace(edited, **{name: getattr(after, name) for name in JUDGED})
    if judged != edited:
        await change.save(edited, judged, TimelineKind.QUALITY_CHANGED)
