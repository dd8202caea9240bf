"""Campaigns: saving them, memberships of leads, and events."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from gql_leads.domain.commands import ContactFields, LeadFields, NewLead, SaveCampaign
from gql_leads.domain.errors import Invalid, InvalidTransition, NotFound, NotPermitted
from gql_leads.domain.events import Event, Presence
from gql_leads.domain.leads.alerts import alerts_new_lead
from gql_leads.domain.leads.filters import Filter, presence
from gql_leads.domain.leads.lead import LeadSource, LeadType
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.campaigns import save_campaign, set_campaign_membership
from gql_leads.services.leads import deletion, notes
from gql_leads.services.leads.intake import create_lead
from gql_leads.store import campaigns
from gql_leads.store.events import event_log
from gql_leads.store.events.event_log import BEGINNING
from tests.factories import World
from tests.fixtures import (
    dump_tables,
    load_lead,
    make_accepted_lead,
    make_campaign,
    make_lead,
    make_won_lead,
    timeline_kinds,
    wait_for_event_log,
)

NEW = NewLead(type=LeadType.MARKETING_QUALIFIED, source=LeadSource.API, details=LeadFields(contact=ContactFields(last_name="Bosu")))


async def stored(app: AppContext, campaign: UUID) -> campaigns.Campaign:
    found = await campaigns.by_id(app.database.writing, campaign)
    assert found is not None
    return found


async def test_a_campaign_is_created_and_updated_and_fields_left_out_stay(app: AppContext, world: World) -> None:
    made = await save_campaign(app, world.channel, SaveCampaign(name=" Spring fair ", code=" SPRING-26 ", starts_on="2026-03-01"))
    found = await stored(app, made)
    assert (found.name, found.code, str(found.starts_on), found.ends_on) == ("Spring fair", "SPRING-26", "2026-03-01", None)
    assert await save_campaign(app, world.admin, SaveCampaign(campaign_id=made, ends_on="2026-03-01", name="Fair")) == made
    found = await stored(app, made)
    assert (found.name, found.code, str(found.starts_on), str(found.ends_on)) == ("Fair", "SPRING-26", "2026-03-01", "2026-03-01")
    await save_campaign(app, world.admin, SaveCampaign(campaign_id=made, starts_on=None, ends_on=None, code="spring-26"))
    found = await stored(app, made)
    assert (found.code, found.starts_on, found.ends_on) == ("spring-26", None, None)


async def test_campaign_codes_are_unique_ignoring_case(app: AppContext, world: World) -> None:
    await save_campaign(app, world.channel, SaveCampaign(name="One", code="MESSE-STRASSE"))
    other = await save_campaign(app, world.channel, SaveCampaign(name="One", code="Other"))
    before = await dump_tables(app)
    for wanted in (SaveCampaign(name="Two", code="messe-straße"), SaveCampaign(campaign_id=other, code="Messe-Strasse")):
        with pytest.raises(Invalid) as refused:
            await save_campaign(app, world.channel, wanted)
        assert [fault.field for fault in refused.value.invalid_fields] == [("code",)]
    assert await dump_tables(app) == before


async def test_one_of_several_concurrent_uses_of_a_code_succeeds(app: AppContext, world: World) -> None:
    others = [await save_campaign(app, world.admin, SaveCampaign(name="x", code=f"x{number}")) for number in range(4)]
    attempts = [
        *(save_campaign(app, world.admin, SaveCampaign(name="New", code="Wanted")) for _ in range(4)),
        *(save_campaign(app, world.channel, SaveCampaign(campaign_id=one, code="WANTED")) for one in others),
    ]
    done = await asyncio.gather(*attempts, return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["Invalid"] * 7 + ["UUID"]


FAULTY: list[tuple[dict[str, Any], str]] = [
    ({}, "name code"),
    ({"name": None, "code": None}, "name code"),
    ({"name": " ", "code": "x" * 101}, "name code"),
    ({"name": "x" * 201, "code": "a\x00"}, "name code"),
    ({"name": "\ud800", "code": "a\nb"}, "name code"),
    ({"name": "a", "code": "a", "starts_on": "2026-02-30", "ends_on": "soon"}, "startsOn endsOn"),
    ({"name": "a", "code": "a", "starts_on": "2026-03-02", "ends_on": "2026-03-01"}, "endsOn"),
]


@pytest.mark.parametrize(("wrong", "fields"), FAULTY)
async def test_every_faulty_field_is_reported_at_once(app: AppContext, world: World, wrong: dict[str, Any], fields: str) -> None:
    before = await dump_tables(app)
    with pytest.raises(Invalid) as refused:
        await save_campaign(app, world.admin, SaveCampaign(**wrong))
    assert " ".join(fault.field[0] for fault in refused.value.invalid_fields) == fields
    assert await dump_tables(app) == before


async def test_an_update_cannot_clear_required_fields_or_end_before_the_start(app: AppContext, world: World) -> None:
    made = await save_campaign(app, world.admin, SaveCampaign(name="Fair", code="F", starts_on="2026-03-02"))
    for wrong, field in (({"name": None}, "name"), ({"code": " "}, "code"), ({"ends_on": "2026-03-01"}, "endsOn")):
        with pytest.raises(Invalid) as refused:
            await save_campaign(app, world.admin, SaveCampaign(campaign_id=made, **wrong))
        assert [fault.field for fault in refused.value.invalid_fields] == [(field,)]


async def test_only_managers_save_campaigns_and_unknown_ids_are_reported_first(app: AppContext, world: World) -> None:
    campaign, lead = await make_campaign(app), await make_lead(app, partner=world.acme, sender_id=world.seller.member_id)
    before = await dump_tables(app)
    for who in (world.rep, world.referrals, world.profiles, world.seller):
        with pytest.raises(NotFound) as unknown:
            await save_campaign(app, who, SaveCampaign(campaign_id=uuid7(), name="Mine"))
        assert unknown.value.field == ("campaignId",)
        for attempt in (save_campaign(app, who, SaveCampaign(name="Mine", code="M")), set_campaign_membership(app, who, lead, campaign)):
            with pytest.raises(NotPermitted):
                await attempt
        with pytest.raises(NotFound) as unknown:
            await set_campaign_membership(app, who, lead, uuid7())
        assert unknown.value.field == ("campaignId",)
    for who in (world.rival, world.rival_admin):
        with pytest.raises(NotFound) as unknown:
            await set_campaign_membership(app, who, lead, campaign)
        assert unknown.value.field == ("leadId",)
    assert await dump_tables(app) == before


async def membership(app: AppContext, who: Viewer, lead: UUID) -> list[tuple[str, bool]]:
    found = await campaigns.memberships(app.reader(who), [lead])
    return [(row["name"], bool(row["responded"])) for row in found[lead]]


async def test_a_lead_joins_responds_and_leaves_and_its_version_stays(app: AppContext, world: World) -> None:
    spring, autumn = await make_campaign(app, "Spring"), await make_campaign(app, "Autumn")
    lead = await make_lead(app, partner=world.acme)
    await set_campaign_membership(app, world.channel, lead, spring)
    await set_campaign_membership(app, world.admin, lead, autumn, responded=True)
    assert await membership(app, world.rep, lead) == [("Spring", False), ("Autumn", True)]
    assert (await load_lead(app, lead)).campaign_ids == (spring, autumn)
    await set_campaign_membership(app, world.channel, lead, spring, responded=True)
    await set_campaign_membership(app, world.channel, lead, autumn, responded=None)
    assert await membership(app, world.rep, lead) == [("Spring", True), ("Autumn", False)]
    before = await dump_tables(app)
    await set_campaign_membership(app, world.channel, lead, spring)
    await set_campaign_membership(app, world.channel, lead, autumn, responded=False)
    assert await dump_tables(app) == before
    await set_campaign_membership(app, world.channel, lead, spring, is_member=False, responded=True)
    assert await membership(app, world.rep, lead) == [("Autumn", False)]
    found = await load_lead(app, lead)
    assert (found.campaign_ids, found.version, found.updated_at) == ((autumn,), 1, app.now())
    assert await timeline_kinds(app, lead) == ["CREATED"] + ["CAMPAIGN_JOINED"] * 2 + ["DETAILS_CHANGED"] * 3
    before = await dump_tables(app)
    await set_campaign_membership(app, world.channel, lead, spring, is_member=False)
    assert await dump_tables(app) == before


async def test_only_viewers_with_the_full_view_see_a_leads_campaigns(app: AppContext, world: World) -> None:
    lead = await make_lead(app, partner=world.acme, sender_id=world.rival.member_id, sender_partner_id=world.globex)
    await set_campaign_membership(app, world.channel, lead, await make_campaign(app, "Spring"))
    seen = {who.member_id: await membership(app, who, lead) for who in world.everybody}
    blind = {who.member_id for who in (world.rival, world.rival_admin, world.seller)}
    assert seen == {who.member_id: [] if who.member_id in blind else [("Spring", False)] for who in world.everybody}


async def test_memberships_of_archived_leads_are_final_and_deleted_leads_are_not_found(app: AppContext, world: World) -> None:
    campaign = await make_campaign(app)
    for lead in (await make_lead(app), await make_accepted_lead(app, world.rep)):
        await set_campaign_membership(app, world.channel, lead, campaign)
    over = [await make_won_lead(app, world.rep), await make_lead(app, expires_at=app.now())]
    gone = await deletion.delete_lead(app, world.admin, await make_lead(app, partner=world.acme))
    before = await dump_tables(app)
    for lead in over:
        with pytest.raises(InvalidTransition):
            await set_campaign_membership(app, world.channel, lead, campaign)
    with pytest.raises(NotFound):
        await set_campaign_membership(app, world.channel, gone, campaign)
    assert await dump_tables(app) == before


async def test_a_lead_created_with_a_campaign_code_is_a_member_in_its_first_event(app: AppContext, world: World) -> None:
    campaign = await make_campaign(app, "Spring")
    for who in (world.admin, world.rep):
        new = NewLead(type=NEW.type, source=NEW.source, details=NEW.details, campaign_code=" sPRING ", external_reference="A-1")
        lead = await create_lead(app, who, new)
        assert (await load_lead(app, lead)).campaign_ids == (campaign,)
        assert await membership(app, world.admin, lead) == [("Spring", False)]
        assert await timeline_kinds(app, lead) == ["CREATED", "CAMPAIGN_JOINED"]
        before = await dump_tables(app)
        assert await create_lead(app, who, new) == lead
        assert await dump_tables(app) == before
    await wait_for_event_log(app)
    logged = [one.event for one in await event_log.read(app.database.reading, BEGINNING, 10)]
    events = [event for event in logged if isinstance(event, Event)]
    asked = Filter(campaign_ids=(campaign,))
    assert [alerts_new_lead(asked, world.admin, event) for event in events] == [True, False, True, False]


async def test_unknown_and_faulty_codes_are_invalid(app: AppContext, world: World) -> None:
    before = await dump_tables(app)
    for who in (world.admin, world.rep, world.seller):
        with pytest.raises(Invalid) as unknown:
            await create_lead(app, who, NewLead(type=NEW.type, source=NEW.source, details=NEW.details, campaign_code="Nowhere"))
        (fault,) = unknown.value.invalid_fields
        assert (fault.field, fault.message) == (("campaignCode",), "No campaign has the code Nowhere.")
    for code in ("x" * 101, "a\x00b"):
        with pytest.raises(Invalid) as refused:
            await create_lead(app, world.admin, NewLead(type=NEW.type, source=NEW.source, details=NEW.details, campaign_code=code))
        assert [fault.field for fault in refused.value.invalid_fields] == [("campaignCode",)]
    assert await dump_tables(app) == before
    blank = NewLead(type=NEW.type, source=NEW.source, details=NEW.details, campaign_code=" ")
    assert (await load_lead(app, await create_lead(app, world.admin, blank))).campaign_ids == ()


async def test_a_stream_of_a_campaign_gets_entered_and_left_with_the_membership(app: AppContext, world: World) -> None:
    spring, autumn = await make_campaign(app, "Spring"), await make_campaign(app, "Autumn")
    lead = await make_lead(app, partner=world.acme, sender_id=world.seller.member_id)
    for campaign, more in ((spring, {}), (autumn, {}), (spring, {"responded": True}), (spring, {"is_member": False})):
        await set_campaign_membership(app, world.channel, lead, campaign, **more)
    await wait_for_event_log(app)
    events = [one.event for one in await event_log.read(app.database.reading, BEGINNING, 10)]
    entered, changed, left = Presence.ENTERED, Presence.CHANGED, Presence.LEFT
    asked = Filter(campaign_ids=(spring,))
    assert [presence(asked, world.rep, event) for event in events] == [None, entered, changed, changed, left]
    assert [presence(Filter(), world.rep, event) for event in events] == [entered] + [changed] * 4
    assert [presence(asked, world.seller, event) for event in events] == [None] * 5
    assert [presence(Filter(), world.seller, event) for event in events] == [entered] + [None] * 4


async def test_concurrent_joins_and_leaves_keep_row_and_column_equal(app: AppContext, world: World) -> None:
    lead, all_of_them = await make_lead(app), [await make_campaign(app) for _ in range(4)]
    attempts = (
        set_campaign_membership(app, world.channel, lead, campaign, is_member=number % 3 != 0, responded=number % 2 == 0)
        for number in range(5)
        for campaign in all_of_them
    )
    await asyncio.gather(*attempts, *(notes.add_lead_note(app, world.channel, lead, "meanwhile") for _ in range(3)))
    rows = await app.database.writing.fetch("SELECT campaign_id FROM campaign_membership WHERE lead_id = ?", lead)
    assert sorted(str(row["campaign_id"]) for row in rows) == sorted(map(str, (await load_lead(app, lead)).campaign_ids))


async def test_memberships_change_no_clock(app: AppContext, world: World) -> None:
    lead = await make_lead(app, partner=world.acme)
    await set_campaign_membership(app, world.channel, lead, await make_campaign(app), responded=True)
    assert (await load_lead(app, lead)).expires_at == app.now() + timedelta(days=14)
