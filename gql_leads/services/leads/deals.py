"""The deal of an accepted lead: validation of its fields, and its update."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from gql_leads.domain.commands import DealFields, MoneyFields, TeamMemberFields
from gql_leads.domain.errors import NotFound
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.actions import LeadAction
from gql_leads.domain.leads.lead import Lead, TeamMember
from gql_leads.domain.leads.transitions import LONGEST_DEAL_NAME
from gql_leads.domain.values.money import Money
from gql_leads.domain.values.validation import UNSET, Unset, Validator
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.campaigns import change_campaign, find_campaign_by_code
from gql_leads.services.contact_validation import check_reachable
from gql_leads.services.preconditions import require
from gql_leads.store.campaigns import Campaign
from gql_leads.store.organization import directory
from gql_leads.store.sql.rows import Row
from gql_leads.store.unit_of_work import UnitOfWork

Facts = dict[str, Any]
MOST_PEOPLE = 50


async def update_lead_deal(app: AppContext, viewer: Viewer, lead_id: UUID, fields: DealFields, expected_version: int | None = None) -> UUID:
    """Update the given fields of the deal and return the lead's id."""
    validator = Validator()
    facts = check_deal(validator, fields)
    if "deal_name" in facts:
        validator.required(facts["deal_name"], "deal", "name")
    validator.raise_if_invalid()
    async with app.unit_of_work(viewer) as uow:
        campaign = await find_campaign(uow, facts)
        locked = await uow.lock_lead(lead_id)
        facts = await resolve_team(uow, facts, locked.lead)
        require(uow, locked, LeadAction.EDIT_DEAL, expected_version)
        lead, edited = locked.lead, replace(locked.lead, **facts)
        if edited != lead:
            edited = await uow.save(lead, edited, TimelineKind.DEAL_CHANGED)
        if "campaign_code" in facts:
            await change_campaign(uow, edited, lead.campaign_code, campaign)
    return lead_id


def check_deal(validator: Validator, fields: DealFields) -> Facts:
    """Validate the deal and return its attributes without those left out.

    The team still has the given ids and names (see `resolve_team`).
    """
    facts: Facts = {
        "deal_name": validator.text(fields.name, "deal", "name", most=LONGEST_DEAL_NAME),
        "purchase_timeframe": fields.purchase_timeframe,
        "expected_close_date": validator.date(fields.expected_close_date, "deal", "expectedCloseDate"),
        "campaign_code": validator.text(fields.campaign_code, "deal", "campaignCode", most=100),
        "crm_id": validator.text(fields.crm_id, "deal", "crmId", most=100),
    }
    if not isinstance(fields.estimated_value, Unset):
        value = _money(validator, fields.estimated_value)
        facts |= {"deal_minor": value.minor if value else None, "deal_currency": value.currency if value else None}
    if not isinstance(fields.team, Unset):
        facts["team"] = _team(validator, fields.team or ())
    return {name: value for name, value in facts.items() if value is not UNSET}


async def find_campaign(uow: UnitOfWork, facts: Facts) -> Campaign | None:
    """Return the campaign that the deal names, or None; raise Invalid for an unknown code.

    The code in `facts` becomes that of the campaign, whose case may differ.
    """
    code: str | None = facts.get("campaign_code")
    if code is None:
        return None
    campaign = await find_campaign_by_code(uow, code, "deal", "campaignCode")
    facts["campaign_code"] = campaign.code
    return campaign


async def resolve_team(uow: UnitOfWork, facts: Facts, lead: Lead) -> Facts:
    """Replace member ids in the team by the members' names and addresses.

    Only active members of the viewer's partner (for the vendor: of the lead's partner) are found; NotFound is raised for others.
    """
    if "team" not in facts:
        return facts
    partner_id = uow.actor.partner_id or lead.partner_id
    team: Sequence[TeamMember] = facts["team"]
    ids = [one.member_id for one in team if one.member_id is not None]
    colleagues = await directory.members_of(uow.connection, partner_id, ids)
    return facts | {"team": tuple(_resolve_member(number, one, colleagues) for number, one in enumerate(team))}


def _resolve_member(number: int, person: TeamMember, colleagues: Mapping[UUID, Row]) -> TeamMember:
    if person.member_id is None:
        return person
    row = colleagues.get(person.member_id)
    if row is None:
        raise NotFound(field=("deal", "team", str(number), "memberId"))
    return TeamMember(person.name or row["name"], person.email or row["email"], person.phone, person.member_id)


def _team(validator: Validator, people: Sequence[TeamMemberFields]) -> tuple[TeamMember, ...]:
    validator.count(people, "deal", "team", most=MOST_PEOPLE)
    return tuple(_team_member(validator, number, one) for number, one in enumerate(people))


def _team_member(validator: Validator, number: int, fields: TeamMemberFields) -> TeamMember:
    path = ("deal", "team", str(number))
    name = validator.text(fields.name, *path, "name", most=200)
    if name is None and fields.member_id is None:
        validator.add_error("Give the person's name, or the memberId of a colleague.", *path, "name")
    email = check_reachable(validator, fields.email, *path, "email")
    return TeamMember(name or "", email, validator.text(fields.phone, *path, "phone", most=50), fields.member_id)


def _money(validator: Validator, value: MoneyFields | None) -> Money | None:
    pair = None if value is None else (value.amount, value.currency)
    return validator.money(pair, "deal", "estimatedValue")
