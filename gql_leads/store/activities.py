"""Activities of leads (read as everything of the `journal` is)."""

from uuid import UUID

from gql_leads.domain.activities import NewActivity
from gql_leads.domain.leads.lead import Lead
from gql_leads.domain.viewer import Viewer
from gql_leads.store.access import access_policy
from gql_leads.store.sql.builder import Sql, all_of
from gql_leads.store.unit_of_work import UnitOfWork


def lead_of(viewer: Viewer, activity_id: UUID) -> Sql:
    """The lead `l` of an activity that the viewer may read."""
    known = all_of(Sql("a.id = ?", (activity_id,)), access_policy.history(viewer, "a"))
    return all_of(
        "l.id = (SELECT a.lead_id FROM activity a WHERE " + known + ")", access_policy.visible_to(viewer), access_policy.full_view(viewer)
    )


async def insert(uow: UnitOfWork, activity_id: UUID, lead: Lead, new: NewActivity) -> None:
    """Write a new activity of the lead, owned by whoever acts."""
    await uow.connection.execute(
        "INSERT INTO activity (id, lead_id, partner_id, kind, subject, body, due_at, completed_at, owner_id, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        activity_id, lead.id, lead.partner_id, new.kind, new.subject, new.body, new.due_at, new.completed_at,
        uow.actor.member_id, uow.now,
    )  # fmt: skip


async def complete(uow: UnitOfWork, activity_id: UUID) -> bool:
    """Write that the activity is done now; whether it was not before."""
    done = await uow.connection.fetch(
        "UPDATE activity SET completed_at = ? WHERE id = ? AND completed_at IS NULL RETURNING id", uow.now, activity_id
    )
    return bool(done)
