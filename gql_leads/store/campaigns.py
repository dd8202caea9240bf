"""Campaigns and their member leads.

`memberships` is raw SQL because it joins the access policy's conditions and is one statement for any number of leads.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from tortoise.queryset import QuerySet

from gql_leads.domain.values.text_folding import fold, search_text
from gql_leads.store.access import access_policy
from gql_leads.store.database.connection import Connection
from gql_leads.store.leads.lists import LeadReader
from gql_leads.store.models import campaigns as models
from gql_leads.store.organization import lists as organization
from gql_leads.store.sql.builder import all_of, is_one_of
from gql_leads.store.sql.rows import Row, attributes_of, decode, encode_columns, grouped, to_millis


@dataclass(frozen=True, slots=True)
class Campaign:
    """A marketing campaign of the vendor."""

    id: UUID
    name: str
    code: str
    starts_on: date | None = None
    ends_on: date | None = None


COLUMNS: Final = tuple(field.name for field in fields(Campaign))


async def lock_table(connection: Connection) -> None:
    """Let no other transaction write campaigns until this one ends, so that no two get the same code."""
    if connection.dialect == "postgres":
        await connection.execute("LOCK TABLE campaign IN SHARE ROW EXCLUSIVE MODE")


async def by_id(connection: Connection, campaign_id: UUID) -> Campaign | None:
    """Return the campaign, or None."""
    return await _first(models.Campaign.filter(id=campaign_id).using_db(connection.client))


async def by_code(connection: Connection, code: str) -> Campaign | None:
    """Return the campaign with this code, compared without case, or None."""
    return await _first(models.Campaign.filter(code_key=fold(code)).using_db(connection.client))


async def _first(found: QuerySet[models.Campaign]) -> Campaign | None:
    row = await found.first().values(*COLUMNS)
    return None if row is None else decode(Campaign, row)


async def save(connection: Connection, campaign: Campaign, now: datetime) -> None:
    """Update the campaign, or insert it if it is new."""
    columns = encode_columns(stored(campaign))
    if not await models.Campaign.filter(id=columns.pop("id")).using_db(connection.client).update(**columns):
        await models.Campaign.create(using_db=connection.client, id=campaign.id, created_at=to_millis(now), **columns)


async def insert_missing(connection: Connection, campaigns: Iterable[Campaign], now: datetime) -> None:
    """Insert those of the campaigns whose id and code are not taken."""
    rows = [models.Campaign(created_at=to_millis(now), **encode_columns(stored(campaign))) for campaign in campaigns]
    await models.Campaign.bulk_create(rows, ignore_conflicts=True, using_db=connection.client)


def stored(campaign: Campaign) -> dict[str, Any]:
    """Return the columns of a campaign: its attributes and the folded copies that searches compare."""
    keys = {"name_key": fold(campaign.name), "code_key": fold(campaign.code), "search_text": search_text(campaign.name, campaign.code)}
    return {**attributes_of(campaign), **keys}


async def response(connection: Connection, campaign_id: UUID, lead_id: UUID) -> bool | None:
    """Return whether the lead's customer responded to the campaign; None if the lead is not a member of it."""
    membership = await _memberships(connection, campaign_id, lead_id).first()
    return None if membership is None else membership.responded


async def set_response(connection: Connection, campaign_id: UUID, lead_id: UUID, responded: bool | None, now: datetime) -> None:
    """Store what `response` reads: add, change or (None) remove the membership. The caller has locked the lead."""
    memberships = _memberships(connection, campaign_id, lead_id)
    if responded is None:
        await memberships.delete()
    elif not await memberships.update(responded=responded):
        await models.CampaignMembership.create(
            using_db=connection.client, campaign_id=campaign_id, lead_id=lead_id, joined_at=to_millis(now), responded=responded
        )


def _memberships(connection: Connection, campaign_id: UUID, lead_id: UUID) -> QuerySet[models.CampaignMembership]:
    return models.CampaignMembership.filter(campaign_id=campaign_id, lead_id=lead_id).using_db(connection.client)


async def memberships(reader: LeadReader, ids: Collection[UUID]) -> dict[UUID, list[Row]]:
    """Return the campaigns of each lead that the viewer sees in full, in the order joined."""
    columns = ", ".join(f"t.{column}" for column in organization.CAMPAIGN)
    where = all_of(is_one_of("cm.lead_id", ids), access_policy.visible_to(reader.viewer), access_policy.full_view(reader.viewer))
    rows = await reader.connection.fetch(
        f"SELECT cm.lead_id, cm.joined_at, cm.responded, {columns} FROM campaign_membership cm JOIN campaign t ON t.id = cm.campaign_id"
        " JOIN lead l ON l.id = cm.lead_id WHERE " + where + " ORDER BY cm.joined_at, cm.id"
    )
    return grouped(rows, "lead_id", ids)
