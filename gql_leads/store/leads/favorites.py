"""The leads that members marked for themselves."""

from uuid import UUID

from gql_leads.store.unit_of_work import UnitOfWork


async def mark(uow: UnitOfWork, lead_id: UUID) -> None:
    """Write that the actor marked the lead."""
    await uow.connection.execute(
        "INSERT INTO favorite (member_id, lead_id, created_at) VALUES (?, ?, ?) ON CONFLICT (member_id, lead_id) DO NOTHING",
        uow.actor.member_id, lead_id, uow.now,
    )  # fmt: skip


async def unmark(uow: UnitOfWork, lead_id: UUID) -> None:
    """Write that the actor did not."""
    await uow.connection.execute("DELETE FROM favorite WHERE member_id = ? AND lead_id = ?", uow.actor.member_id, lead_id)
