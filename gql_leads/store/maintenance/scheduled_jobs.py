"""Leads with a due job, locked for it: the longest due first, without leads that other transactions hold.

Raw SQL because Tortoise drops `skip_locked` on SQLite and the lock is part of the unit of work's query of whole leads.
"""

from typing import Literal

from gql_leads.store.access.access_policy import PRESENT
from gql_leads.store.leads import lifecycle
from gql_leads.store.leads.predicates import OF_INACTIVE_PARTNER
from gql_leads.store.sql.builder import Sql, all_of
from gql_leads.store.unit_of_work import LockedLead, UnitOfWork


async def lock_unanswered(uow: UnitOfWork, most: int) -> list[LockedLead]:
    """Lock at most so many received leads whose time to respond has passed."""
    return await _lock_due(uow, "expires_at", most)


async def lock_overdue(uow: UnitOfWork, most: int) -> list[LockedLead]:
    """Lock at most so many received leads that became overdue."""
    return await _lock_due(uow, "overdue_at", most)


async def lock_claims_of_inactive_partners(uow: UnitOfWork, most: int) -> list[LockedLead]:
    """Lock at most so many received leads that inactive partners claimed from queues."""
    where = all_of(OF_INACTIVE_PARTNER, lifecycle.answerable(uow.now), Sql("l.claimed_at IS NOT NULL"), PRESENT)
    return await uow.lock_some(where, "ORDER BY l.id", most, skip_locked=True)


async def _lock_due(uow: UnitOfWork, column: Literal["expires_at", "overdue_at"], most: int) -> list[LockedLead]:
    return await uow.lock_some(lifecycle.due(column, uow.now), f"ORDER BY l.{column}", most, skip_locked=True)
