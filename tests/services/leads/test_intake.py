import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from gql_leads.domain.commands import ContactFields, LeadFields, NewLead
from gql_leads.domain.errors import Invalid, NotFound, NotPermitted
from gql_leads.domain.leads.lead import CallToAction, LeadSource, LeadStatus, LeadType, ListingKind
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads.intake import create_lead
from tests.factories import World
from tests.fixtures import dump_tables, load_lead, make_listing, make_profile, timeline_kinds

NEW = NewLead(source=LeadSource.API, details=LeadFields(contact=ContactFields(last_name="Bosu", email="b@contoso.example")))


async def test_a_lead_entered_by_a_member_is_owned_by_them_and_never_expires(app: AppContext, world: World) -> None:
    for who in (world.rep, world.referrals, world.profiles):
        lead = await load_lead(app, await create_lead(app, who, NEW))
        assert (lead.partner_id, lead.owner_id, lead.queue_id, lead.version) == (world.acme, who.member_id, None, 1)
        assert (lead.requires_response, lead.expires_at, lead.created_at) == (False, None, app.now())
        assert re.fullmatch("L-[2-9A-HJ-NP-Z]{6}", lead.reference)
        assert await timeline_kinds(app, lead.id) == ["CREATED"]


async def test_the_vendors_lead_goes_to_the_listings_or_profiles_partner_else_to_the_general_queue(app: AppContext, world: World) -> None:
    listing = await make_listing(app, world.acme, "Ledger", kind=ListingKind.SERVICE)
    profile = await make_profile(app, world.globex)
    routes: list[tuple[dict[str, Any], UUID | None]] = [
        ({}, None),
        ({"listing_id": listing}, world.acme),
        ({"type": LeadType.PROFILE, "profile_id": profile}, world.globex),
        ({"type": LeadType.PROFILE, "profile_id": profile, "listing_id": listing}, world.globex),
        ({"listing_id": listing, "profile_id": profile}, world.acme),
        ({"type": LeadType.MARKETING_QUALIFIED, "listing_id": listing}, None),
    ]
    for facts, partner in routes:
        for who in (world.admin, world.channel):
            lead = await load_lead(app, await create_lead(app, who, replace(NEW, **facts)))
            assert (lead.partner_id, lead.queue_id) == (partner, None if partner else world.general), facts
            assert lead.owner_id is None
            assert (lead.listing_name, lead.listing_kind) == (("Ledger", ListingKind.SERVICE) if "listing_id" in facts else (None, None))


async def test_foreign_listings_and_profiles_are_not_found_before_roles_are_checked(app: AppContext, world: World) -> None:
    rivals, profile = await make_listing(app, world.globex), await make_profile(app, world.globex)
    for who, facts, field in (
        (world.rep, {"listing_id": rivals}, "listingId"),
        (world.rep, {"profile_id": profile}, "profileId"),
        (world.rep, {"listing_id": uuid7()}, "listingId"),
        (world.seller, {"listing_id": uuid7()}, "listingId"),
        (world.admin, {"profile_id": uuid7()}, "profileId"),
    ):
        with pytest.raises(NotFound) as refused:
            await create_lead(app, who, replace(NEW, **facts))  # type: ignore[arg-type]
        assert refused.value.field == (field,)
        whose = {rivals: "the listing of another partner", profile: "the business profile of another partner"}
        named = whose.get(facts.get("listing_id") or facts["profile_id"])
        assert (named or "no such object") in refused.value.message
    hidden = await make_listing(app, world.globex, is_published=False)
    with pytest.raises(NotFound, match="no such object"):
        await create_lead(app, world.rep, replace(NEW, listing_id=hidden))
    before = await dump_tables(app)
    with pytest.raises(NotPermitted, match="Only a member of a partner, a channel manager or an administrator may create leads"):
        await create_lead(app, world.seller, NEW)
    assert await dump_tables(app) == before


