"""Read members as viewers: roles, partner and the queues open to them.

Raw SQL because every request needs its viewer, read by one statement for all requests that arrive together (benchmarks q1 to q4).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, TypeVar
from uuid import UUID

from gql_leads.domain.viewer import MemberRole, Viewer
from gql_leads.store.database.connection import Connection
from gql_leads.store.sql.builder import is_one_of
from gql_leads.store.sql.rows import Row, as_uuid, reader

_roles = reader(tuple[MemberRole, ...])
Key = TypeVar("Key", UUID, str)

IS_OPEN = (
    "(NOT EXISTS (SELECT 1 FROM queue_partner qp WHERE qp.queue_id = q.id)"
    " OR EXISTS (SELECT 1 FROM queue_partner qp WHERE qp.queue_id = q.id AND qp.partner_id = m.partner_id))"
)
"""Condition: the queue `q` is open to the member `m`, because it names no partner or names theirs."""
COLUMNS: Final = "SELECT m.id, m.roles, m.partner_id, m.is_service, q.id AS queue_id"
ACTIVE_MEMBERS = (
    "FROM member m LEFT JOIN partner p ON p.id = m.partner_id"
    f" LEFT JOIN lead_queue q ON m.partner_id IS NOT NULL AND {IS_OPEN}"
    " WHERE m.is_active AND (m.partner_id IS NULL OR p.is_active) AND"
)
"""Active members of active partners or of the vendor, one row for each queue open to them."""
SELECT_MEMBERS = f"{COLUMNS} {ACTIVE_MEMBERS}"
SELECT_PERSONS = f"{COLUMNS}, m.email, m.email_key, p.name_key AS partner_key {ACTIVE_MEMBERS} NOT m.is_service AND"
MEMBERS_PER_STATEMENT: Final = 1_000
"""Largest number of members in one statement; databases limit the number of parameters."""
MEMOIZED: Final = 4_096
"""Number of Viewer objects that are cached."""


@dataclass(frozen=True, slots=True)
class AddressedViewer:
    """A viewer with their e-mail address, and the folded name of their partner."""

    viewer: Viewer
    email: str
    partner_key: str | None


async def viewer_of(connection: Connection, member_id: UUID) -> Viewer | None:
    """Return the member as a viewer; None if the member or their partner is inactive or unknown."""
    rows = await connection.fetch(f"{SELECT_MEMBERS} m.id = ?", member_id)
    return _viewer(member_id, rows) if rows else None


async def viewers_of(connection: Connection, member_ids: Collection[UUID]) -> dict[UUID, Viewer]:
    """Return viewers of the active members among these, by member id."""
    wanted = list(member_ids)
    found: dict[UUID, list[Row]] = {}
    for start in range(0, len(wanted), MEMBERS_PER_STATEMENT):
        where = is_one_of("m.id", _rounded(wanted[start : start + MEMBERS_PER_STATEMENT]))
        for row in await connection.fetch(f"{SELECT_MEMBERS} " + where):
            found.setdefault(as_uuid(row["id"]), []).append(row)
    return {member_id: _viewer(member_id, rows) for member_id, rows in found.items()}


async def viewers_with_addresses(connection: Connection, email_keys: Collection[str]) -> dict[str, AddressedViewer]:
    """Return the active persons with these folded e-mail addresses, by address."""
    wanted = list(email_keys)
    found: dict[str, list[Row]] = {}
    for start in range(0, len(wanted), MEMBERS_PER_STATEMENT):
        where = is_one_of("m.email_key", _rounded(wanted[start : start + MEMBERS_PER_STATEMENT]))
        for row in await connection.fetch(f"{SELECT_PERSONS} " + where):
            found.setdefault(row["email_key"], []).append(row)
    return {
        key: AddressedViewer(_viewer(as_uuid(rows[0]["id"]), rows), rows[0]["email"], rows[0]["partner_key"]) for key, rows in found.items()
    }


async def refreshed_viewer(connection: Connection, viewer: Viewer) -> Viewer | None:
    """Return the viewer as they are now; None if they or their partner became inactive."""
    return with_token_roles(viewer, await viewer_of(connection, viewer.member_id))


def with_token_roles(before: Viewer, now: Viewer | None) -> Viewer | None:
    """Return the member as read now, with the roles that a token named; None if these are of another partner."""
    if now is None or not before.roles_from_token:
        return now
    return replace(now, roles=before.roles, roles_from_token=True) if now.partner_id == before.partner_id else None


async def live_sessions(connection: Connection, session_ids: Collection[UUID]) -> set[UUID]:
    """Return those of the sessions that have not ended."""
    wanted, live = list(session_ids), set[UUID]()
    for start in range(0, len(wanted), MEMBERS_PER_STATEMENT):
        where = is_one_of("id", _rounded(wanted[start : start + MEMBERS_PER_STATEMENT]))
        live.update(as_uuid(row["id"]) for row in await connection.fetch("SELECT id FROM session WHERE ended_at IS NULL AND " + where))
    return live


def _rounded(keys: list[Key]) -> list[Key]:
    """Pad the list to a power of two to bound the number of prepared statements."""
    return keys + keys[-1:] * ((1 << (len(keys) - 1).bit_length()) - len(keys))


def _viewer(member_id: UUID, rows: Sequence[Row]) -> Viewer:
    first = rows[0]
    return _cached_viewer(member_id, first["roles"], first["partner_id"], bool(first["is_service"]), *[row["queue_id"] for row in rows])


@lru_cache(maxsize=MEMOIZED)
def _cached_viewer(member_id: UUID, roles: str, partner_id: object, is_service: bool, *queues: object) -> Viewer:
    """Return the viewer of these column values; equal values give the same object."""
    if partner_id is None:
        return Viewer(member_id, frozenset(_roles(roles)), is_service=is_service)
    open_queues = frozenset(as_uuid(one) for one in queues if one is not None)
    return Viewer(member_id, frozenset(_roles(roles)), as_uuid(partner_id), open_queues, is_service)
