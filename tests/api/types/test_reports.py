"""Reports through the API."""

from datetime import timedelta
from typing import Any, Final

import pytest

from gql_leads.api.values.ids import encode_id
from gql_leads.domain.leads.lead import CloseReason, LeadSource
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import claims, deletion, responses
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import START, Clock, make_lead, make_listing, make_won_lead

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
