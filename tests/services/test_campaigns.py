"""Campaigns: who keeps them, which leads are counted for them, and what streams hear of it."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from gql_leads.domain.commands import GivenCampaign, GivenContact, GivenDetails, NewLead
from gql_leads.domain.errors import Invalid, InvalidTransition, NotFound, NotPermitted
from gql_leads.domain.events import Presence
from gql_leads.domain.leads.filters import Filter, came_into_sight, presence
from gql_leads.domain.leads.lead import LeadSource, LeadType
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import Desk
from gql_leads.services.campaigns import save_campaign, set_membership
from gql_leads.services.leads import deletion, notes
from gql_leads.services.leads.intake import create_lead
from gql_leads.store import campaigns
from gql_leads.store.events import event_log
from gql_leads.store.events.event_log import BEGINNING
from tests.factories import World
from tests.fixtures import a_campaign, a_lead, a_won_lead, an_accepted_lead, everything, kinds_of, settle, the_lead

NEW = NewLead(type=LeadType.OFFER, source=LeadSource.API, details=GivenDetails(contact=GivenContact(last_name="Bosu")))


async def stored(desk: Desk, campaign: UUID) -> campaigns.Campaign:
    found = await campaigns.by_id(desk.database.writing, campaign)
    assert found is not None
    return found


async def test_a_campaign_is_made_and_changed_and_what_is_left_out_stays(desk: Desk, world: World) -> None:
    made = await save_campaign(desk, world.channel, GivenCampaign(name=" Spring fair ", code=" SPRING-26 ", starts_on="2026-03-01"))
    found = await stored(desk, made)
    assert (found.name, found.code, str(found.starts_on), found.ends_on) == ("Spring fair", "SPRING-26", "2026-03-01", None)
    assert await save_campaign(desk, world.admin, GivenCampaign(campaign_id=made, ends_on="2026-03-01", name="Fair")) == made
    found = await stored(desk, made)
    assert (found.name, found.code, str(found.starts_on), str(found.ends_on)) == ("Fair", "SPRING-26", "2026-03-01", "2026-03-01")
    await save_campaign(desk, world.admin, GivenCampaign(campaign_id=made, starts_on=None, ends_on=None, code="spring-26"))
    found = await stored(desk, made)
    assert (found.code, found.starts_on, found.ends_on) == ("spring-26", None, None)


async def test_no_two_campaigns_have_one_code_whatever_its_case(desk: Desk, world: World) -> None:
    await save_campaign(desk, world.channel, GivenCampaign(name="One", code="MESSE-STRASSE"))
    other = await save_campaign(desk, world.channel, GivenCampaign(name="One", code="Other"))
    before = await everything(desk)
    for wanted in (GivenCampaign(name="Two", code="messe-straße"), GivenCampaign(campaign_id=other, code="Messe-Strasse")):
        with pytest.raises(Invalid) as refused:
            await save_campaign(desk, world.channel, wanted)
        assert [fault.field for fault in refused.value.faults] == [("code",)]
    assert await everything(desk) == before


async def test_of_those_who_take_a_code_at_once_one_gets_it(desk: Desk, world: World) -> None:
    others = [await save_campaign(desk, world.admin, GivenCampaign(name="x", code=f"x{number}")) for number in range(4)]
    attempts = [
        *(save_campaign(desk, world.admin, GivenCampaign(name="New", code="Wanted")) for _ in range(4)),
        *(save_campaign(desk, world.channel, GivenCampaign(campaign_id=one, code="WANTED")) for one in others),
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
async def test_everything_faulty_is_told_at_once(desk: Desk, world: World, wrong: dict[str, Any], fields: str) -> None:
    before = await everything(desk)
    with pytest.raises(Invalid) as refused:
        await save_campaign(desk, world.admin, GivenCampaign(**wrong))
    assert " ".join(fault.field[0] for fault in refused.value.faults) == fields
    assert await everything(desk) == before


async def test_a_change_may_not_take_away_what_is_needed_or_end_it_before_it_starts(desk: Desk, world: World) -> None:
    made = await save_campaign(desk, world.admin, GivenCampaign(name="Fair", code="F", starts_on="2026-03-02"))
    for wrong, field in (({"name": None}, "name"), ({"code": " "}, "code"), ({"ends_on": "2026-03-01"}, "endsOn")):
        with pytest.raises(Invalid) as refused:
            await save_campaign(desk, world.admin, GivenCampaign(campaign_id=made, **wrong))
        assert [fault.field for fault in refused.value.faults] == [(field,)]


async def test_only_who_steers_keeps_campaigns_and_what_is_unknown_is_told_first(desk: Desk, world: World) -> None:
    campaign, lead = await a_campaign(desk), await a_lead(desk, partner=world.acme, sender_id=world.seller.member_id)
    before = await everything(desk)
    for who in (world.rep, world.referrals, world.profiles, world.seller):
        with pytest.raises(NotFound) as unknown:
            await save_campaign(desk, who, GivenCampaign(campaign_id=uuid7(), name="Mine"))
        assert unknown.value.field == ("campaignId",)
        for attempt in (save_campaign(desk, who, GivenCampaign(name="Mine", code="M")), set_membership(desk, who, lead, campaign)):
            with pytest.raises(NotPermitted):
                await attempt
        with pytest.raises(NotFound) as unknown:
            await set_membership(desk, who, lead, uuid7())
        assert unknown.value.field == ("campaignId",)
    for who in (world.rival, world.rival_admin):
        with pytest.raises(NotFound) as unknown:
            await set_membership(desk, who, lead, campaign)
        assert unknown.value.field == ("leadId",)
    assert await everything(desk) == before


async def membership(desk: Desk, who: Viewer, lead: UUID) -> list[tuple[str, bool]]:
    found = await campaigns.memberships(desk.reading(who), [lead])
    return [(row["name"], bool(row["responded"])) for row in found[lead]]


async def test_a_lead_joins_responds_and_leaves_and_its_version_stays(desk: Desk, world: World) -> None:
    spring, autumn = await a_campaign(desk, "Spring"), await a_campaign(desk, "Autumn")
    lead = await a_lead(desk, partner=world.acme)
    await set_membership(desk, world.channel, lead, spring)
    await set_membership(desk, world.admin, lead, autumn, responded=True)
    assert await membership(desk, world.rep, lead) == [("Spring", False), ("Autumn", True)]
    assert (await the_lead(desk, lead)).campaign_ids == (spring, autumn)
    await set_membership(desk, world.channel, lead, spring, responded=True)
    await set_membership(desk, world.channel, lead, autumn, responded=None)
    assert await membership(desk, world.rep, lead) == [("Spring", True), ("Autumn", False)]
    before = await everything(desk)
    await set_membership(desk, world.channel, lead, spring)
    await set_membership(desk, world.channel, lead, autumn, responded=False)
    assert await everything(desk) == before
    await set_membership(desk, world.channel, lead, spring, is_member=False, responded=True)
    assert await membership(desk, world.rep, lead) == [("Autumn", False)]
    found = await the_lead(desk, lead)
    assert (found.campaign_ids, found.version, found.updated_at) == ((autumn,), 1, desk.now())
    assert await kinds_of(desk, lead) == ["CREATED"] + ["CAMPAIGN_JOINED"] * 2 + ["DETAILS_CHANGED"] * 3
    before = await everything(desk)
    await set_membership(desk, world.channel, lead, spring, is_member=False)
    assert await everything(desk) == before


async def test_whoever_sees_the_lead_in_full_sees_its_campaigns_and_nobody_else(desk: Desk, world: World) -> None:
    lead = await a_lead(desk, partner=world.acme, sender_id=world.rival.member_id, sender_partner_id=world.globex)
    await set_membership(desk, world.channel, lead, await a_campaign(desk, "Spring"))
    seen = {who.member_id: await membership(desk, who, lead) for who in world.everybody}
    blind = {who.member_id for who in (world.rival, world.rival_admin, world.seller)}
    assert seen == {who.member_id: [] if who.member_id in blind else [("Spring", False)] for who in world.everybody}


async def test_an_archived_lead_stays_as_it_is_and_a_deleted_one_is_not_there(desk: Desk, world: World) -> None:
    campaign = await a_campaign(desk)
    for lead in (await a_lead(desk), await an_accepted_lead(desk, world.rep)):
        await set_membership(desk, world.channel, lead, campaign)
    over = [await a_won_lead(desk, world.rep), await a_lead(desk, expires_at=desk.now())]
    gone = await deletion.delete_lead(desk, world.admin, await a_lead(desk, partner=world.acme))
    before = await everything(desk)
    for lead in over:
        with pytest.raises(InvalidTransition):
            await set_membership(desk, world.channel, lead, campaign)
    with pytest.raises(NotFound):
        await set_membership(desk, world.channel, gone, campaign)
    assert await everything(desk) == before


async def test_a_lead_that_names_a_campaign_is_of_it_from_its_first_event(desk: Desk, world: World) -> None:
    campaign = await a_campaign(desk, "Spring")
    for who in (world.admin, world.rep):
        new = NewLead(type=NEW.type, source=NEW.source, details=NEW.details, campaign_code=" sPRING ", external_reference="A-1")
        lead = await create_lead(desk, who, new)
        assert (await the_lead(desk, lead)).campaign_ids == (campaign,)
        assert await membership(desk, world.admin, lead) == [("Spring", False)]
        assert await kinds_of(desk, lead) == ["CREATED", "CAMPAIGN_JOINED"]
        before = await everything(desk)
        assert await create_lead(desk, who, new) == lead
        assert await everything(desk) == before
    await settle(desk)
    events = [one.event for one in await event_log.read(desk.database.reading, BEGINNING, 10)]
    asked = Filter(campaign_ids=(campaign,))
    assert [came_into_sight(asked, world.admin, event) for event in events] == [True, False, True, False]


async def test_a_code_that_no_campaign_has_is_not_found_and_one_that_is_none_is_refused(desk: Desk, world: World) -> None:
    before = await everything(desk)
    for who in (world.admin, world.rep, world.seller):
        with pytest.raises(NotFound) as unknown:
            await create_lead(desk, who, NewLead(type=NEW.type, source=NEW.source, details=NEW.details, campaign_code="Nowhere"))
        assert unknown.value.field == ("campaignCode",)
    for code in ("x" * 101, "a\x00b"):
        with pytest.raises(Invalid) as refused:
            await create_lead(desk, world.admin, NewLead(type=NEW.type, source=NEW.source, details=NEW.details, campaign_code=code))
        assert [fault.field for fault in refused.value.faults] == [("campaignCode",)]
    assert await everything(desk) == before
    blank = NewLead(type=NEW.type, source=NEW.source, details=NEW.details, campaign_code=" ")
    assert (await the_lead(desk, await create_lead(desk, world.admin, blank))).campaign_ids == ()


async def test_a_list_of_a_campaign_is_entered_and_left_with_the_membership(desk: Desk, world: World) -> None:
    spring, autumn = await a_campaign(desk, "Spring"), await a_campaign(desk, "Autumn")
    lead = await a_lead(desk, partner=world.acme, sender_id=world.seller.member_id)
    for campaign, more in ((spring, {}), (autumn, {}), (spring, {"responded": True}), (spring, {"is_member": False})):
        await set_membership(desk, world.channel, lead, campaign, **more)
    await settle(desk)
    events = [one.event for one in await event_log.read(desk.database.reading, BEGINNING, 10)]
    entered, changed, left = Presence.ENTERED, Presence.CHANGED, Presence.LEFT
    asked = Filter(campaign_ids=(spring,))
    assert [presence(asked, world.rep, event) for event in events] == [None, entered, changed, changed, left]
    assert [presence(Filter(), world.rep, event) for event in events] == [entered] + [changed] * 4
    assert [presence(asked, world.seller, event) for event in events] == [None] * 5
    assert [presence(Filter(), world.seller, event) for event in events] == [entered] + [None] * 4


async def test_members_who_join_and_leave_at_once_leave_row_and_column_alike(desk: Desk, world: World) -> None:
    lead, all_of_them = await a_lead(desk), [await a_campaign(desk) for _ in range(4)]
    attempts = (
        set_membership(desk, world.channel, lead, campaign, is_member=number % 3 != 0, responded=number % 2 == 0)
        for number in range(5)
        for campaign in all_of_them
    )
    await asyncio.gather(*attempts, *(notes.add_note(desk, world.channel, lead, "meanwhile") for _ in range(3)))
    rows = await desk.database.writing.fetch("SELECT campaign_id FROM campaign_membership WHERE lead_id = ?", lead)
    assert sorted(str(row["campaign_id"]) for row in rows) == sorted(map(str, (await the_lead(desk, lead)).campaign_ids))


async def test_campaigns_neither_start_a_clock_nor_end_one(desk: Desk, world: World) -> None:
    lead = await a_lead(desk, partner=world.acme)
    await set_membership(desk, world.channel, lead, await a_campaign(desk), responded=True)
    assert (await the_lead(desk, lead)).expires_at == desk.now() + timedelta(days=14)
