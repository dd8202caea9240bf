"""Erasure of the customer's personal data from a lead; outcome and figures stay."""

from dataclasses import replace
from uuid import UUID

from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.actions import LeadAction
from gql_leads.domain.leads.erasure import ContactIdentity, without_contact
from gql_leads.domain.leads.history import FieldChange, differences
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.preconditions import lock_for_action
from gql_leads.store import opportunities
from gql_leads.store.leads import erasure


async def erase_lead_contact(app: AppContext, viewer: Viewer, lead_id: UUID) -> UUID:
    """Remove the person from the lead, its notes, activities, history, records and events.

    A repetition removes what was written since. The id is returned.
    """
    async with app.unit_of_work(viewer) as uow:
        await opportunities.lock_partner_of_lead(uow.connection, lead_id)
        lead = await lock_for_action(uow, lead_id, LeadAction.ERASE_CONTACT)
        entries = await erasure.history(uow.connection, lead_id)
        person = ContactIdentity.of(lead, (one for entry in entries.values() for one in entry))
        without = without_contact(lead, person)
        # Erase before recording: neither the history entry nor the event may hold the erased values.
        found = await erasure.erase(uow, lead, without, entries, person)
        if found or lead.erased_at is None:
            cleared = [FieldChange(one.field, None, None) for one in differences(lead, without)]
            await uow.save(
                without, replace(without, erased_at=lead.erased_at or uow.now), TimelineKind.CONTACT_ERASED, extra_changes=cleared
            )
    return lead_id
