"""Campaigns: keeping them, and which leads are counted for them."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.domain.commands import SaveCampaign
from gql_leads.domain.errors import NotFound, NotPermitted
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads import lifecycle
from gql_leads.domain.leads.history import FieldChange
from gql_leads.domain.leads.lead import Lead
from gql_leads.domain.validation import UNSET, Unset, Validator, none_if_unset
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.store import campaigns
from gql_leads.store.campaigns import Campaign
from gql_leads.store.unit_of_work import UnitOfWork

LONGEST_NAME = 200
LONGEST_CODE = 100


async def save_campaign(app: AppContext, viewer: Viewer, wanted: SaveCampaign) -> UUID:
    """Make a campaign, or change one; no two have one code."""
    columns = check_campaign(wanted)
    async with app.unit_of_work(viewer) as uow:
        await campaigns.lock_table(uow.connection)
        saved = None if wanted.campaign_id is None else await _find_campaign(uow, wanted.campaign_id)
        if not viewer.sees_everything:
            raise NotPermitted("Only channel managers and administrators keep campaigns.")
        campaign = replace(saved or Campaign(uuid7(), "", ""), **columns)
        namesake = await campaigns.by_code(uow.connection, campaign.code)
        validator = Validator()
        if namesake is not None and namesake.id != campaign.id:
            validator.add_error("Choose another code: a campaign has this one.", "code")
        if campaign.starts_on and campaign.ends_on and campaign.ends_on < campaign.starts_on:
            validator.add_error("Give an end that is not before the start.", "endsOn")
        validator.done()
        await campaigns.save(uow.connection, campaign, uow.now)
    return campaign.id


def check_campaign(wanted: SaveCampaign) -> dict[str, Any]:
    """The given facts that were not left out, clean, or Invalid."""
    is_new = wanted.campaign_id is None
    name, code = ((none_if_unset(text) if is_new else text) for text in (wanted.name, wanted.code))
    validator = Validator()
    columns: dict[str, Any] = {
        "name": validator.required_text(name, "name", most=LONGEST_NAME),
        "code": validator.required_text(code, "code", most=LONGEST_CODE),
        "starts_on": validator.date(wanted.starts_on, "startsOn"),
        "ends_on": validator.date(wanted.ends_on, "endsOn"),
    }
    validator.done()
    return {name: value for name, value in columns.items() if value is not UNSET}


async def find_campaign_by_code(uow: UnitOfWork, code: str) -> Campaign:
    """The campaign with this code, compared without case; NotFound where there is none."""
    campaign = await campaigns.by_code(uow.connection, code)
    if campaign is None:
        raise NotFound(field=("campaignCode",))
    return campaign


async def set_campaign_membership(
    app: AppContext, viewer: Viewer, lead_id: UUID, campaign_id: UUID, *, is_member: bool = True, responded: bool | Unset | None = UNSET
) -> UUID:
    """Count a lead for a campaign, or do not any more; and say whether the customer responded to it."""
    async with app.unit_of_work(viewer) as uow:
        lead = (await uow.lock_lead(lead_id)).lead
        campaign = await _find_campaign(uow, campaign_id)
        if not viewer.sees_everything:
            raise NotPermitted("Only channel managers and administrators say which leads belong to a campaign.")
        lifecycle.guard_alive("changing its campaigns", viewer, lead, uow.rules, uow.now)
        before = await campaigns.response(uow.connection, campaign.id, lead.id)
        after = (bool(before) if isinstance(responded, Unset) else bool(responded)) if is_member else None
        if before != after:
            others = tuple(one for one in lead.campaign_ids if one != campaign.id)
            counted = replace(lead, campaign_ids=(*others, campaign.id) if is_member else others)
            await _record(uow, lead, counted, campaign, before, after)
    return lead_id


async def join_campaign(uow: UnitOfWork, lead: Lead, campaign: Campaign) -> None:
    """Count a lead that has just come in for the campaign that it names."""
    await _record(uow, lead, lead, campaign, None, False)


async def _record(uow: UnitOfWork, lead: Lead, counted: Lead, campaign: Campaign, before: bool | None, after: bool | None) -> None:
    """Write the customer's response; None is that of a lead outside the campaign."""
    await campaigns.set_response(uow.connection, campaign.id, lead.id, after, uow.now)
    kind = TimelineKind.CAMPAIGN_JOINED if before is None else TimelineKind.DETAILS_CHANGED
    told = FieldChange("campaigns", membership_text(campaign, before), membership_text(campaign, after))
    await uow.save(lead, counted, kind, told=(told,))


def membership_text(campaign: Campaign, response: bool | None) -> str | None:
    """What the timeline says of a lead's part in the campaign."""
    return None if response is None else f"{campaign.name} (responded)" if response else campaign.name


async def _find_campaign(uow: UnitOfWork, campaign_id: UUID) -> Campaign:
    campaign = await campaigns.by_id(uow.connection, campaign_id)
    if campaign is None:
        raise NotFound(field=("campaignId",))
    return campaign
