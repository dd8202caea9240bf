"""Look-ups of the partners, members, queues and profiles that a request names. They apply no access policy."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from gql_leads.domain.matching.addresses import email_key, email_spellings
from gql_leads.domain.values.text_folding import fold, search_text
from gql_leads.domain.viewer import MemberRole
from gql_leads.store.database.connection import Connection
from gql_leads.store.models import MODELS
from gql_leads.store.models.organization import BusinessProfile, Member, Partner
from gql_leads.store.sql.rows import Row


async def existing(connection: Connection, table: Literal["lead", "partner", "lead_queue"], ids: Collection[UUID]) -> set[UUID]:
    """Return the ids of which the table has a row."""
    return {row.pk for row in await MODELS[table].filter(id__in=list(ids)).using_db(connection.client).only("id")}


async def ids_by_key(
    connection: Connection, table: Literal["partner", "member"], key: Literal["name_key", "email_key"], values: Collection[str]
) -> dict[str, UUID]:
    """Return the ids of the rows whose key column has one of the values, by that value."""
    rows = await MODELS[table].filter(**{f"{key}__in": list(values)}).using_db(connection.client).values("id", key)
    return {row[key]: row["id"] for row in rows}


async def has_members(connection: Connection) -> bool:
    """Return whether there is any member."""
    return await Member.all(using_db=connection.client).exists()


async def has_other_administrator(connection: Connection, email: str) -> bool:
    """Return whether the vendor has an active administrator with another address; an API key is none."""
    members = (
        await Member.filter(partner_id=None, is_active=True, is_service=False)
        .using_db(connection.client)
        .exclude(email_key=email_key(email))
    )
    return any(MemberRole.ADMINISTRATOR in member.roles for member in members)


async def is_active_partner(connection: Connection, partner_id: UUID) -> bool:
    """Return whether the partner exists and is active."""
    return await Partner.exists(using_db=connection.client, id=partner_id, is_active=True)


async def partner_named(connection: Connection, name: str) -> UUID | None:
    """Return the id of the partner with this name, compared without case."""
    partner = await Partner.get_or_none(using_db=connection.client, name_key=fold(name.strip()))
    return None if partner is None else partner.id


async def partners(connection: Connection) -> list[Partner]:
    """Return every partner, sorted by name."""
    return await Partner.all(using_db=connection.client).order_by("name_key")


async def members(connection: Connection) -> list[Member]:
    """Return every member with their partner, sorted by partner (the vendor first) and name."""
    rows = await Member.all(using_db=connection.client).select_related("partner").order_by("name_key")
    return sorted(rows, key=lambda row: "" if row.partner is None else row.partner.name_key)


async def profile(connection: Connection, profile_id: UUID) -> BusinessProfile | None:
    """Return the business profile."""
    return await BusinessProfile.get_or_none(using_db=connection.client, id=profile_id)


async def partner_of_member(connection: Connection, member_id: UUID | None) -> UUID | None:
    """Return the active partner of an active member; None for the vendor's members too."""
    if member_id is None:
        return None
    member = await Member.get_or_none(using_db=connection.client, id=member_id, is_active=True, partner__is_active=True)
    return None if member is None else member.partner_id


async def is_active_member(connection: Connection, member_id: UUID, partner_id: UUID | None) -> bool:
    """Return whether the partner has this active member; False if there is no partner."""
    if partner_id is None:
        return False
    return await Member.exists(using_db=connection.client, id=member_id, partner_id=partner_id, is_active=True)


async def members_of(connection: Connection, partner_id: UUID | None, ids: Sequence[UUID]) -> dict[UUID, Row]:
    """Return id, name and e-mail of those of the members who are active and belong to the partner."""
    if not ids or partner_id is None:
        return {}
    members = Member.filter(id__in=list(ids), partner_id=partner_id, is_active=True).using_db(connection.client)
    return {row["id"]: row for row in await members.values("id", "name", "email")}


async def add_member(
    connection: Connection,
    member_id: UUID,
    partner_id: UUID | None,
    name: str,
    email: str,
    roles: Collection[MemberRole],
    now: datetime,
) -> bool:
    """Insert an active member and return True, or return False if another member has the e-mail address."""
    columns = {
        "id": member_id, "partner_id": partner_id, "name": name, "name_key": fold(name),
        "search_text": search_text(name, *email_spellings(email)), "email": email, "email_key": email_key(email),
        "roles": sorted(roles), "is_active": True, "created_at": now,
    }  # fmt: skip
    return await connection.insert_if_absent("member", columns, "email_key")
