"""The demo's campaigns and their member leads."""

from typing import Final
from uuid import UUID, uuid5

from gql_leads.demo.organization import NAMESPACE
from gql_leads.domain.leads.lead import LeadType
from gql_leads.store import campaigns
from gql_leads.store.campaigns import Campaign
from gql_leads.store.unit_of_work import UnitOfWork

CAMPAIGNS: Final = (
    ("SPRING-26", "Spring 2026"),
    ("EXPO-HALL-4", "Expo, hall 4"),
    ("WEBINAR-12", "Webinar: closing the month in a day"),
    ("NEWSLETTER", "The newsletter"),
)
OF_CAMPAIGNS: Final = frozenset({LeadType.MARKETING_QUALIFIED, LeadType.SHARED_MARKETING})


async def insert_campaigns(uow: UnitOfWork) -> tuple[Campaign, ...]:
    """Insert the missing campaigns, and return all of them."""
    await campaigns.insert_missing(uow.connection, [Campaign(_id(code), name, code) for code, name in CAMPAIGNS], uow.now)
    found = [await campaigns.by_code(uow.connection, code) for code, _ in CAMPAIGNS]
    return tuple(one for one in found if one is not None)


def campaign_of(number: int, kind: LeadType, known: tuple[Campaign, ...]) -> Campaign | None:
    """Return the campaign of lead `number`, if its type has one."""
    return known[number // len(LeadType) % len(known)] if known and kind in OF_CAMPAIGNS else None


def _id(code: str) -> UUID:
    return uuid5(NAMESPACE, f"campaign/{code}")
