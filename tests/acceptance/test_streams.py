"""Events arrive live; resuming with a cursor neither misses nor repeats one."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.acceptance.client import TIMEOUT_SECONDS, Alert, Member, http
from tests.acceptance.server import Installation, Server

CHANGED = """subscription ($after: EventCursor) { leadChanged(after: $after) {
    cursor kind presence leadId lead { status contact { lastName } } } }"""
NEW = "subscription ($after: EventCursor) { newLead(after: $after) { cursor lead { id } } }"
HOT = "subscription ($after: EventCursor) { hotLead(after: $after) { cursor lead { id isHot } } }"
PIPELINE = """subscription ($after: EventCursor) { opportunityChanged(after: $after) {
    cursor kind presence opportunityId opportunity { stage owner { name } } } }"""
ME = "{ viewer { member { name } } }"
CUSTOMER = {"lastName": "Bosu"}
FACTS = ("cursor", "kind", "presence", "leadId")


@pytest.fixture(scope="module")
def channel(server: Server) -> Member:
    return server.member("channel@vendor.example")


def enter(member: Member, **given: Any) -> str:
    return str(member.do("createLead", contact=CUSTOMER, **given)["lead"]["id"])


def test_alerts_arrive_over_websocket(rep: Member, channel: Member) -> None:
    start = rep.cursor()
    with rep.socket() as socket:
        socket.subscribe(CHANGED, after=start)
        lead_id = enter(channel)
        alert = socket.alert()
        assert (alert["kind"], alert["presence"], alert["leadId"]) == ("CREATED", "ENTERED", lead_id)
        assert alert["lead"]["contact"] is None
        rep.do("claimLead", leadId=lead_id)
        alert = socket.alert()
        assert (alert["kind"], alert["presence"]) == ("CLAIMED", "CHANGED")
        assert alert["lead"]["contact"] == {"lastName": "Bosu"}


def test_stream_without_a_cursor_starts_now(rep: Member, channel: Member) -> None:
    start = rep.cursor()
    earlier = enter(channel)
    rep.changes_until(lambda change: change["leadId"] == earlier, after=start)
    with rep.socket() as socket:
        socket.subscribe("subscription { newLead { lead { id } } }")
        later, alert, deadline = [], None, time.monotonic() + TIMEOUT_SECONDS
        while alert is None:  # The server does not report the start of a stream.
            assert time.monotonic() < deadline
            later.append(enter(channel))
            with suppress(TimeoutError):
                alert = socket.alert(timeout=0.5)
        assert alert["lead"]["id"] in later
        assert alert["lead"]["id"] != earlier


def test_alerts_arrive_over_server_sent_events(rep: Member, channel: Member) -> None:
    with rep.events(CHANGED, after=rep.cursor()) as events:
        lead_id = enter(channel)
        alert = events.alert()
        assert (alert["kind"], alert["leadId"]) == ("CREATED", lead_id)
        assert alert["id"] == alert["cursor"]
        rep.do("claimLead", leadId=lead_id)
        assert events.alert()["kind"] == "CLAIMED"
    for document in (CHANGED, "subscription { leadChanged { cursor kind leadId } }"):
        with rep.events(document, headers={"last-event-id": alert["id"]}) as events:
            assert events.alert()["kind"] == "CLAIMED"
    with rep.events("subscription { leadChanged { cursor } }", headers={"last-event-id": "made up"}) as events:
        assert events.refusal() == "BAD_USER_INPUT"


def test_only_hot_leads_are_hot_alerts(rep: Member, channel: Member) -> None:
    start = rep.cursor()
    enter(channel)
    hot = enter(channel, contactRequested=True)
    with rep.socket() as socket:
        socket.subscribe(HOT, after=start)
        assert socket.alert()["lead"] == {"id": hot, "isHot": True}


def test_claimed_lead_leaves_the_streams_of_other_partners(server: Server, rep: Member, channel: Member) -> None:
    rival = server.member("rep@globex.example")
    start = rival.cursor()
    lead_id = enter(channel)
    with rival.socket() as socket:
        socket.subscribe(CHANGED, after=start)
        assert socket.alert()["presence"] == "ENTERED"
        rep.do("claimLead", leadId=lead_id)
        alert = socket.alert()
        assert (alert["presence"], alert["leadId"], alert["lead"]) == ("LEFT", lead_id, None)


def test_filtered_stream_matches_the_filtered_list(rep: Member, channel: Member) -> None:
    start = rep.cursor()
    document = """subscription ($after: EventCursor, $filter: LeadFilter) {
        leadChanged(after: $after, filter: $filter) { presence lead { id } } }"""
    lead_id = enter(rep)
    for status in ("CONTACTED", "PURCHASED", "NEW"):
        rep.do("updateLeadStatus", leadId=lead_id, status=status)
    with rep.socket() as socket:
        socket.subscribe(document, after=start, filter={"statuses": ["CONTACTED", "PURCHASED"]})
        assert [socket.alert()["presence"] for _ in range(3)] == ["ENTERED", "CHANGED", "LEFT"]


def test_list_and_stream_join_without_a_gap(rep: Member, channel: Member) -> None:
    for _ in range(3):
        enter(channel)
    rep.cursor()  # Wait until the log contains these events.
    page = rep.ask("{ leads(first: 200) { eventCursor nodes { id } } }")["leads"]
    lead_id = enter(channel)
    with rep.socket() as socket:
        socket.subscribe(NEW, after=page["eventCursor"])
        assert socket.alert()["lead"]["id"] == lead_id
    assert lead_id not in {one["id"] for one in page["nodes"]}


def test_killed_server_is_resumed_with_nothing_missed_and_nothing_doubled(with_organization: Installation) -> None:
    with with_organization.serving() as server:
        channel, rep = server.member("channel@vendor.example"), server.member("rep@acme.example")
        start = rep.cursor()
        with rep.socket() as socket:
            socket.subscribe(CHANGED, after=start)
            lead_ids = [enter(channel) for _ in range(10)]
            seen = [socket.alert() for _ in range(7)]
            rep.do("claimLead", leadId=lead_ids[0])
            server.kill()
            with suppress(ConnectionClosed):
                while True:
                    socket.receive()
    with with_organization.serving() as server:
        rep = server.member("rep@acme.example")
        rep.do("updateLeadStatus", leadId=lead_ids[0], status="CONTACTED")
        with rep.socket() as socket:
            socket.subscribe(CHANGED, after=seen[-1]["cursor"])
            seen += socket.alerts_until(lambda alert: alert["kind"] == "STATUS_CHANGED")
        assert facts(seen) == rep.changes(after=start)
        assert [one["kind"] for one in seen] == ["CREATED"] * 10 + ["CLAIMED", "STATUS_CHANGED"]
        assert [one["leadId"] for one in seen[:10]] == lead_ids


def test_subscriber_of_a_server_killed_again_and_again_misses_nothing(with_organization: Installation) -> None:
    with with_organization.serving() as steady:
        rep = steady.member("rep@acme.example")
        start = rep.cursor()
        seen: list[Alert] = []
        with writing(steady.member("channel@vendor.example")) as written:
            for _ in range(4):
                with with_organization.serving() as killed:
                    seen += watched_until_killed(killed, seen[-1]["cursor"] if seen else start)
        with rep.socket() as socket:
            socket.subscribe(CHANGED, after=seen[-1]["cursor"])
            if seen[-1]["leadId"] != written[-1]:
                seen += socket.alerts_until(lambda alert: alert["leadId"] == written[-1])
        assert facts(seen) == rep.changes(after=start)
        assert [one["leadId"] for one in seen] == written


def test_pipeline_is_followed_through_a_killed_server(with_organization: Installation) -> None:
    pulled = "query ($after: EventCursor) { opportunityChanges(after: $after) { nodes { cursor kind presence opportunityId } } }"
    with with_organization.serving() as server:
        channel, rep = server.member("channel@vendor.example"), server.member("rep@acme.example")
        account = rep.do("saveAccount", "account { id }", name="Contoso")["account"]["id"]
        start = rep.cursor()
        with channel.socket() as socket:
            socket.subscribe(PIPELINE, after=start)
            sale = rep.do("createOpportunity", "opportunity { id }", accountId=account, name="Ledger")["opportunity"]["id"]
            seen = [socket.alert()]
            assert seen[0]["opportunity"] == {"stage": "PROSPECTING", "owner": {"name": rep.ask(ME)["viewer"]["member"]["name"]}}
            rep.do("updateOpportunity", "opportunity { id }", opportunityId=sale, stage="PROPOSAL")
            server.kill()
            with suppress(ConnectionClosed):
                while True:
                    socket.receive()
    with with_organization.serving() as server:
        channel, rep = server.member("channel@vendor.example"), server.member("rep@acme.example")
        channel.do("addOpportunityNote", "note { id }", opportunityId=sale, body="Well done!")
        rep.do("updateOpportunity", "opportunity { id }", opportunityId=sale, stage="CLOSED_LOST", closeReason="BUDGET_NOT_ADEQUATE")
        with channel.events(PIPELINE, after=seen[-1]["cursor"]) as events:
            seen += [events.alert() for _ in range(3)]
        assert [one["kind"] for one in seen] == ["CREATED", "STAGE_CHANGED", "NOTE_ADDED", "LOST"]
        names = ("cursor", "kind", "presence", "opportunityId")
        assert [{name: one[name] for name in names} for one in seen] == channel.ask(pulled, after=start)["opportunityChanges"]["nodes"]
        assert server.member("rep@globex.example").ask(pulled, after=start)["opportunityChanges"]["nodes"] == []


def facts(alerts: list[Alert]) -> list[Alert]:
    return [{name: alert[name] for name in FACTS} for alert in alerts]


def watched_until_killed(server: Server, after: str) -> list[Alert]:
    """Return the events that a subscriber received before the server was killed, after half a second."""
    seen: list[Alert] = []
    with server.member("rep@acme.example").socket() as socket:
        socket.subscribe(CHANGED, after=after)
        seen.append(socket.alert())
        killing = threading.Timer(0.5, server.kill)
        killing.start()
        with suppress(ConnectionClosed):
            while True:
                seen.append(socket.alert())
        killing.join()
    return seen


@contextmanager
def writing(channel: Member) -> Iterator[list[str]]:
    """Create leads continuously during the block; yield the list of their ids."""
    written = [enter(channel)]
    is_over = threading.Event()

    def write() -> None:
        while not is_over.wait(0.03):
            written.append(enter(channel))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield written
    finally:
        is_over.set()
        writer.join()


def test_expired_cursor_is_refused(rep: Member) -> None:
    assert rep.refusal("query ($after: EventCursor) { leadChanges(after: $after) { nodes { kind } } }", after="made up") == "BAD_USER_INPUT"
    with rep.socket() as socket:
        socket.subscribe(CHANGED, after="made up")
        message = socket.receive()
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "BAD_USER_INPUT")


@pytest.mark.parametrize("token", [None, "", "nonsense", "a.b.c"])
def test_socket_without_a_valid_token_closes_4403(server: Server, token: str | None) -> None:
    with pytest.raises(ConnectionClosed) as closed, server.stranger(token).socket():
        pass
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4403


def test_event_stream_without_a_valid_token_is_answered_401(server: Server) -> None:
    answer = http.post(
        f"{server.base}/graphql", json={"query": CHANGED}, headers={"authorization": "Bearer nonsense", "accept": "text/event-stream"}
    )
    assert answer.status_code == 401
