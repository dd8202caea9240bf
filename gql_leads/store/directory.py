"""Who and what a request can name: looked up before anything is written, whoever asks."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from gql_leads.domain.text_folding import fold
from gql_leads.domain.viewer import MemberRole
from gql_leads.store.database.connection import Connection
from gql_leads.store.sql.builder import Sql, all_of, is_one_of
from gql_leads.store.sql.rows import Row, as_uuid


async def existing(connection: Connection, table: Literal["partner", "lead_queue"], ids: Collection[UUID]) -> set[UUID]:
    """Those of the ids that there are."""
    where = is_one_of("id", ids)
    return {as_uuid(row["id"]) for row in await connection.fetch(f"SELECT id FROM {table} WHERE " + where)}


async def is_active_partner(connection: Connection, partner_id: UUID) -> bool:
    """Whether there is this partner, and its people may come in."""
    return await connection.fetch_one("SELECT id FROM partner WHERE id = ? AND is_active", partner_id) is not None


async def partner_named(connection: Connection, name: str) -> UUID | None:
    """The partner of this name, compared without case."""
    row = await connection.fetch_one("SELECT id FROM partner WHERE name_key = ?", fold(name.strip()))
    return None if row is None else as_uuid(row["id"])


async def partner_of_profile(connection: Connection, profile_id: UUID) -> UUID | None:
    """Whose business profile it is."""
    row = await connection.fetch_one("SELECT partner_id FROM business_profile WHERE id = ?", profile_id)
    return None if row is None else as_uuid(row["partner_id"])


async def partner_of_member(connection: Connection, member_id: UUID | None) -> UUID | None:
    """The partner of a member who may come in; None for the vendor's people too."""
    row = await connection.fetch_one(
        "SELECT m.partner_id FROM member m JOIN partner p ON p.id = m.partner_id AND p.is_active WHERE m.id = ? AND m.is_active",
        member_id,
    )
    return None if row is None else as_uuid(row["partner_id"])


async def is_active_member(connection: Connection, member_id: UUID, partner_id: UUID | None) -> bool:
    """Whether they are an active member of this partner."""
    found = await connection.fetch_one("SELECT id FROM member WHERE id = ? AND partner_id = ? AND is_active", member_id, partner_id)
    return found is not None


async def members_of(connection: Connection, partner_id: UUID | None, ids: Sequence[UUID]) -> dict[UUID, Row]:
    """Name and e-mail of those of the members who are this partner's."""
    if not ids:
        return {}
    where = all_of(Sql("partner_id = ?", (partner_id,)), is_one_of("id", ids))
    rows = await connection.fetch("SELECT id, name, email FROM member WHERE " + where)
    return {as_uuid(row["id"]): row for row in rows}


async def add_member(
    connection: Connection,
    member_id: UUID,
    partner_id: UUID | None,
    name: str,
    email: str,
    roles: Collection[MemberRole],
    now: datetime,
) -> bool:
    """Write a new member, who may come in; whether nobody else has the address."""
    inserted = await connection.fetch(
        "INSERT INTO member (id, partner_id, name, name_key, email, email_key, roles, is_active, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (email_key) DO NOTHING RETURNING id",
        member_id, partner_id, name, fold(name), email, fold(email), sorted(roles), True, now,
    )  # fmt: skip
    return bool(inserted)
