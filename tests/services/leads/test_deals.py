"""The deal of an accepted lead."""

from decimal import Decimal
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from gql_leads.domain.commands import DealFields, MoneyFields, TeamMemberFields
from gql_leads.domain.errors import Invalid, NotFound
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import deals, responses
from tests.factories import World
from tests.fixtures import (  # fmt: skip
    dump_tables,
    load_lead,
    make_accepted_lead,
    make_campaign,
    make_lead,
)
from tests.services.refusing import fields_at_fault, refused


async def test_a_deal_keeps_fields_left_out_and_null_clears_them(app: AppContext, world: World) -> None:
    lead = await make_accepted_lead(app, world.rep)
    value = MoneyFields(amount=Decimal("1250.5"), currency="EUR")
    await deals.update_lead_deal(app, world.rep, lead, DealFields(estimated_value=value, crm_id="7", expected_close_date="2027-01-31"))
    await deals.update_lead_deal(app, world.rep, lead, DealFields(crm_id=None))
    found = await load_lead(app, lead)
    assert (found.deal_minor, found.deal_currency, found.crm_id) == (125_050, "EUR", None)
    assert (found.deal_name, str(found.expected_close_date), found.version) == ("Contoso", "2027-01-31", 4)
    await deals.update_lead_deal(app, world.rep, lead, DealFields(estimated_value=None))
    assert (await load_lead(app, lead)).deal_minor is None
    before = await dump_tables(app)
    await deals.update_lead_deal(app, world.rep, lead, DealFields(name="Contoso"))
    assert await dump_tables(app) == before


NAMES = [
    ({"company": "Contoso", "listing_name": "Ledger"}, "Contoso - Ledger"),
    ({"company": "Contoso", "listing_name": None}, "Contoso"),
    ({"company": None, "listing_name": "Ledger"}, "Aparna Bosu - Ledger"),
    ({"company": None, "first_name": None}, "Bosu"),
    ({"company": "C" * 200, "listing_name": "L" * 200}, f"{'C' * 200} - {'L' * 97}"),
]


@pytest.mark.parametrize(("facts", "name"), NAMES)
async def test_an_unnamed_deal_is_named_after_customer_and_listing(
    app: AppContext, world: World, facts: dict[str, str | None], name: str
) -> None:
    lead = await make_accepted_lead(app, world.rep, **facts)
    assert (await load_lead(app, lead)).deal_name == name
    await deals.update_lead_deal(app, world.rep, lead, DealFields(name=name, crm_id="7"))


@pytest.mark.parametrize("whose", ["a rival's", "nobody's", "deactivated"])
async def test_only_colleagues_are_found_for_the_team_and_before_other_refusals(app: AppContext, world: World, whose: str) -> None:
    stranger = {"a rival's": world.rival.member_id, "nobody's": uuid7(), "deactivated": world.colleague.member_id}[whose]
    await app.database.writing.execute("UPDATE member SET is_active = ? WHERE id = ?", False, world.colleague.member_id)
    deal = DealFields(team=(TeamMemberFields(name="Ann"), TeamMemberFields(member_id=stranger)))
    received, accepted = await make_lead(app, partner=world.acme), await make_accepted_lead(app, world.rep)
    waiting = await make_lead(app)
    before = await dump_tables(app)
    for attempt in (
        responses.accept_lead(app, world.rep, received, deal),
        responses.accept_lead(app, world.rep, waiting, deal),
        responses.accept_lead(app, world.rep, accepted, deal),  # its stage would refuse
        deals.update_lead_deal(app, world.rep, accepted, deal, 99),  # its version would refuse
        deals.update_lead_deal(app, world.rep, received, deal),
    ):
        with pytest.raises(NotFound) as refused:
            await attempt
        assert refused.value.field == ("deal", "team", "1", "memberId")
    assert await dump_tables(app) == before


@pytest.mark.parametrize(
    "email", ["eve", "eve@", "eve@localhost", "eve@-x.example", "eve@x.example, ann@x.example", "e" * 250 + "@x.example"]
)
async def test_a_team_members_address_that_mail_cannot_reach_is_refused(app: AppContext, world: World, email: str) -> None:
    deal = DealFields(team=(TeamMemberFields(name="Ann", email="ann@x.example"), TeamMemberFields(name="Eve", email=email)))
    received, accepted = await make_lead(app, partner=world.acme), await make_accepted_lead(app, world.rep)
    for attempt in (responses.accept_lead(app, world.rep, received, deal), deals.update_lead_deal(app, world.rep, accepted, deal)):
        assert await fields_at_fault(app, attempt) == [("deal", "team", "1", "email")]


async def test_a_team_members_address_is_normalized_and_may_be_blank(app: AppContext, world: World) -> None:
    lead = await make_accepted_lead(app, world.rep)
    team = (TeamMemberFields(name="Eve", email=" Eve@X.Example "), TeamMemberFields(name="Ann", email=" "))
    await deals.update_lead_deal(app, world.rep, lead, DealFields(team=team))
    assert [one.email for one in (await load_lead(app, lead)).team] == ["Eve@x.example", None]


async def test_a_campaign_code_in_a_deal_joins_that_campaign_and_leaves_the_former(app: AppContext, world: World) -> None:
    spring, autumn = await make_campaign(app, "Spring"), await make_campaign(app, "Autumn")
    lead = await make_accepted_lead(app, world.rep)
    steps: list[tuple[str | None, str | None, tuple[UUID, ...]]] = [
        (" sPRING ", "Spring", (spring,)), ("autumn", "Autumn", (autumn,)), ("AUTUMN", "Autumn", (autumn,)), (None, None, ()),
    ]  # fmt: skip
    for given, code, members in steps:
        await deals.update_lead_deal(app, world.rep, lead, DealFields(campaign_code=given))
        found = await load_lead(app, lead)
        assert (found.campaign_code, found.campaign_ids) == (code, members)
        rows = await app.database.writing.fetch("SELECT campaign_id FROM campaign_membership WHERE lead_id = ?", lead)
        assert [str(row["campaign_id"]) for row in rows] == [str(one) for one in members]
    await deals.update_lead_deal(app, world.rep, lead, DealFields(campaign_code="spring"))
    await deals.update_lead_deal(app, world.rep, lead, DealFields(crm_id="7"))
    assert (await load_lead(app, lead)).campaign_ids == (spring,)


async def test_an_unknown_campaign_code_in_a_deal_is_refused_by_name(app: AppContext, world: World) -> None:
    deal = DealFields(campaign_code=" Winter ")
    received, accepted = await make_lead(app, partner=world.acme), await make_accepted_lead(app, world.rep)
    for attempt in (responses.accept_lead(app, world.rep, received, deal), deals.update_lead_deal(app, world.rep, accepted, deal)):
        refusal = await refused(app, attempt)
        assert isinstance(refusal, Invalid)
        assert [(one.field, one.message) for one in refusal.invalid_fields] == [
            (("deal", "campaignCode"), "No campaign has the code Winter.")
        ]
