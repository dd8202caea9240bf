"""Deleting leads, clearing test leads away, and bringing leads back while that is possible."""

from dataclasses import replace
from uuid import UUID

from gql_leads.domain.errors import NotFound, NotPermitted
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.actions import LeadAction
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads.bulk import batch_size
from gql_leads.services.preconditions import lock_for_action, require
from gql_leads.store import organization
from gql_leads.store.leads import test_leads


async def delete_lead(app: AppContext, viewer: Viewer, lead_id: UUID) -> UUID:
    """Take a lead out of every list, count and stream at once."""
    async with app.unit_of_work(viewer) as uow:
        lead = await lock_for_action(uow, lead_id, LeadAction.DELETE)
        await uow.save(lead, replace(lead, deleted_at=uow.now), TimelineKind.DELETED)
    return lead_id


async def clear_test_leads(app: AppContext, viewer: Viewer, partner_id: UUID | None = None) -> int:
    """Delete every test lead of the viewer's partner, or, for the vendor, of everybody or of one partner; how many those were."""
    if partner_id is not None and not await _is_known(app, viewer, partner_id):
        raise NotFound(field=("partnerId",))
    if not viewer.may_restore:
        raise NotPermitted("Only referral admins of the partner and the vendor's administrators clear test leads.")
    holder = partner_id or viewer.partner_id
    cleared = 0
    # Looked for once: later ones are those of another time.
    found = await test_leads.test_leads(app.database.reading, viewer, holder)
    while found:
        async with app.unit_of_work(viewer) as uow:
            some, found = found[: batch_size(uow)], found[batch_size(uow) :]
            for locked in await test_leads.lock_test_leads(uow, some, holder):
                await uow.save(locked.lead, replace(locked.lead, deleted_at=uow.now), TimelineKind.DELETED)
                cleared += 1
    return cleared


async def _is_known(app: AppContext, viewer: Viewer, partner_id: UUID) -> bool:
    """Whether it is the viewer's partner, or any for the vendor."""
    if not viewer.is_vendor:
        return partner_id == viewer.partner_id
    return bool(await organization.by_id(app.database.reading, viewer, organization.PARTNERS, [partner_id]))


async def restore_lead(app: AppContext, viewer: Viewer, lead_id: UUID) -> UUID:
    """Bring a deleted lead back as it was."""
    async with app.unit_of_work(viewer) as uow:
        try:
            locked = await uow.lock_lead(lead_id, deleted=True)
        except NotFound:
            locked = await uow.lock_lead(lead_id)
        require(uow, locked, LeadAction.RESTORE)
        lead = locked.lead
        if lead.deleted_at is None or uow.now >= lead.deleted_at + uow.rules.restore_within:
            raise NotFound(field=("leadId",))
        is_overdue = lead.overdue_at is not None and lead.overdue_at <= uow.now
        restored = replace(lead, deleted_at=None, overdue_at=None if is_overdue else lead.overdue_at)
        await uow.save(lead, restored, TimelineKind.RESTORED)
    return lead_id
