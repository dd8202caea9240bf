"""Campaigns, and the leads that are counted for them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from gql_leads.domain.text_folding import fold
from gql_leads.store import organization
from gql_leads.store.access import access_policy
from gql_leads.store.database.connection import Connection
from gql_leads.store.leads.lists import LeadReader
from gql_leads.store.sql.builder import all_of, is_one_of
from gql_leads.store.sql.rows import Row, decode, grouped


@dataclass(frozen=True, slots=True)
class Campaign:
    """Something the vendor runs to win customers."""

    id: UUID
    name: str
    code: str
    starts_on: date | None = None
    ends_on: date | None = None


async def lock_table(connection: Connection) -> None:
    """Keep everybody else from writing campaigns until the transaction ends: no two may have one code."""
    if connection.dialect == "postgres":
        await connection.execute("LOCK TABLE campaign IN SHARE ROW EXCLUSIVE MODE")


async def by_id(connection: Connection, campaign_id: UUID) -> Campaign | None:
    """The campaign, if there is one."""
    row = await connection.fetch_one("SELECT * FROM campaign WHERE id = ?", campaign_id)
    return None if row is None else decode(Campaign, row)


async def by_code(connection: Connection, code: str) -> Campaign | None:
    """The campaign with this code, compared without case."""
    row = await connection.fetch_one("SELECT * FROM campaign WHERE code_key = ?", fold(code))
    return None if row is None else decode(Campaign, row)


async def save(connection: Connection, campaign: Campaign, now: datetime) -> None:
    """Write a campaign, new or changed."""
    await connection.execute(
        "INSERT INTO campaign (id, name, name_key, code, code_key, starts_on, ends_on, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key, code = excluded.code,"
        " code_key = excluded.code_key, starts_on = excluded.starts_on, ends_on = excluded.ends_on",
        campaign.id, campaign.name, fold(campaign.name), campaign.code, fold(campaign.code), campaign.starts_on, campaign.ends_on, now,
    )  # fmt: skip


async def response(connection: Connection, campaign_id: UUID, lead_id: UUID) -> bool | None:
    """Whether the lead's customer responded to the campaign; None where the lead is not counted for it."""
    row = await connection.fetch_one(
        "SELECT responded FROM campaign_membership WHERE campaign_id = ? AND lead_id = ?", campaign_id, lead_id
    )
    return None if row is None else bool(row["responded"])


async def set_response(connection: Connection, campaign_id: UUID, lead_id: UUID, responded: bool | None, now: datetime) -> None:
    """Write what `response` reads."""
    if responded is None:
        await connection.execute("DELETE FROM campaign_membership WHERE campaign_id = ? AND lead_id = ?", campaign_id, lead_id)
        return
    await connection.execute(
        "INSERT INTO campaign_membership (campaign_id, lead_id, joined_at, responded) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (campaign_id, lead_id) DO UPDATE SET responded = excluded.responded",
        campaign_id, lead_id, now, responded,
    )  # fmt: skip


async def memberships(reader: LeadReader, ids: Collection[UUID]) -> dict[UUID, list[Row]]:
    """The campaigns of each lead as far as they are in sight, the first joined first; senders see none."""
    columns = ", ".join(f"t.{column}" for column in organization.CAMPAIGN)
    where = all_of(is_one_of("cm.lead_id", ids), access_policy.visible_to(reader.viewer), access_policy.full_view(reader.viewer))
    rows = await reader.connection.fetch(
        f"SELECT cm.lead_id, cm.joined_at, cm.responded, {columns} FROM campaign_membership cm JOIN campaign t ON t.id = cm.campaign_id"
        " JOIN lead l ON l.id = cm.lead_id WHERE " + where + " ORDER BY cm.joined_at, cm.id"
    )
    return grouped(rows, "lead_id", ids)
