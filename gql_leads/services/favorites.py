"""A member's own marks: no event, no history."""

from uuid import UUID

from gql_leads.domain.viewer import Viewer
from gql_leads.services.desk import Desk


async def mark(desk: Desk, viewer: Viewer, lead_id: UUID) -> UUID:
    """Mark a lead in sight; marking it again changes nothing."""
    async with desk.change(viewer) as change:
        await change.hold(lead_id)
        await change.connection.execute(
            "INSERT INTO favorite (member_id, lead_id, created_at) VALUES (?, ?, ?) ON CONFLICT (member_id, lead_id) DO NOTHING",
            viewer.member_id, lead_id, change.now,
        )  # fmt: skip
    return lead_id


async def unmark(desk: Desk, viewer: Viewer, lead_id: UUID) -> UUID:
    """Take the mark off again."""
    async with desk.change(viewer) as change:
        await change.hold(lead_id)
        await change.connection.execute("DELETE FROM favorite WHERE member_id = ? AND lead_id = ?", viewer.member_id, lead_id)
    return lead_id
