"""Leads of which something is due, the longest due first. Those that others hold are left to them."""

from gql_leads.store.sql.builder import Sql
from gql_leads.store.unit_of_work import LockedLead, UnitOfWork


async def lock_unanswered(uow: UnitOfWork, most: int) -> list[LockedLead]:
    """Lock at most so many of the leads that nobody answered in time."""
    return await _hold_due(uow, "expires_at", most)


async def lock_overdue(uow: UnitOfWork, most: int) -> list[LockedLead]:
    """Lock at most so many of the leads that were hot for too long."""
    return await _hold_due(uow, "overdue_at", most)


async def _hold_due(uow: UnitOfWork, due_at: str, most: int) -> list[LockedLead]:
    due = Sql(f"l.stage = 'RECEIVED' AND l.{due_at} <= ? AND l.deleted_at IS NULL", (uow.now,))
    return await uow.lock_some(due, f"ORDER BY l.{due_at}", most, skip_locked=True)
