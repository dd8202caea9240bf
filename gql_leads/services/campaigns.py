"""Campaigns and their member leads."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.domain import permissions
from gql_leads.domain.commands import SaveCampaign
from gql_leads.domain.errors import Invalid, InvalidField, NotFound
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads import lifecycle
from gql_leads.domain.leads.history import FieldChange
from gql_leads.domain.leads.lead import Lead
from gql_leads.domain.values.validation import UNSET, Unset, Validator, none_if_unset
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.idempotency import request_hash, validate_key
from gql_leads.store import campaigns, idempotency
from gql_leads.store.campaigns import Campaign
from gql_leads.store.unit_of_work import UnitOfWork

LONGEST_NAME = 200
LONGEST_CODE = 100


async def save_campaign(app: AppContext, viewer: Viewer, wanted: SaveCampaign, idempotency_key: str | None = None) -> UUID:
    """Create or update a campaign and return its id; codes are unique."""
    columns = check_campaign(wanted)
    validate_key(idempotency_key)
    request = request_hash("saveCampaign", wanted)
    async with app.unit_of_work(viewer) as uow:
        await campaigns.lock_table(uow.connection)
        saved = None if wanted.campaign_id is None else await _find_campaign(uow, wanted.campaign_id)
        permissions.KEEP_CAMPAIGNS.require(viewer)
        if (saved_id := await idempotency.reserve(uow, idempotency_key, request)) is not None:
            return saved_id
        campaign = replace(saved or Campaign(uuid7(), "", ""), **columns)
        namesake = await campaigns.by_code(uow.connection, campaign.code)
        validator = Validator()
        if namesake is not None and namesake.id != campaign.id:
            validator.add_error("Choose another code: a campaign has this one.", "code")
        if campaign.starts_on and campaign.ends_on and campaign.ends_on < campaign.starts_on:
            validator.add_error("Give an end that is not before the start.", "endsOn")
        validator.raise_if_invalid()
        await campaigns.save(uow.connection, campaign, uow.now)
        await idempotency.store_result(uow, idempotency_key, campaign.id)
    return campaign.id


def check_campaign(wanted: SaveCampaign) -> dict[str, Any]:
    """Validate the fields and return those not left out as columns; raise Invalid."""
    is_new = wanted.campaign_id is None
    name, code = ((none_if_unset(text) if is_new else text) for text in (wanted.name, wanted.code))
    validator = Validator()
    columns: dict[str, Any] = {
        "name": validator.required_text(name, "name", most=LONGEST_NAME),
        "code": validator.required_text(code, "code", most=LONGEST_CODE),
        "starts_on": validator.date(wanted.starts_on, "startsOn"),
        "ends_on": validator.date(wanted.ends_on, "endsOn"),
    }
    validator.raise_if_invalid()
    return {name: value for name, value in columns.items() if value is not UNSET}


async def find_campaign_by_code(uow: UnitOfWork, code: str, *path: str) -> Campaign:
    """Return the campaign with this code, ignoring case; raise Invalid at the path for an unknown code."""
    campaign = await campaigns.by_code(uow.connection, code)
    if campaign is None:
        raise Invalid([InvalidField(path, f"No campaign has the code {code}.")])
    return campaign


async def change_campaign(uow: UnitOfWork, lead: Lead, old_code: str | None, new: Campaign | None) -> Lead:
    """Make the lead leave the campaign with the old code and join the new one; return the saved lead."""
    old = None if old_code is None else await campaigns.by_code(uow.connection, old_code)
    if old is not None and old != new and old.id in lead.campaign_ids:
        before = await campaigns.response(uow.connection, old.id, lead.id)
        others = tuple(one for one in lead.campaign_ids if one != old.id)
        lead = await _record(uow, lead, replace(lead, campaign_ids=others), old, before, None)
    if new is not None and new.id not in lead.campaign_ids:
        lead = await _record(uow, lead, replace(lead, campaign_ids=(*lead.campaign_ids, new.id)), new, None, False)
    return lead


async def set_campaign_membership(
    app: AppContext, viewer: Viewer, lead_id: UUID, campaign_id: UUID, *, is_member: bool = True, responded: bool | Unset | None = UNSET
) -> UUID:
    """Add a lead to a campaign or remove it, set whether the customer responded, and return the lead's id."""
    async with app.unit_of_work(viewer) as uow:
        lead = (await uow.lock_lead(lead_id)).lead
        campaign = await _find_campaign(uow, campaign_id)
        permissions.KEEP_CAMPAIGNS.require(viewer)
        lifecycle.require_not_archived("changing its campaigns", viewer, lead, uow.rules, uow.now)
        before = await campaigns.response(uow.connection, campaign.id, lead.id)
        after = (bool(before) if isinstance(responded, Unset) else bool(responded)) if is_member else None
        if before != after:
            others = tuple(one for one in lead.campaign_ids if one != campaign.id)
            updated = replace(lead, campaign_ids=(*others, campaign.id) if is_member else others)
            await _record(uow, lead, updated, campaign, before, after)
    return lead_id


async def join_campaign(uow: UnitOfWork, lead: Lead, campaign: Campaign) -> None:
    """Add a new lead to the campaign that it names."""
    await _record(uow, lead, lead, campaign, None, False)


async def _record(uow: UnitOfWork, lead: Lead, updated: Lead, campaign: Campaign, before: bool | None, after: bool | None) -> Lead:
    """Save the membership and its history entry; return the saved lead.

    `before` and `after` say whether the customer responded; None is no membership.
    """
    await campaigns.set_response(uow.connection, campaign.id, lead.id, after, uow.now)
    kind = TimelineKind.CAMPAIGN_JOINED if before is None else TimelineKind.DETAILS_CHANGED
    change = FieldChange("campaigns", membership_text(campaign, before), membership_text(campaign, after))
    return await uow.save(lead, updated, kind, extra_changes=(change,))


def membership_text(campaign: Campaign, response: bool | None) -> str | None:
    """Return the history's text for a membership: the campaign's name and whether the customer responded."""
    return None if response is None else f"{campaign.name} (responded)" if response else campaign.name


async def _find_campaign(uow: UnitOfWork, campaign_id: UUID) -> Campaign:
    campaign = await campaigns.by_id(uow.connection, campaign_id)
    if campaign is None:
        raise NotFound(field=("campaignId",))
    return campaign
