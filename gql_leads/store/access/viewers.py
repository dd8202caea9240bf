"""Who a member is when they come in: roles, partner, and the queues open to them."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Final
from uuid import UUID

from gql_leads.domain.viewer import MemberRole, Viewer
from gql_leads.store.database.connection import Connection
from gql_leads.store.sql.builder import is_one_of
from gql_leads.store.sql.rows import Row, as_uuid, reader

_roles = reader(tuple[MemberRole, ...])

IS_OPEN = (
    "(NOT EXISTS (SELECT 1 FROM queue_partner qp WHERE qp.queue_id = q.id)"
    " OR EXISTS (SELECT 1 FROM queue_partner qp WHERE qp.queue_id = q.id AND qp.partner_id = m.partner_id))"
)
"""Whether the queue `q` is open to the member `m`: it names no partner, or theirs."""
WHO = (
    "SELECT m.id, m.roles, m.partner_id, q.id AS queue_id FROM member m LEFT JOIN partner p ON p.id = m.partner_id"
    f" LEFT JOIN lead_queue q ON m.partner_id IS NOT NULL AND {IS_OPEN}"
    " WHERE m.is_active AND (m.partner_id IS NULL OR p.is_active) AND"
)
"""Members who may come in, each once for every queue that is open to them."""
ASKED_AT_ONCE: Final = 1_000
"""Members in one statement, which may have only so many parameters."""
MEMOIZED: Final = 4_096
"""Viewers that need not be made again from the same columns."""


async def viewer_of(connection: Connection, member_id: UUID) -> Viewer | None:
    """The member as a viewer; None where there is none, or they or their partner may not come in."""
    rows = await connection.fetch(f"{WHO} m.id = ?", member_id)
    return _viewer(member_id, rows) if rows else None


async def viewers_of(connection: Connection, member_ids: Collection[UUID]) -> dict[UUID, Viewer]:
    """Those of the members who may come in, as viewers."""
    wanted = list(member_ids)
    found: dict[UUID, list[Row]] = {}
    for start in range(0, len(wanted), ASKED_AT_ONCE):
        where = is_one_of("m.id", _rounded(wanted[start : start + ASKED_AT_ONCE]))
        for row in await connection.fetch(f"{WHO} " + where):
            found.setdefault(as_uuid(row["id"]), []).append(row)
    return {member_id: _viewer(member_id, rows) for member_id, rows in found.items()}


def _rounded(ids: list[UUID]) -> list[UUID]:
    """The ids, the last of them so often that they are a power of two: a statement is prepared for every number of them."""
    return ids + ids[-1:] * ((1 << (len(ids) - 1).bit_length()) - len(ids))


def _viewer(member_id: UUID, rows: Sequence[Row]) -> Viewer:
    first = rows[0]
    return _remembered(member_id, first["roles"], first["partner_id"], *[row["queue_id"] for row in rows])


@lru_cache(maxsize=MEMOIZED)
def _remembered(member_id: UUID, roles: str, partner_id: object, *queues: object) -> Viewer:
    """The member of these columns, one for each queue that is open to them; the same object as long as nothing of it changes."""
    if partner_id is None:
        return Viewer(member_id, frozenset(_roles(roles)))
    return Viewer(member_id, frozenset(_roles(roles)), as_uuid(partner_id), frozenset(as_uuid(one) for one in queues if one is not None))
