"""A member's own marks: no event, no history."""

from uuid import UUID

from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import Desk
from gql_leads.store.leads import favorites


async def mark(desk: Desk, viewer: Viewer, lead_id: UUID) -> UUID:
    """Mark a lead in sight; marking it again changes nothing."""
    async with desk.change(viewer) as change:
        await change.hold(lead_id)
        await favorites.mark(change, lead_id)
    return lead_id


async def unmark(desk: Desk, viewer: Viewer, lead_id: UUID) -> UUID:
    """Take the mark off again."""
    async with desk.change(viewer) as change:
        await change.hold(lead_id)
        await favorites.unmark(change, lead_id)
    return lead_id
