"""Queues: settings, the partners that may claim, the number of waiting leads, and a partner's claim counters.

Reads are raw SQL: they combine the access policy's conditions, aggregate leads, or are part of the unit of work's batched statements.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import orjson

from gql_leads.domain.claims import ClaimUsage, Limits, QueuePolicy, day_of
from gql_leads.domain.leads.lead import Lead
from gql_leads.domain.viewer import Viewer
from gql_leads.store.access import access_policy
from gql_leads.store.database.configuration import Dialect
from gql_leads.store.database.connection import Connection
from gql_leads.store.leads import lifecycle
from gql_leads.store.leads.lists import LeadReader
from gql_leads.store.models.queues import LeadQueue, QueuePartner
from gql_leads.store.organization import lists as organization
from gql_leads.store.sql.builder import FALSE, TRUE, Sql, all_of, is_one_of
from gql_leads.store.sql.rows import Row, as_uuid, decode, encode_columns, grouped

_COLUMNS = ", ".join(f"q.{column}" for column in organization.QUEUE)


def seen(viewer: Viewer) -> Sql:
    """Return the condition of the queues `q` that the viewer may see: all for managers, the open ones for partners."""
    if viewer.is_vendor:
        return TRUE if viewer.sees_everything else FALSE
    return access_policy.in_open_queue(viewer, "q.id")


async def visible(reader: LeadReader) -> Sequence[Row]:
    """Return the visible queues: the general one first, then by name."""
    where = seen(reader.viewer)
    return await reader.connection.fetch(f"SELECT {_COLUMNS} FROM lead_queue q WHERE " + where + " ORDER BY q.is_general DESC, q.name_key")


async def by_id(reader: LeadReader, ids: Collection[UUID]) -> dict[UUID, Row]:
    """Return the visible ones of these queues by their ids."""
    where = all_of(is_one_of("q.id", ids), seen(reader.viewer))
    rows = await reader.connection.fetch(f"SELECT {_COLUMNS} FROM lead_queue q WHERE " + where)
    return {as_uuid(row["id"]): row for row in rows}


async def waiting(reader: LeadReader, ids: Collection[UUID]) -> dict[UUID, int]:
    """Return the number of waiting leads of each queue that the viewer may see; 0 for the others."""
    viewer = reader.viewer
    # A partner sees every lead in a queue open to it, so the query needs no more conditions and an index alone answers it.
    seen = access_policy.visible_to(viewer) if viewer.is_vendor else access_policy.PRESENT
    open_to_them = ids if viewer.is_vendor else [one for one in ids if one in viewer.open_queues]
    where = all_of(is_one_of("l.queue_id", open_to_them), seen)
    rows = await reader.connection.fetch(
        "SELECT l.queue_id AS queue_id, count(*) AS total FROM lead l WHERE " + where + " GROUP BY l.queue_id"
    )
    return dict.fromkeys(ids, 0) | {as_uuid(row["queue_id"]): row["total"] for row in rows}


async def sizes(connection: Connection) -> dict[str, int]:
    """Return the number of waiting leads by the name of the queue, for the metrics."""
    rows = await connection.fetch(
        "SELECT q.name AS name, count(l.id) AS total FROM lead_queue q"
        " LEFT JOIN lead l ON l.queue_id = q.id AND l.deleted_at IS NULL GROUP BY q.id, q.name"
    )
    return {row["name"]: row["total"] for row in rows}


async def named_partners(reader: LeadReader, ids: Collection[UUID]) -> dict[UUID, list[Row]]:
    """Return the partners that each queue names, sorted by name; a partner's member gets only their own."""
    viewer = reader.viewer
    own = TRUE if viewer.is_vendor else Sql("p.id = ?", (viewer.partner_id,))
    where = all_of(is_one_of("qp.queue_id", ids), own)
    columns = ", ".join(f"p.{column}" for column in organization.PARTNER)
    rows = await reader.connection.fetch(
        f"SELECT qp.queue_id AS queue_id, {columns} FROM queue_partner qp JOIN partner p ON p.id = qp.partner_id"
        " WHERE " + where + " ORDER BY p.name_key, p.id"
    )
    return grouped(rows, "queue_id", ids)


async def allowances(reader: LeadReader, ids: Collection[UUID]) -> dict[UUID, tuple[Limits, ClaimUsage]]:
    """Return each queue's limits and the claim counters of the viewer's partner; empty for the vendor's members."""
    if reader.viewer.partner_id is None:
        return {}
    partner_id, today = reader.viewer.partner_id, day_of(reader.now)
    where = all_of(is_one_of("q.id", ids), seen(reader.viewer))
    used = Sql(
        "SELECT q.id, q.max_open_claims, q.max_claims_per_day, COALESCE(u.open_claims, 0) AS open_claims,"
        " CASE WHEN u.day >= ? THEN u.claims_that_day ELSE 0 END AS claims_today"
        " FROM lead_queue q LEFT JOIN queue_use u ON u.queue_id = q.id AND u.partner_id = ?",
        (today, partner_id),
    )
    rows = await reader.connection.fetch(used + " WHERE " + where)
    return {
        as_uuid(row["id"]): (
            Limits(row["max_open_claims"], row["max_claims_per_day"]),
            ClaimUsage(row["open_claims"], row["claims_today"]),
        )
        for row in rows
    }


