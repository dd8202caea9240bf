"""Favorites of a member. They are private: no history entry, no event."""

from uuid import UUID

from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.store.leads import favorites


async def favorite_lead(app: AppContext, viewer: Viewer, lead_id: UUID) -> UUID:
    """Add a visible lead to the viewer's favorites; a repetition changes nothing."""
    async with app.unit_of_work(viewer) as uow:
        await uow.lock_lead(lead_id)
        await favorites.mark(uow, lead_id)
    return lead_id


async def unfavorite_lead(app: AppContext, viewer: Viewer, lead_id: UUID) -> UUID:
    """Remove a lead from the viewer's favorites."""
    async with app.unit_of_work(viewer) as uow:
        await uow.lock_lead(lead_id)
        await favorites.unmark(uow, lead_id)
    return lead_id
