"""Three working days through the API, each screen read by one request: a partner's inbox, a race for queued leads, a dashboard."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from tests.acceptance.client import Alert, Member
from tests.acceptance.server import Installation, Server

CUSTOMER: Final = {"firstName": "Aparna", "lastName": "Bosu", "email": "aparna@bosu.example", "phone": "+33123456789"}
INBOX: Final = """query($filter: LeadFilter) {
    viewer { member { id name } roles partner { name } unreadNotifications recentLeads(first: 5) { nodes { reference } } }
    queues { id name waiting allowance { openClaims claimsToday canClaim } }
    savedViews { name search filter sort isShared problem owner { name } }
    notifications(first: 5) { unreadCount nodes { id kind title isRecommendedAction readAt lead { reference } } }
    leads(first: 50, filter: $filter) { totalCount eventCursor pageInfo { hasNextPage }
        facets(fields: [STATUS STAGE OWNER COUNTRY]) { field values { value label count } }
        nodes { id reference company status stage isHot version contact { fullName } contactHidden allowedActions owner { name } } } }"""
LEAD: Final = """query($id: ID!) { lead(id: $id) { reference stage version message contact { fullName email phone }
    allowedActions blockedActions { action missing } deal { name estimatedValue { amount currency } } qualification { isComplete }
    notes { nodes { body author { name } } } activities { nodes { id subject dueAt completedAt } }
    timeline { nodes { id kind actor { name } changes { field } } }
    duplicates(first: 5) { matchedOn lead { reference } } conversionPreview { opportunityName accounts { id } contacts { id } } } }"""
TASKS: Final = """query($filter: ActivityFilter) { activities(filter: $filter) { totalCount
    nodes { id subject dueAt completedAt lead { reference } opportunity { name } } } }"""
RACE: Final = """{ queues { id name waiting allowance { openClaims claimsToday canClaim } }
    claimable: leads(filter: {isClaimable: true}) { totalCount eventCursor nodes { id company contactHidden } }
    mine: leads(filter: {isOpenClaim: true}) { totalCount nodes { id } } }"""
DASHBOARD: Final = """query($from: DateTime!, $before: DateTime!, $zone: String!) {
    leadReport(from: $from, before: $before, timeZone: $zone) {
        received accepted won converted open acceptanceRate medianResponseHours estimatedValue { amount currency }
        byStatus { value count } bySource { value count } byOwner { label count } byCloseReason { value count }
        partners { partner { name } received accepted declined converted acceptanceRate }
        ageing { fromHours count } opportunities { created won open amountWon { amount currency } winRate } series { start received } }
    held: leadReport(from: $from, before: $before, scope: HELD) { received open }
    leadBoard(groupBy: STAGE) { columns { key count } }
    queues { name waiting }
    opportunities(first: 10) { totalCount eventCursor nodes { id name stage amount { amount currency } owner { name } lead { reference } } }
    stranded: leads(filter: {partnerIsActive: false, stages: [RECEIVED, ACCEPTED]}) { totalCount
        nodes { id reference partner { name } } } }"""
DEALS: Final = """subscription($after: EventCursor) { opportunityChanged(after: $after) {
    cursor kind presence opportunityId opportunity { stage amount { amount } } } }"""
CHANGED: Final = "subscription($after: EventCursor) { leadChanged(after: $after) { cursor kind presence leadId } }"


@pytest.fixture
def day(with_organization: Installation) -> Any:
    """A server with the demo organization and no leads, for one day."""
    with with_organization.serving() as server:
        yield server


def test_a_day_in_the_inbox_of_a_partner(day: Server) -> None:
    rep, channel = day.member("rep@acme.example"), day.member("channel@vendor.example")
    partner_id = rep.ask("{ viewer { partner { id } } }")["viewer"]["partner"]["id"]
    inbox = rep.ask(INBOX)
    assert (inbox["leads"]["totalCount"], inbox["viewer"]["unreadNotifications"]) == (0, 0)
    with rep.socket() as socket:
        socket.subscribe(CHANGED, after=inbox["leads"]["eventCursor"])
        lead_id = channel.do("createLead", contact=CUSTOMER, company="Bosu Tea", contactRequested=True, message="Call Aparna")["lead"]["id"]
        assert socket.alert()["leadId"] == lead_id
        channel.do("assignLead", leadId=lead_id, to={"partnerId": partner_id})
        assert socket.alert()["kind"] == "ASSIGNED"

    inbox = rep.ask(INBOX)
    (lead,) = inbox["leads"]["nodes"]
    assert (lead["id"], lead["isHot"], lead["contact"], lead["owner"]) == (lead_id, True, {"fullName": "Aparna Bosu"}, None)
    assert "ACCEPT" in lead["allowedActions"]
    facets = {one["field"]: {value["value"]: value["count"] for value in one["values"]} for one in inbox["leads"]["facets"]}
    assert facets == {"STATUS": {"NEW": 1}, "STAGE": {"RECEIVED": 1}, "OWNER": {"NONE": 1}, "COUNTRY": {}}
    alerts = inbox["notifications"]["nodes"]
    assert {one["kind"] for one in alerts} == {"HOT_LEAD", "LEAD_ASSIGNED"}
    assert all(one["lead"] == {"reference": lead["reference"]} and one["isRecommendedAction"] for one in alerts)
    assert inbox["viewer"]["unreadNotifications"] == inbox["notifications"]["unreadCount"] == len(alerts)
    rep.do("markNotificationsRead", "__typename", notificationIds=[one["id"] for one in alerts])
    assert rep.ask(INBOX)["viewer"]["unreadNotifications"] == 0

    rep.do("acceptLead", leadId=lead_id, deal={"estimatedValue": {"amount": "900.00", "currency": "EUR"}}, expectedVersion=lead["version"])
    due = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    task = rep.do("logLeadActivity", "activity { id }", leadId=lead_id, kind="TASK", subject="Send the offer", dueAt=due)["activity"]["id"]
    rep.do("addLeadNote", "note { id }", leadId=lead_id, body="She drinks Assam.", idempotencyKey="note-1")
    page = rep.ask(LEAD, id=lead_id)["lead"]
    assert [one["kind"] for one in page["timeline"]["nodes"]] == ["NOTE_ADDED", "ACTIVITY_LOGGED", "ACCEPTED", "ASSIGNED", "CREATED"]
    assert (page["notes"]["nodes"][0]["body"], page["activities"]["nodes"][0]["id"]) == ("She drinks Assam.", task)
    assert page["conversionPreview"]["accounts"] == []
    assert page["duplicates"] == []

    mine = {"isMine": True, "isOpen": True}
    assert [(one["id"], one["lead"]) for one in rep.ask(TASKS, filter=mine)["activities"]["nodes"]] == [
        (task, {"reference": lead["reference"]})
    ]
    rep.do("completeActivity", "activity { id }", activityId=task)
    assert rep.ask(TASKS, filter=mine)["activities"]["totalCount"] == 0
    found = rep.ask(
        """query($reference: String!) { leadByReference(reference: $reference) { id }
            leads(search: $reference) { nodes { id } } recent: viewer { recentLeads { nodes { id } } } }""",
        reference=lead["reference"].lower(),
    )
    assert found["leadByReference"]["id"] == found["leads"]["nodes"][0]["id"] == found["recent"]["recentLeads"]["nodes"][0]["id"] == lead_id

    accepted = {"isMine": True, "acceptedAt": {"from": "2026-01-01T00:00:00.000Z"}}
    rep.do("saveView", "__typename", name="Accepted by me", filter=accepted, sort=[{"field": "COMPANY", "direction": "ASC"}], isShared=True)
    (view,) = day.member("referrals@acme.example").ask(INBOX)["savedViews"]
    assert (view["name"], view["filter"], view["sort"], view["problem"]) == (
        "Accepted by me",
        accepted,
        [{"field": "COMPANY", "direction": "ASC"}],
        None,
    )
    assert rep.ask(INBOX, filter=view["filter"])["leads"]["totalCount"] == 1
    assert day.member("rep@globex.example").ask(INBOX)["savedViews"] == []


def test_a_race_for_queued_leads(day: Server) -> None:
    racers = [day.member("rep@acme.example"), day.member("rep@globex.example")]
    channel = day.member("channel@vendor.example")
    leads = [channel.do("createLead", contact=CUSTOMER, company=f"Bosu {at}")["lead"]["id"] for at in range(6)]
    screens = [racer.ask(RACE) for racer in racers]
    assert [screen["claimable"]["totalCount"] for screen in screens] == [6, 6]
    assert all(one["contactHidden"] == "UNCLAIMED" for screen in screens for one in screen["claimable"]["nodes"])
    wins: list[list[str]] = [[], []]
    with ThreadPoolExecutor(2) as pool:
        for lead_id in leads[:3]:
            answers = list(pool.map(lambda racer, wanted=lead_id: racer.change("claimLead", leadId=wanted), racers))
            winner = next(at for at, answer in enumerate(answers) if not answer["errors"])
            (error,) = answers[1 - winner]["errors"]
            assert (error["__typename"], set(error)) == ("LeadAlreadyClaimed", {"__typename", "message", "field", "claimedAt"})
            wins[winner].append(lead_id)
        while any(answers := [one["lead"] for one in pool.map(lambda racer: racer.change("claimNextLead"), racers)]):
            for at, taken in enumerate(answers):
                wins[at] += [taken["id"]] if taken else []
    assert sorted(wins[0] + wins[1]) == sorted(leads)
    for at, racer in enumerate(racers):
        screen = racer.ask(RACE)
        general = screen["queues"][0]
        assert screen["claimable"]["totalCount"] == 0
        assert {one["id"] for one in screen["mine"]["nodes"]} == set(wins[at])
        assert (general["waiting"], general["allowance"]["openClaims"]) == (0, len(wins[at]))
        with racer.socket() as socket:
            socket.subscribe(CHANGED, after=screens[at]["claimable"]["eventCursor"])
            seen = {leads_change["leadId"]: leads_change["presence"] for leads_change in _claims(socket.alert, len(leads))}
        assert seen == {one: "CHANGED" if one in wins[at] else "LEFT" for one in leads}
        assert {one["__typename"] for one in racer.change("claimNextLead")["errors"]} == {"QueueEmpty"}


def test_the_counters_of_a_queue_include_each_event(day: Server) -> None:
    rep, channel = day.member("rep@acme.example"), day.member("channel@vendor.example")
    screen = rep.ask(RACE)
    with rep.socket() as socket:
        socket.subscribe(CHANGED, after=screen["claimable"]["eventCursor"])
        waiting, claims = 0, 0
        for number in range(3):
            lead_id = channel.do("createLead", contact=CUSTOMER, company=f"Bosu {number}")["lead"]["id"]
            waiting += 1
            assert socket.alert()["leadId"] == lead_id
            assert _counters(rep) == (waiting, claims)
            if number:
                rep.do("claimLead", leadId=lead_id)
                waiting, claims = waiting - 1, claims + 1
                assert socket.alert()["kind"] == "CLAIMED"
                assert _counters(rep) == (waiting, claims)


def test_a_day_of_a_channel_manager_with_a_dashboard(day: Server) -> None:
    channel, admin, rep = (day.member(name) for name in ("channel@vendor.example", "admin@vendor.example", "rep@acme.example"))
    rival = day.member("rep@globex.example")
    start = datetime.now(UTC) - timedelta(hours=1)
    period = {"from": start.isoformat(), "before": (start + timedelta(hours=2)).isoformat(), "zone": "Asia/Kathmandu"}
    partners = {
        name: one.ask("{ viewer { partner { id name } } }")["viewer"]["partner"] for name, one in (("acme", rep), ("globex", rival))
    }
    sold, open_, queued = (channel.do("createLead", contact=CUSTOMER, company=f"Bosu {at}")["lead"]["id"] for at in range(3))
    for lead_id, racer, value in ((sold, rep, "900.00"), (open_, rival, "50.00")):
        racer.do("acceptLead", leadId=lead_id, deal={"estimatedValue": {"amount": value, "currency": "EUR"}})
    steps: dict[str, Any] = dict.fromkeys(("customerResponded", "budget", "authority", "need", "timeline"), True)
    rep.do("qualifyLead", leadId=sold, **steps)
    deal_id = rep.do("convertLead", "opportunity { id }", leadId=sold)["opportunity"]["id"]

    screen = channel.ask(DASHBOARD, **period)
    assert screen["opportunities"]["totalCount"] == 1
    report = screen["leadReport"]
    assert (report["received"], report["accepted"], report["converted"], report["open"], report["won"]) == (3, 2, 1, 2, 0)
    assert screen["held"] == {"received": 2, "open": 1}
    assert report["estimatedValue"] == [{"amount": "950.00", "currency": "EUR"}]
    assert {one["partner"]["name"]: (one["received"], one["accepted"], one["converted"]) for one in report["partners"]} == {
        partners["acme"]["name"]: (1, 1, 1), partners["globex"]["name"]: (1, 1, 0),
    }  # fmt: skip
    assert [one["count"] for one in report["ageing"]] == [2, 0, 0, 0, 0]
    assert report["opportunities"] | {"amountWon": None} == {"created": 1, "won": 0, "open": 1, "amountWon": None, "winRate": None}
    assert sum(point["received"] for point in report["series"]) == 3
    assert all(point["start"].endswith("T18:15:00.000Z") for point in report["series"])  # midnight in Kathmandu
    assert {one["key"]: one["count"] for one in screen["leadBoard"]["columns"]} == {"RECEIVED": 1, "ACCEPTED": 1, "ARCHIVED": 1}
    assert screen["stranded"]["totalCount"] == 0

    with channel.socket() as socket:
        socket.subscribe(DEALS, after=screen["opportunities"]["eventCursor"])
        rep.do("updateOpportunity", "opportunity { id }", opportunityId=deal_id, stage="NEGOTIATION")
        rep.do(
            "updateOpportunity",
            "opportunity { id }",
            opportunityId=deal_id,
            stage="CLOSED_WON",
            amount={"amount": "880.00", "currency": "EUR"},
        )
        moved = [alert for alert in socket.alerts_until(lambda alert: alert["kind"] == "WON") if alert["opportunityId"] == deal_id]
    assert [one["kind"] for one in moved][-2:] == ["STAGE_CHANGED", "WON"]
    sales = channel.ask(DASHBOARD, **period)["leadReport"]["opportunities"]
    assert sales == {"created": 1, "won": 1, "open": 0, "amountWon": [{"amount": "880.00", "currency": "EUR"}], "winRate": 1.0}

    admin.do("savePartner", "partner { isActive }", partnerId=partners["globex"]["id"], isActive=False)
    stranded = channel.ask(DASHBOARD, **period)["stranded"]
    assert [(one["id"], one["partner"]) for one in stranded["nodes"]] == [(open_, {"name": partners["globex"]["name"]})]
    results = channel.do(
        "assignLeads", "results { lead { id partner { name } } errors { __typename } }", leadIds=[queued, open_],
        to={"partnerId": partners["acme"]["id"]}, idempotencyKey="hand over",
    )["results"]  # fmt: skip
    assert results[0] == {"lead": {"id": queued, "partner": {"name": partners["acme"]["name"]}}, "errors": []}
    assert [one["__typename"] for one in results[1]["errors"]] == ["InvalidTransition"]  # It was accepted: only a colleague could go on.


def _claims(next_alert: Callable[[], Alert], count: int) -> list[Alert]:
    """Return the next so many alerts of claims."""
    found: list[Alert] = []
    while len(found) < count:
        alert = next_alert()
        found += [alert] if alert["kind"] == "CLAIMED" else []
    return found


def _counters(member: Member) -> tuple[int, int]:
    """Return how many leads wait in the general queue, and how many of its claims are open."""
    queue = member.ask(RACE)["queues"][0]
    return queue["waiting"], queue["allowance"]["openClaims"]
