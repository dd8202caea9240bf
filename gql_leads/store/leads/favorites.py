"""Leads that members marked as their favorites."""

from uuid import UUID

from gql_leads.store.models.leads import Favorite
from gql_leads.store.sql.rows import to_millis
from gql_leads.store.unit_of_work import UnitOfWork


async def mark(uow: UnitOfWork, lead_id: UUID) -> None:
    """Mark the lead as a favorite of the actor; do nothing if it is one already."""
    favorite = Favorite(member_id=uow.actor.member_id, lead_id=lead_id, created_at=to_millis(uow.now))
    await Favorite.bulk_create([favorite], ignore_conflicts=True, using_db=uow.connection.client)


async def unmark(uow: UnitOfWork, lead_id: UUID) -> None:
    """Remove the actor's favorite mark from the lead."""
    await Favorite.filter(member_id=uow.actor.member_id, lead_id=lead_id).using_db(uow.connection.client).delete()