def counting(steps: Sequence[tuple[UUID, UUID, int, int]], day: datetime) -> Sql:
    """Return a statement that adds (queue, partner, open claims, claims of the day) to the counters.

    Its rows are the counters after the change. A counter of an earlier day restarts at `day`; a later day is never replaced.
    """
    return Sql(
        "INSERT INTO queue_use (queue_id, partner_id, open_claims, claims_that_day, day)"
        f" VALUES {', '.join(['(?, ?, ?, ?, ?)'] * len(steps))} ON CONFLICT (queue_id, partner_id) DO UPDATE SET"
        " open_claims = queue_use.open_claims + excluded.open_claims,"
        " claims_that_day = CASE WHEN queue_use.day < excluded.day THEN 0 ELSE queue_use.claims_that_day END + excluded.claims_that_day,"
        " day = CASE WHEN queue_use.day < excluded.day THEN excluded.day ELSE queue_use.day END"
        " RETURNING queue_id, partner_id, open_claims, claims_that_day",
        tuple(value for step in steps for value in (*step, day)),
    )


async def policy(connection: Connection, queue_id: UUID) -> QueuePolicy:
    """Return the partners that may claim from the queue, and its limits."""
    row = await connection.fetch_one(f"SELECT {policy_columns(connection.dialect)} FROM lead_queue q WHERE q.id = ?", queue_id)
    assert row is not None, "queues are never removed"
    return policy_in(row)


def policy_columns(dialect: Dialect) -> str:
    """Return the columns of a queue `q` that `policy_in` reads."""
    named = "json_agg(qp.partner_id)" if dialect == "postgres" else "json_group_array(qp.partner_id)"
    return (
        "q.id AS policy_queue_id, q.max_open_claims AS most_open_claims, q.max_claims_per_day AS most_claims_per_day,"
        f" (SELECT {named} FROM queue_partner qp WHERE qp.queue_id = q.id) AS named_partners"
    )


def policy_in(row: Row) -> QueuePolicy:
    """Return the queue policy in a row with `policy_columns`."""
    named = row["named_partners"]
    partners = tuple(sorted(as_uuid(one) for one in orjson.loads(named))) if named else ()
    return QueuePolicy(Limits(row["most_open_claims"], row["most_claims_per_day"]), partners or None)


async def general(connection: Connection) -> UUID:
    """Return the id of the general queue, which `migrate` creates."""
    return (await LeadQueue.get(using_db=connection.client, is_general=True)).id


async def lock_general(connection: Connection) -> None:
    """Lock the general queue's row until the transaction ends; a no-op on SQLite, which has one writer."""
    await LeadQueue.select_for_update().using_db(connection.client).get(is_general=True)


async def named(connection: Connection, name_key: str) -> UUID | None:
    """Return the id of the queue with this folded name, or None."""
    queue = await LeadQueue.get_or_none(using_db=connection.client, name_key=name_key)
    return None if queue is None else queue.id


async def insert(connection: Connection, columns: Mapping[str, object]) -> bool:
    """Insert a queue and return True, or return False if another one has its name."""
    return await connection.insert_if_absent("lead_queue", columns, "name_key")


async def update(connection: Connection, queue_id: UUID, columns: Mapping[str, object]) -> None:
    """Update these columns of a queue."""
    if columns:
        await LeadQueue.filter(id=queue_id).using_db(connection.client).update(**encode_columns(columns))


async def set_partners(connection: Connection, queue_id: UUID, partner_ids: Iterable[UUID]) -> None:
    """Replace the partners that the queue names: only they may claim from it, or every partner if there are none."""
    await QueuePartner.filter(queue_id=queue_id).using_db(connection.client).delete()
    named = [QueuePartner(queue_id=queue_id, partner_id=partner_id) for partner_id in partner_ids]
    if named:
        await QueuePartner.bulk_create(named, using_db=connection.client)


async def leads_in(connection: Connection, queue_id: UUID) -> list[Lead]:
    """Return the leads that wait in the queue, without an access policy."""
    where = all_of(Sql("l.queue_id = ?", (queue_id,)), lifecycle.RECEIVED, access_policy.PRESENT)
    rows = await connection.fetch("SELECT l.* FROM lead l WHERE " + where + " ORDER BY l.id")
    return [decode(Lead, row) for row in rows]
