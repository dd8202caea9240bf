"""Leads with a due job, locked for it: the longest due first, without leads that other transactions hold.

Raw SQL because Tortoise drops `skip_locked` on SQLite and the lock is part of the unit of work's query of whole leads.
"""

from collections.abc import Collection
from typing import Final, Literal
from uuid import UUID

from gql_leads.domain.outbox.notifications import REMINDED_BEFORE
from gql_leads.store.access.access_policy import PRESENT
from gql_leads.store.leads import lifecycle
from gql_leads.store.leads.predicates import OF_INACTIVE_PARTNER
from gql_leads.store.sql.builder import Sql, all_of, is_one_of
from gql_leads.store.unit_of_work import LockedLead, UnitOfWork

NOT_REMINDED: Final = Sql("(l.reminded_for IS NULL OR l.reminded_for <> l.expires_at)")
"""As the index of these leads has it: both databases use a partial index only if its condition is written alike."""


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


async def lock_to_remind(uow: UnitOfWork, most: int) -> list[LockedLead]:
    """Lock at most so many received leads that expire soon and whose holder was not reminded of that time of expiry."""
    soon = Sql("l.expires_at > ? AND l.expires_at <= ?", (uow.now, uow.now + REMINDED_BEFORE))
    where = all_of(soon, lifecycle.RECEIVED, PRESENT, Sql("l.requires_response"), NOT_REMINDED)
    return await uow.lock_some(where, "ORDER BY l.expires_at", most, skip_locked=True)


async def record_reminders(uow: UnitOfWork, lead_ids: Collection[UUID]) -> None:
    """Record that the holders of locked leads were reminded of the present time of expiry."""
    await uow.connection.execute("UPDATE lead SET reminded_for = expires_at WHERE " + is_one_of("id", lead_ids))


async def _lock_due(uow: UnitOfWork, column: Literal["expires_at", "overdue_at"], most: int) -> list[LockedLead]:
    return await uow.lock_some(lifecycle.due(column, uow.now), f"ORDER BY l.{column}", most, skip_locked=True)
