"""Locks of claimable leads, and reads of past claims.

Raw SQL because the lock combines the client's filter with SKIP LOCKED; claims are a hot path (`make bench`, claims).
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from gql_leads.domain.leads.filters import Filter
from gql_leads.domain.viewer import Viewer
from gql_leads.store.access import access_policy
from gql_leads.store.database.connection import Connection
from gql_leads.store.leads import lifecycle, predicates
from gql_leads.store.sql.builder import FALSE, Sql, all_of, is_one_of
from gql_leads.store.sql.rows import as_uuid, from_millis
from gql_leads.store.unit_of_work import LockedLead, UnitOfWork

OLDEST_FIRST = "ORDER BY l.created_at, l.id"


async def lock_oldest(uow: UnitOfWork, queues: Sequence[UUID], asked: Filter) -> LockedLead | None:
    """Lock the oldest waiting lead of these queues that the filter selects; return None only if there is none."""
    waiting = all_of(
        FALSE if asked.is_deleted else access_policy.PRESENT,
        is_one_of("l.queue_id", queues),
        lifecycle.answerable(uow.now),
        predicates.matching(asked, uow.actor, uow.now, uow.rules),
    )
    while True:
        locked = await uow.lock_first(waiting, OLDEST_FIRST, skip_locked=True)
        if locked is not None or uow.connection.dialect == "sqlite":
            return locked
        # Other transactions may hold all matching leads and roll back: a query without SKIP LOCKED decides whether any is left.
        if await uow.connection.fetch_one("SELECT 1 FROM lead l WHERE " + waiting + " LIMIT 1") is None:
            return None
        if (locked := await uow.lock_first(waiting, OLDEST_FIRST)) is not None:
            return locked


async def queue_of(connection: Connection, lead_id: UUID) -> UUID:
    """Return the queue that the lead was last claimed from."""
    row = await connection.fetch_one("SELECT queue_id FROM claim WHERE lead_id = ? ORDER BY id DESC LIMIT 1", lead_id)
    assert row is not None, "a claimed lead has a claim"
    return as_uuid(row["queue_id"])


async def last_visible_claim(connection: Connection, viewer: Viewer, lead_id: UUID) -> datetime | None:
    """Return when the lead was last claimed from a queue open to the viewer; None if it was not, or is deleted."""
    if viewer.partner_id is None:
        return None
    where = all_of(Sql("c.lead_id = ?", (lead_id,)), access_policy.in_open_queue(viewer, "c.queue_id"))
    row = await connection.fetch_one(
        "SELECT c.claimed_at FROM claim c JOIN lead l ON l.id = c.lead_id AND l.deleted_at IS NULL"
        " WHERE " + where + " ORDER BY c.id DESC LIMIT 1"
    )
    return None if row is None else from_millis(row["claimed_at"])
