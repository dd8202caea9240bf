"""Leads of which something is due, the longest due first. Those that others hold are left to them."""

from gql_leads.store.sql.builder import Sql
from gql_leads.store.unit_of_work import Change, Held


async def hold_unanswered(change: Change, most: int) -> list[Held]:
    """Lock at most so many of the leads that nobody answered in time."""
    return await _hold_due(change, "expires_at", most)


async def hold_overdue(change: Change, most: int) -> list[Held]:
    """Lock at most so many of the leads that were hot for too long."""
    return await _hold_due(change, "overdue_at", most)


async def _hold_due(change: Change, due_at: str, most: int) -> list[Held]:
    due = Sql(f"l.stage = 'RECEIVED' AND l.{due_at} <= ? AND l.deleted_at IS NULL", (change.now,))
    return await change.hold_some(due, f"ORDER BY l.{due_at}", most, skip_locked=True)