CLOCKS = [
    ({}, True, timedelta(days=14)),
    ({"call_to_action": CallToAction.CONTACT_ME}, True, timedelta(days=14)),
    ({"call_to_action": CallToAction.GET_IT_NOW}, True, timedelta(days=14)),
    ({"type": LeadType.JOINT_PLANNING, "call_to_action": CallToAction.TEST_DRIVE}, True, timedelta(days=14)),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "requires_response", "lasts"), CLOCKS)
async def test_a_lead_is_to_be_answered_in_14_days_or_archived_after_six_months(
    app: AppContext, world: World, facts: dict[str, Any], requires_response: bool, lasts: timedelta
) -> None:
    lead = await load_lead(app, await create_lead(app, world.admin, replace(NEW, **facts)))
    assert (lead.requires_response, lead.expires_at) == (requires_response, app.now() + lasts)


async def test_a_lead_that_is_only_informed_about_a_listing_is_archived_after_six_months(app: AppContext, world: World) -> None:
    listing = await make_listing(app, world.acme)
    lead = await load_lead(
        app, await create_lead(app, world.admin, replace(NEW, listing_id=listing, call_to_action=CallToAction.GET_IT_NOW))
    )
    assert (lead.requires_response, lead.expires_at) == (False, datetime(2027, 5, 21, 9, 30, tzinfo=UTC))


async def test_the_type_follows_from_the_listing_and_the_profile(app: AppContext, world: World) -> None:
    offered, profile = {"listing_id": await make_listing(app, world.acme)}, {"profile_id": await make_profile(app, world.acme)}
    expected: list[tuple[dict[str, Any], LeadType]] = [
        ({}, LeadType.MARKETING_QUALIFIED),
        (offered, LeadType.OFFER),
        (profile, LeadType.PROFILE),
        ({**offered, **profile}, LeadType.OFFER),
        ({**offered, **profile, "type": LeadType.PROFILE}, LeadType.PROFILE),
        ({**offered, "type": LeadType.SALES_QUALIFIED}, LeadType.SALES_QUALIFIED),
    ]
    for who in (world.admin, world.rep):
        for facts, type_ in expected:
            assert (await load_lead(app, await create_lead(app, who, replace(NEW, **facts)))).type is type_


async def test_an_offer_needs_a_listing_and_a_profile_lead_a_profile(app: AppContext, world: World) -> None:
    listing, profile = await make_listing(app, world.acme), await make_profile(app, world.acme)
    before = await dump_tables(app)
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"type": LeadType.OFFER}, "listingId"),
        ({"type": LeadType.OFFER, "profile_id": profile}, "listingId"),
        ({"type": LeadType.PROFILE}, "profileId"),
        ({"type": LeadType.PROFILE, "listing_id": listing}, "profileId"),
    ]
    for who in (world.admin, world.rep, world.seller):
        for facts, field in wrong:
            with pytest.raises(Invalid) as refused:
                await create_lead(app, who, replace(NEW, **facts))
            assert [one.field for one in refused.value.invalid_fields] == [(field,)]
    assert await dump_tables(app) == before


@pytest.mark.parametrize("facts", [{"contact_requested": True}, {"call_to_action": CallToAction.CONTACT_ME}])
async def test_a_lead_with_a_contact_request_is_hot_for_72_hours(app: AppContext, world: World, facts: dict[str, Any]) -> None:
    lead = await load_lead(app, await create_lead(app, world.rep, replace(NEW, **facts)))
    assert (lead.contact_requested_at, lead.overdue_at) == (app.now(), app.now() + timedelta(hours=72))


async def test_a_lead_is_created_with_the_given_status(app: AppContext, world: World) -> None:
    for who in (world.rep, world.admin):
        lead = await create_lead(app, who, replace(NEW, status=LeadStatus.CONTACTED))
        assert (await load_lead(app, lead)).status is LeadStatus.CONTACTED
    assert (await load_lead(app, await create_lead(app, world.rep, NEW))).status is LeadStatus.NEW
