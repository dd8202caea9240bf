"""Erasure of the customer's personal data from a lead; outcome and figures stay."""

from contextlib import suppress
from dataclasses import replace
from uuid import UUID

from gql_leads.domain.errors import NotFound, NotPermitted
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.actions import LeadAction
from gql_leads.domain.leads.erasure import ContactIdentity, without_contact
from gql_leads.domain.leads.history import FieldChange, differences
from gql_leads.domain.leads.lead import Lead
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.preconditions import lock_for_action
from gql_leads.store import opportunities
from gql_leads.store.leads import erasure, merges
from gql_leads.store.unit_of_work import UnitOfWork


async def erase_lead_contact(app: AppContext, viewer: Viewer, lead_id: UUID) -> UUID:
    """Remove the person from the lead, its notes, activities, history, records and events.

    The leads that are one with it by merging are erased too, as far as the viewer may do so: their history lies with the primary. A
    repetition removes what was written since. The id is returned.
    """
    async with app.unit_of_work(viewer) as uow:
        await opportunities.lock_partner_of_lead(uow.connection, lead_id)
        family = await merges.family(uow, lead_id)
        if len(family) > 1:
            await uow.lock_table()
        await _erase(uow, await lock_for_action(uow, lead_id, LeadAction.ERASE_CONTACT))
        for other_id in family:
            if other_id != lead_id:
                with suppress(NotFound, NotPermitted):
                    await _erase(uow, await lock_for_action(uow, other_id, LeadAction.ERASE_CONTACT))
    return lead_id


async def _erase(uow: UnitOfWork, lead: Lead) -> None:
    entries = await erasure.history(uow.connection, lead.id)
    person = ContactIdentity.of(lead, (one for entry in entries.values() for one in entry))
    without = without_contact(lead, person)
    # Erase before recording: neither the history entry nor the event may hold the erased values.
    found = await erasure.erase(uow, lead, without, entries, person)
    if found or lead.erased_at is None:
        cleared = [FieldChange(one.field, None, None) for one in differences(lead, without)]
        await uow.save(without, replace(without, erased_at=lead.erased_at or uow.now), TimelineKind.CONTACT_ERASED, extra_changes=cleared)
