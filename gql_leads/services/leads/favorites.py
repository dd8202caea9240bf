"""A member's own marks: no event, no history."""

from uuid import UUID

from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.store.leads import favorites


async def favorite_lead(app: AppContext, viewer: Viewer, lead_id: UUID) -> UUID:
    """Mark a lead in sight; marking it again changes nothing."""
    async with app.unit_of_work(viewer) as uow:
        await uow.lock_lead(lead_id)
        await favorites.mark(uow, lead_id)
    return lead_id


async def unfavorite_lead(app: AppContext, viewer: Viewer, lead_id: UUID) -> UUID:
    """Take the mark off again."""
    async with app.unit_of_work(viewer) as uow:
        await uow.lock_lead(lead_id)
        await favorites.unmark(uow, lead_id)
    return lead_id
