"""Deletion and restoration of leads, and deletion of all test leads."""

from uuid import UUID

from gql_leads.domain import permissions
from gql_leads.domain.errors import NotFound
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads import transitions
from gql_leads.domain.leads.actions import LeadAction
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads.bulk import batch_size
from gql_leads.services.preconditions import lock_for_action, require
from gql_leads.store.leads import test_leads
from gql_leads.store.organization import lists as organization


async def delete_lead(app: AppContext, viewer: Viewer, lead_id: UUID) -> UUID:
    """Delete a lead: it leaves every list, count and stream, and can be restored for `rules.restore_within`."""
    async with app.unit_of_work(viewer) as uow:
        lead = await lock_for_action(uow, lead_id, LeadAction.DELETE)
        await uow.save(lead, transitions.deleted(lead, uow.now), TimelineKind.DELETED)
    return lead_id


async def clear_test_leads(app: AppContext, viewer: Viewer, partner_id: UUID | None = None) -> int:
    """Delete the test leads of the viewer's partner and return their number.

    The vendor deletes those of one partner, or without a partner id those of all.
    """
    if partner_id is not None and not await _knows_partner(app, viewer, partner_id):
        raise NotFound(field=("partnerId",))
    permissions.CLEAR_TEST_LEADS.require(viewer)
    holder = partner_id or viewer.partner_id
    cleared = 0
    # Read the ids once: test leads created meanwhile stay, and the loop ends.
    found = await test_leads.test_leads(app.database.reading, viewer, holder)
    while found:
        async with app.unit_of_work(viewer) as uow:
            some, found = found[: batch_size(uow)], found[batch_size(uow) :]
            for locked in await test_leads.lock_test_leads(uow, some, holder):
                await uow.save(locked.lead, transitions.deleted(locked.lead, uow.now), TimelineKind.DELETED)
                cleared += 1
    return cleared


async def _knows_partner(app: AppContext, viewer: Viewer, partner_id: UUID) -> bool:
    """Return whether the partner exists for the viewer: their own one, or any for the vendor."""
    if not viewer.is_vendor:
        return partner_id == viewer.partner_id
    return bool(await organization.by_id(app.database.reading, viewer, organization.PARTNERS, [partner_id]))


async def restore_lead(app: AppContext, viewer: Viewer, lead_id: UUID) -> UUID:
    """Restore a deleted lead; raise NotFound once the time to restore it is over."""
    async with app.unit_of_work(viewer) as uow:
        try:
            locked = await uow.lock_lead(lead_id, deleted=True)
        except NotFound:
            locked = await uow.lock_lead(lead_id)
        require(uow, locked, LeadAction.RESTORE)
        lead = locked.lead
        if lead.deleted_at is None or uow.now >= lead.deleted_at + uow.rules.restore_within:
            raise NotFound(field=("leadId",))
        await uow.save(lead, transitions.restored(lead, uow.now, uow.rules), TimelineKind.RESTORED)
    return lead_id
