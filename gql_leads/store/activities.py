"""Writes of the activities of leads; `store.leads.notes_and_activities` reads them."""

from uuid import UUID

from gql_leads.domain.activities import NewActivity
from gql_leads.domain.leads.lead import Lead
from gql_leads.domain.viewer import Viewer
from gql_leads.store.access import access_policy
from gql_leads.store.models.leads import Activity
from gql_leads.store.sql.builder import Sql, all_of
from gql_leads.store.sql.rows import attributes_of, encode_columns, to_millis
from gql_leads.store.unit_of_work import UnitOfWork


def lead_of(viewer: Viewer, activity_id: UUID) -> Sql:
    """Return the condition of the lead `l` that the activity belongs to, if the viewer may read the activity."""
    known = all_of(Sql("a.id = ?", (activity_id,)), access_policy.history(viewer, "a"))
    return all_of(
        "l.id = (SELECT a.lead_id FROM activity a WHERE " + known + ")", access_policy.visible_to(viewer), access_policy.full_view(viewer)
    )


async def insert(uow: UnitOfWork, activity_id: UUID, lead: Lead, new: NewActivity) -> None:
    """Insert a new activity of the lead, owned by the actor."""
    await Activity.create(
        using_db=uow.connection.client,
        id=activity_id,
        lead_id=lead.id,
        partner_id=lead.partner_id,
        owner_id=uow.actor.member_id,
        created_at=to_millis(uow.now),
        **encode_columns(attributes_of(new)),
    )


async def complete(uow: UnitOfWork, activity_id: UUID) -> bool:
    """Mark the activity as completed now; return False if it was completed before."""
    pending = Activity.filter(id=activity_id, completed_at=None).using_db(uow.connection.client)
    return await pending.update(completed_at=to_millis(uow.now)) == 1
