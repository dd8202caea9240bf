"""The leads that members marked for themselves."""

from uuid import UUID

from gql_leads.store.unit_of_work import Change


async def mark(change: Change, lead_id: UUID) -> None:
    """Write that the actor marked the lead."""
    await change.connection.execute(
        "INSERT INTO favorite (member_id, lead_id, created_at) VALUES (?, ?, ?) ON CONFLICT (member_id, lead_id) DO NOTHING",
        change.actor.member_id, lead_id, change.now,
    )  # fmt: skip


async def unmark(change: Change, lead_id: UUID) -> None:
    """Write that the actor did not."""
    await change.connection.execute("DELETE FROM favorite WHERE member_id = ? AND lead_id = ?", change.actor.member_id, lead_id)
