"""Deleting leads, and bringing them back while that is possible."""

from dataclasses import replace
from uuid import UUID

from gql_leads.domain.actions import LeadAction
from gql_leads.domain.errors import NotFound
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.viewer import Viewer
from gql_leads.services.desk import Desk
from gql_leads.services.guarding import guard, hold_for


async def delete_lead(desk: Desk, viewer: Viewer, lead_id: UUID) -> UUID:
    """Take a lead out of every list, count and stream at once."""
    async with desk.change(viewer) as change:
        lead = await hold_for(change, lead_id, LeadAction.DELETE)
        await change.save(lead, replace(lead, deleted_at=change.now), TimelineKind.DELETED)
    return lead_id


async def restore_lead(desk: Desk, viewer: Viewer, lead_id: UUID) -> UUID:
    """Bring a deleted lead back as it was."""
    async with desk.change(viewer) as change:
        try:
            held = await change.hold(lead_id, deleted=True)
        except NotFound:
            held = await change.hold(lead_id)
        guard(change, held, LeadAction.RESTORE)
        lead = held.lead
        if lead.deleted_at is None or change.now >= lead.deleted_at + change.rules.restore_within:
            raise NotFound(field=("leadId",))
        is_overdue = lead.overdue_at is not None and lead.overdue_at <= change.now
        restored = replace(lead, deleted_at=None, overdue_at=None if is_overdue else lead.overdue_at)
        await change.save(lead, restored, TimelineKind.RESTORED)
    return lead_id
