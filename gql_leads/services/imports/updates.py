"""Updates of leads by imported rows, as `updateLead` and `updateLeadStatus` make them."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from gql_leads.domain.attributes import VisibilityClass
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.imports.fields import LeadImportField
from gql_leads.domain.leads.actions import LeadAction
from gql_leads.domain.leads.lead import ATTRIBUTES, Lead, LeadOutcome, LeadStatus
from gql_leads.domain.viewer import Viewer
from gql_leads.services.imports.rows import Row
from gql_leads.services.leads.contact_details import update_details
from gql_leads.services.leads.updates import save_details
from gql_leads.services.preconditions import require
from gql_leads.store.unit_of_work import LockedLead, UnitOfWork

WORK = VisibilityClass.WORK
HIDDEN = ("first_name", "last_name", "title", "email", "phone")
"""Attributes that a file shows empty while the contact is hidden; the message is masked then."""


def is_changed(known: LockedLead, row: Row, viewer: Viewer) -> bool:
    """Return whether the row has other values than the lead."""
    lead, facts = known.lead, _given(known, row, viewer)
    return any(getattr(lead, name) != value for name, value in facts.items()) or _status(lead, row) is not lead.status


async def update_from_row(uow: UnitOfWork, lead_id: UUID, row: Row) -> bool:
    """Update the lead and return whether anything changed; raise Refusal if the actor may not."""
    locked = await uow.lock_lead(lead_id)
    before = locked.lead
    after = update_details(before, _given(locked, row, uow.actor))
    status = _status(before, row)
    if after != before:
        require(uow, locked, LeadAction.EDIT)
    if status is not before.status:
        require(uow, locked, LeadAction.UPDATE_STATUS)
    if after != before:
        await save_details(uow, before, after)
    if status is not before.status:
        lead = (await uow.lock_lead(lead_id)).lead
        await uow.save(lead, replace(lead, status=status), TimelineKind.STATUS_CHANGED)
    return after != before or status is not before.status


def _status(lead: Lead, row: Row) -> LeadStatus:
    status: LeadStatus = row.values.get(LeadImportField.STATUS, lead.status)
    return status


def _given(known: LockedLead, row: Row, viewer: Viewer) -> dict[str, Any]:
    """Return the row's values for this lead, without cells that are empty because the viewer sees no more."""
    lead, facts = known.lead, {name: value for name, value in row.facts.items() if name != "external_reference"}
    if known.is_reduced:
        facts = {name: value for name, value in facts.items() if value is not None or ATTRIBUTES[name].visibility is not WORK}
    is_unclaimed = lead.partner_id is None and not viewer.is_vendor
    if lead.erased_at is not None or lead.outcome is LeadOutcome.EXPIRED or is_unclaimed:
        facts = {name: value for name, value in facts.items() if name != "message" and (name not in HIDDEN or value is not None)}
    if facts.get("email", lead.email) == lead.email:
        facts.pop("email_validity", None)
    return facts
