"""Referrals: permissions, targets, and their result."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from gql_leads.domain.commands import ContactFields, LeadFields, Referral
from gql_leads.domain.errors import Invalid, NotFound, NotPermitted
from gql_leads.domain.leads.alerts import alerts_new_lead
from gql_leads.domain.leads.filters import EVERYTHING
from gql_leads.domain.leads.lead import LeadSource, LeadStage, LeadType
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads.referrals import refer_lead
from gql_leads.services.maintenance import scheduled_jobs
from tests.factories import World
from tests.fixtures import Clock, dump_tables, lead_events, load_lead, make_partner, timeline_kinds

CONTACT = ContactFields(first_name="Aparna", last_name="Bosu", email="aparna@contoso.example")
DETAILS = LeadFields(contact=CONTACT, company="Contoso", country="FR", message="They look for a ledger.")


def a_referral(world: World, **facts: Any) -> Referral:
    usual: dict[str, Any] = {"partner_id": world.globex, "type": LeadType.SALES_QUALIFIED, "details": DETAILS}
    return Referral(**(usual | facts))


async def test_the_receiver_has_14_days_to_answer_a_referral(app: AppContext, world: World) -> None:
    sent = a_referral(world, recipient_email=" Ruth@Globex.EXAMPLE ")
    for who, source in ((world.seller, LeadSource.SELLER), (world.admin, LeadSource.SELLER), (world.referrals, LeadSource.PARTNER)):
        lead = await load_lead(app, await refer_lead(app, who, sent))
        assert (lead.partner_id, lead.owner_id, lead.queue_id, lead.stage) == (world.globex, None, None, LeadStage.RECEIVED)
        assert (lead.sender_id, lead.sender_partner_id, lead.source) == (who.member_id, who.partner_id, source)
        assert (lead.type, lead.message, lead.company) == (LeadType.SALES_QUALIFIED, "They look for a ledger.", "Contoso")
        assert (lead.recipient_email, lead.external_reference) == ("Ruth@globex.example", None)
        assert (lead.requires_response, lead.expires_at) == (True, app.now() + timedelta(days=14))
        assert (lead.contact_requested_at, lead.overdue_at, lead.version, lead.reached_at) == (None, None, 1, app.now())
        assert lead.quality_reasons
        assert await timeline_kinds(app, lead.id) == ["CREATED", "REFERRED"]


@pytest.mark.parametrize("type", [one for one in LeadType if one not in {LeadType.OFFER, LeadType.PROFILE}])
async def test_every_type_except_marketplace_types_can_be_referred(app: AppContext, world: World, type: LeadType) -> None:
    assert (await load_lead(app, await refer_lead(app, world.seller, a_referral(world, type=type)))).type is type


async def test_a_referral_with_a_contact_request_is_hot_for_72_hours(app: AppContext, world: World, clock: Clock) -> None:
    lead = await refer_lead(app, world.seller, a_referral(world, contact_requested=True))
    found = await load_lead(app, lead)
    assert (found.contact_requested_at, found.overdue_at) == (app.now(), app.now() + timedelta(hours=72))
    clock.advance(days=14)
    await scheduled_jobs.run_due_jobs(app)
    assert await timeline_kinds(app, lead) == ["CREATED", "REFERRED", "CONTACT_OVERDUE", "EXPIRED"]


async def test_receiver_and_sender_get_one_event_of_a_referral(app: AppContext, world: World) -> None:
    await refer_lead(app, world.referrals, a_referral(world))
    events = await lead_events(app)
    seen = {who.member_id: [alerts_new_lead(EVERYTHING, who, event) for event in events] for who in world.everybody}
    in_sight, out_of_sight = [True, False], [False, False]
    assert seen == {who.member_id: out_of_sight if who == world.seller else in_sight for who in world.everybody}


async def test_only_sellers_administrators_and_referral_admins_refer_leads(app: AppContext, world: World) -> None:
    before = await dump_tables(app)
    for who in (world.rep, world.profiles, world.channel, world.rival):
        to = world.acme if who == world.rival else world.globex
        with pytest.raises(NotPermitted):
            await refer_lead(app, who, a_referral(world, partner_id=to))
    assert await dump_tables(app) == before


async def test_unknown_and_inactive_partners_are_not_found_for_every_role(app: AppContext, world: World) -> None:
    asleep = await make_partner(app, is_active=False)
    before = await dump_tables(app)
    for who in (world.seller, world.admin, world.referrals, world.rep, world.channel):
        for partner in (asleep, uuid7(), world.general):
            with pytest.raises(NotFound) as refused:
                await refer_lead(app, who, a_referral(world, partner_id=partner))
            assert refused.value.field == ("partnerId",)
    assert await dump_tables(app) == before


FAULTY: list[tuple[dict[str, Any], str]] = [
    ({"type": LeadType.OFFER}, "type"),
    ({"type": LeadType.PROFILE}, "type"),
    ({"details": replace(DETAILS, message=" \n ")}, "message"),
    ({"details": replace(DETAILS, message="m" * 10_001)}, "message"),
    ({"details": replace(DETAILS, message="a\x00")}, "message"),
    ({"details": replace(DETAILS, contact=ContactFields())}, "contact.lastName"),
    ({"details": replace(DETAILS, contact=ContactFields(last_name=None))}, "contact.lastName"),
    ({"details": replace(DETAILS, contact=ContactFields(last_name="B", email="x" * 255))}, "contact.email"),
    ({"details": replace(DETAILS, company="x" * 201)}, "company"),
    ({"details": replace(DETAILS, country="XX")}, "country"),
    *(({"recipient_email": wrong}, "recipientEmail") for wrong in ("nobody", "a@b", "a b@c.example", "\x00@c.example", "\ud800@c.example")),
    ({"recipient_email": "x" * 250 + "@c.example"}, "recipientEmail"),
    ({"type": LeadType.OFFER, "recipient_email": "nobody", "details": LeadFields(message="", country="x")},
     "type contact.lastName country message recipientEmail"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "fields"), FAULTY)
async def test_every_faulty_field_is_reported_at_once(app: AppContext, world: World, wrong: dict[str, Any], fields: str) -> None:
    before = await dump_tables(app)
    with pytest.raises(Invalid) as refused:
        await refer_lead(app, world.rep, a_referral(world, partner_id=uuid7(), **wrong))
    assert sorted(".".join(fault.field) for fault in refused.value.invalid_fields) == sorted(fields.split())
    assert await dump_tables(app) == before


async def test_a_lead_cannot_be_referred_to_the_viewers_own_partner(app: AppContext, world: World) -> None:
    with pytest.raises(Invalid) as refused:
        await refer_lead(app, world.referrals, a_referral(world, partner_id=world.acme), "k" * 201)
    assert [fault.field for fault in refused.value.invalid_fields] == [("partnerId",), ("idempotencyKey",)]


async def test_a_blank_address_is_null_and_a_customers_typo_is_accepted(app: AppContext, world: World) -> None:
    odd = replace(DETAILS, contact=ContactFields(last_name="Bosu", email="a@b"))
    lead = await load_lead(app, await refer_lead(app, world.seller, a_referral(world, recipient_email=" ", details=odd)))
    assert (lead.recipient_email, lead.email) == (None, "a@b")


async def test_the_same_key_creates_one_referral_also_concurrently(app: AppContext, world: World) -> None:
    sent = a_referral(world)
    made = await asyncio.gather(*(refer_lead(app, world.seller, sent, "key") for _ in range(8)))
    assert len(set(made)) == 1
    before = await dump_tables(app)
    assert await refer_lead(app, world.seller, sent, "key") == made[0]
    with pytest.raises(Invalid) as refused:
        await refer_lead(app, world.seller, replace(sent, contact_requested=True), "key")
    assert [fault.field for fault in refused.value.invalid_fields] == [("idempotencyKey",)]
    assert await dump_tables(app) == before
    assert await refer_lead(app, world.seller, sent) != made[0]
