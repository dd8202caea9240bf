"""Reports through the API."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import pytest

from gql_leads.api.values.ids import encode_id
from gql_leads.domain.commands import Assignee, Conversion, DealFields, MoneyFields, NewOpportunity, OpportunityFields
from gql_leads.domain.errors import BadInput
from gql_leads.domain.leads.lead import CloseReason, LeadSource
from gql_leads.domain.opportunities.records import OpportunityStage
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import assignments, claims, deletion, responses
from gql_leads.services.leads.conversion import convert_lead
from gql_leads.services.opportunities import create_opportunity, update_opportunity
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import START, Clock, make_accepted_lead, make_lead, make_listing, make_qualified_lead, make_won_lead

REPORT: Final = """
    query($from: DateTime!, $before: DateTime!, $filter: LeadFilter, $interval: ReportInterval! = DAY) {
        leadReport(from: $from, before: $before, filter: $filter, interval: $interval) {
            received accepted declined expired won lost converted open conversionRate acceptanceRate medianResponseHours
            estimatedValue { amount currency }
            byStatus { value label count } byListing { value label count } byCountry { value label count } byPartner { value label count }
            series { start received accepted archived won } } }
"""


def days(before: int, after: int) -> dict[str, str]:
    return {"from": (START - timedelta(days=before)).isoformat(), "before": (START + timedelta(days=after)).isoformat()}


async def test_report_counts_a_day(app: AppContext, world: World, ask: Ask, clock: Clock) -> None:
    listing = await make_listing(app, world.acme, "Ledger")
    value = {"deal_minor": 1_250_000, "deal_currency": "EUR"}
    queued = await make_lead(app, queue=world.general)
    await make_lead(app, partner=world.acme, is_test=True)
    await make_lead(app, partner=world.globex)
    clock.advance(hours=1)
    await claims.claim_lead(app, world.rep, queued)
    clock.advance(hours=3)
    await responses.decline_lead(app, world.rep, queued, CloseReason.SPAM)
    clock.advance(days=1)
    await make_won_lead(app, world.rep, listing_id=listing, listing_name="Ledger", country="DE", **value)
    report = (await ask(world.colleague, REPORT, **days(1, 3)))["leadReport"]
    assert report == {
        "received": 2, "accepted": 1, "declined": 1, "expired": 0, "won": 1, "lost": 0, "converted": 0, "open": 0,
        "conversionRate": 0.0, "acceptanceRate": 0.5, "medianResponseHours": 1.5,
        "estimatedValue": [{"amount": "12500.00", "currency": "EUR"}],
        "byStatus": [{"value": "NEW", "label": "New", "count": 2}],
        "byListing": [{"value": encode_id("Listing", listing), "label": "Ledger", "count": 1}],
        "byCountry": [{"value": "DE", "label": "Germany", "count": 1}, {"value": "FR", "label": "France", "count": 1}],
        "byPartner": [{"value": encode_id("Partner", world.acme), "label": "Acme Cloud", "count": 2}],
        "series": [
            {"start": "2026-11-20T00:00:00.000Z", "received": 0, "accepted": 0, "archived": 0, "won": 0},
            {"start": "2026-11-21T00:00:00.000Z", "received": 1, "accepted": 0, "archived": 1, "won": 0},
            {"start": "2026-11-22T00:00:00.000Z", "received": 1, "accepted": 1, "archived": 1, "won": 1},
            {"start": "2026-11-23T00:00:00.000Z", "received": 0, "accepted": 0, "archived": 0, "won": 0},
            {"start": "2026-11-24T00:00:00.000Z", "received": 0, "accepted": 0, "archived": 0, "won": 0},
        ],
    }  # fmt: skip


async def test_leads_of_other_partners_are_not_counted(app: AppContext, world: World, ask: Ask) -> None:
    before = await ask(world.rival, REPORT, **days(1, 1))
    await make_won_lead(app, world.rep, deal_minor=1, deal_currency="EUR")
    await make_lead(app, partner=world.acme)
    assert await ask(world.rival, REPORT, **days(1, 1)) == before


async def test_sent_leads_are_counted_without_their_deal(app: AppContext, world: World, ask: Ask) -> None:
    sent = {"sender_id": world.seller.member_id}
    await make_won_lead(app, world.rep, deal_minor=1, deal_currency="EUR", **sent)
    await make_lead(app, partner=world.acme)
    report = (await ask(world.seller, REPORT, **days(1, 1)))["leadReport"]
    assert (report["received"], report["won"], report["estimatedValue"]) == (1, 1, [])
    assert [one["label"] for one in report["byPartner"]] == ["Acme Cloud"]


async def test_deleted_leads_stay_counted_for_the_vendor(app: AppContext, world: World, ask: Ask) -> None:
    await deletion.delete_lead(app, world.referrals, await make_lead(app, partner=world.acme))
    for who, unasked, alive in ((world.admin, 1, 0), (world.channel, 1, 0), (world.referrals, 0, 0)):
        answers = [await ask(who, REPORT, filter=asked, **days(1, 1)) for asked in (None, {"isDeleted": False})]
        assert [one["leadReport"]["received"] for one in answers] == [unasked, alive]


async def test_filter_applies_to_every_figure(app: AppContext, world: World, ask: Ask) -> None:
    await make_won_lead(app, world.rep, country="DE")
    await make_won_lead(app, world.rep, country="FR")
    report = (await ask(world.rep, REPORT, filter={"countries": ["DE"]}, **days(1, 1)))["leadReport"]
    assert (report["received"], report["accepted"], report["won"]) == (1, 1, 1)
    assert [one["value"] for one in report["byCountry"]] == ["DE"]
    assert sum(one["archived"] for one in report["series"]) == 1


async def test_report_names_sources_owners_and_reasons_of_held_leads(app: AppContext, world: World, ask: Ask) -> None:
    await make_lead(app, queue=world.general, source=LeadSource.EVENT)
    owned = await make_lead(app, partner=world.acme, source=LeadSource.APP_SOURCE, owner_id=world.rep.member_id)
    await responses.decline_lead(app, world.rep, owned, CloseReason.SPAM)
    await make_lead(app, partner=world.globex, source=LeadSource.EVENT, owner_id=world.rival.member_id)
    document = """query($from: DateTime!, $before: DateTime!, $scope: ReportScope!) {
        leadReport(from: $from, before: $before, scope: $scope) {
            received bySource { value label count } byOwner { value count } byCloseReason { value label count } } }"""
    rep = {"value": encode_id("Member", world.rep.member_id), "count": 1}
    rival = {"value": encode_id("Member", world.rival.member_id), "count": 1}
    app_source = {"value": "APP_SOURCE", "label": "AppSource", "count": 1}
    spam = [{"value": "SPAM", "label": "Spam", "count": 1}]

    async def report(who: Viewer, scope: str) -> dict[str, Any]:
        return dict((await ask(who, document, scope=scope, **days(1, 1)))["leadReport"])

    def event(count: int) -> dict[str, Any]:
        return {"value": "EVENT", "label": "Event", "count": count}

    assert await report(world.rep, "IN_SIGHT") == {
        "received": 2, "bySource": [app_source, event(1)], "byOwner": [rep], "byCloseReason": spam}  # fmt: skip
    assert await report(world.rep, "HELD") == {"received": 1, "bySource": [app_source], "byOwner": [rep], "byCloseReason": spam}
    assert (await report(world.admin, "IN_SIGHT"))["bySource"] == [event(2), app_source]
    held = await report(world.admin, "HELD")
    assert held.pop("byOwner") in ([rep, rival], [rival, rep])
    assert held == {"received": 2, "bySource": [app_source, event(1)], "byCloseReason": spam}


DETAILS: Final = """query($from: DateTime!, $before: DateTime!, $scope: ReportScope! = IN_SIGHT, $filter: LeadFilter) {
    leadReport(from: $from, before: $before, scope: $scope, filter: $filter) {
        partners { partner { name } received accepted declined expired won lost converted acceptanceRate conversionRate
            medianResponseHours estimatedValue { amount currency } }
        ageing { fromHours beforeHours count }
        opportunities { created won lost open amountWon { amount currency } amountOpen { amount currency } winRate } } }"""


async def details(ask: Ask, who: Viewer, **variables: Any) -> dict[str, Any]:
    return dict((await ask(who, DETAILS, **(days(1, 30) | variables)))["leadReport"])


async def test_each_partner_has_a_row_with_the_leads_that_reached_it(app: AppContext, world: World, ask: Ask, clock: Clock) -> None:
    await make_lead(app)
    moved = await make_lead(app, partner=world.globex)
    sent = await make_lead(app, partner=world.globex, sender_id=world.referrals.member_id, sender_partner_id=world.acme)
    await make_lead(app, partner=world.globex, is_test=True)
    clock.advance(hours=1)
    await assignments.assign_lead(app, world.admin, moved, Assignee(partner_id=world.acme))
    clock.advance(hours=2)
    await responses.accept_lead(app, world.rep, moved, DealFields(estimated_value=MoneyFields(amount=Decimal(10), currency="EUR")))
    await responses.decline_lead(app, world.rival, sent, CloseReason.SPAM)
    await make_lead(app, partner=world.acme, created_at=START - timedelta(days=9))
    acme = {
        "partner": {"name": "Acme Cloud"}, "received": 1, "accepted": 1, "declined": 0, "expired": 0, "won": 0, "lost": 0, "converted": 0,
        "acceptanceRate": 1.0, "conversionRate": 0.0, "medianResponseHours": 2.0,
        "estimatedValue": [{"amount": "10.00", "currency": "EUR"}],
    }  # fmt: skip
    globex = acme | {
        "partner": {"name": "Globex"}, "accepted": 0, "declined": 1, "acceptanceRate": 0.0, "medianResponseHours": 3.0, "estimatedValue": []
    }  # fmt: skip
    both = await details(ask, world.channel)
    assert sorted(both["partners"], key=lambda one: str(one["partner"])) == [acme, globex]
    assert (await details(ask, world.rep))["partners"] == [acme]
    assert (await details(ask, world.referrals))["partners"] == [acme]
    assert (await details(ask, world.rival))["partners"] == [globex]
    assert (await details(ask, world.seller))["partners"] == []
    for _ in range(2):
        await make_lead(app, partner=world.globex)
    assert [one["partner"]["name"] for one in (await details(ask, world.admin))["partners"]] == ["Globex", "Acme Cloud"]


async def test_open_leads_are_counted_by_age_with_their_partner_or_queue(app: AppContext, world: World, ask: Ask, clock: Clock) -> None:
    await make_lead(app)
    claimed = await make_lead(app)
    given = await make_lead(app, partner=world.acme)
    await make_lead(app, partner=world.acme)
    clock.advance(hours=24)
    await claims.claim_lead(app, world.rep, claimed)
    await make_accepted_lead(app, world.rep)
    clock.advance(hours=48)
    await claims.release_lead(app, world.rep, claimed)
    await assignments.assign_lead(app, world.admin, given, Assignee(partner_id=world.globex))
    clock.advance(hours=23)

    async def ages(who: Viewer, **variables: Any) -> list[int]:
        return [one["count"] for one in (await details(ask, who, **variables))["ageing"]]

    assert (await details(ask, world.admin))["ageing"] == [
        {"fromHours": 0, "beforeHours": 24, "count": 2},
        {"fromHours": 24, "beforeHours": 72, "count": 1},
        {"fromHours": 72, "beforeHours": 168, "count": 2},
        {"fromHours": 168, "beforeHours": 336, "count": 0},
        {"fromHours": 336, "beforeHours": None, "count": 0},
    ]
    assert await ages(world.rep) == [1, 1, 2, 0, 0]
    assert await ages(world.rep, scope="HELD") == [0, 1, 1, 0, 0]
    clock.advance(days=20)
    assert await ages(world.rep) == [0, 0, 0, 0, 4]
    assert await ages(world.rep, before=(START + timedelta(days=5)).isoformat()) == [0, 1, 3, 0, 0]


async def test_opportunities_count_the_later_win_of_a_converted_lead(app: AppContext, world: World, ask: Ask, clock: Clock) -> None:
    lead = await make_qualified_lead(app, world.rep, deal_minor=500, deal_currency="EUR", country="DE")
    converted = await convert_lead(app, world.rep, lead, Conversion(account_name="Contoso"))
    assert converted.opportunity_id is not None
    own = await create_opportunity(
        app,
        world.rep,
        NewOpportunity(
            account_id=converted.account_id, facts=OpportunityFields(name="By hand", amount=MoneyFields(amount=Decimal(7), currency="USD"))
        ),
    )
    clock.advance(days=2)
    fields = OpportunityFields(stage=OpportunityStage.CLOSED_WON, amount=MoneyFields(amount=Decimal(900), currency="EUR"))
    await update_opportunity(app, world.rep, converted.opportunity_id, fields)
    whole = {
        "created": 2, "won": 1, "lost": 0, "open": 1, "amountWon": [{"amount": "900.00", "currency": "EUR"}],
        "amountOpen": [{"amount": "7.00", "currency": "USD"}], "winRate": 1.0,
    }  # fmt: skip
    from_leads = whole | {"created": 1, "open": 0, "amountOpen": []}
    none = {"created": 0, "won": 0, "lost": 0, "open": 0, "amountWon": [], "amountOpen": [], "winRate": None}
    assert (await details(ask, world.rep))["opportunities"] == (await details(ask, world.channel))["opportunities"] == whole
    assert (await details(ask, world.colleague, scope="HELD"))["opportunities"] == from_leads
    assert (await details(ask, world.admin, filter={"countries": ["DE"]}))["opportunities"] == from_leads
    for who in (world.rival, world.seller):
        assert (await details(ask, who))["opportunities"] == none
    assert (await details(ask, world.rep, filter={"countries": ["FR"]}))["opportunities"] == none
    await update_opportunity(app, world.rep, own, OpportunityFields(stage=OpportunityStage.CLOSED_LOST, close_reason=CloseReason.OTHER))
    assert (await details(ask, world.rep))["opportunities"]["winRate"] == 0.5
    before_the_win = await details(ask, world.rep, before=(START + timedelta(days=1)).isoformat())
    assert before_the_win["opportunities"]["open"] == 2


async def test_days_begin_where_the_reader_lives(app: AppContext, world: World, ask: Ask) -> None:
    document = """query($zone: String!) { leadReport(from: "2026-10-24T22:00:00Z", before: "2026-10-26T23:00:00Z", timeZone: $zone) {
        series { start received } } }"""
    for created in ("2026-10-25T22:59:59.999+00:00", "2026-10-25T23:00:00+00:00", "2026-10-26T22:59:59.999+00:00"):
        await make_lead(app, partner=world.acme, created_at=datetime.fromisoformat(created))
    assert (await ask(world.rep, document, zone="Europe/Paris"))["leadReport"]["series"] == [
        {"start": "2026-10-24T22:00:00.000Z", "received": 1},
        {"start": "2026-10-25T23:00:00.000Z", "received": 2},
    ]
    assert [one["received"] for one in (await ask(world.rep, document, zone="UTC"))["leadReport"]["series"]] == [0, 2, 1]


@pytest.mark.parametrize(
    "zone", ["", "Europe/Atlantis", "europe/paris", "../etc/passwd", "Europe", "+02:00", "UTC\0", "localtime", "x" * 9_999]
)
async def test_unknown_time_zone_is_refused_by_name(world: World, answer: Ask, zone: str) -> None:
    document = """query($from: DateTime!, $before: DateTime!, $zone: String!) {
        leadReport(from: $from, before: $before, timeZone: $zone) { received } }"""
    (error,) = (await answer(world.rep, document, zone=zone, **days(1, 1)))["errors"]
    assert isinstance(error.original_error, BadInput)
    assert repr(zone[:100])[:-1] in error.message
    assert len(error.message) < 300


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"filter": {"isDeleted": True}}, "isDeleted"),
        ({"before": (START - timedelta(days=9)).isoformat()}, "`before`"),
        ({"from": "1900-01-01T00:00:00Z"}, "longer interval"),
    ],
)
async def test_invalid_report_is_refused_with_advice(world: World, answer: Ask, wrong: dict[str, Any], message: str) -> None:
    answered = await answer(world.rep, REPORT, **(days(1, 1) | wrong))
    (error,) = answered["errors"]
    assert message in error.message


async def test_only_a_series_limits_the_period(world: World, ask: Ask) -> None:
    document = "query($from: DateTime!, $before: DateTime!) { leadReport(from: $from, before: $before) { received } }"
    assert await ask(world.rep, document, **(days(1, 1) | {"from": "1900-01-01T00:00:00Z"})) == {"leadReport": {"received": 0}}
