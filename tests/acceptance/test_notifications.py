"""Notifications through two servers, of which one is killed again and again; and figures that are current when a message arrives."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Final

import pytest
from websockets.exceptions import ConnectionClosed

from tests.acceptance.client import Alert, Member
from tests.acceptance.server import Installation, Server

RECEIVED: Final = """subscription ($after: EventCursor) { notificationReceived(after: $after) {
    cursor notification { id kind title readAt lead { id } } } }"""
LISTED: Final = """query ($first: Int, $after: String, $unread: Boolean) { viewer { unreadNotifications }
    notifications(first: $first, after: $after, unreadOnly: $unread) {
      eventCursor totalCount unreadCount pageInfo { hasNextPage endCursor } nodes { id kind readAt lead { id } } } }"""
COUNTED: Final = "query { queues { waiting allowance { openClaims claimsToday } } }"
CUSTOMER: Final = {"lastName": "Bosu"}


@pytest.fixture(scope="module")
def servers(installation: Installation) -> Iterator[list[Server]]:
    with ExitStack() as running:
        started = [installation.launch(poll_seconds="0.2") for _ in range(2)]
        for server in started:
            running.callback(server.kill)
        for server in started:
            server.wait_until_ready()
        yield started


def enter(member: Member) -> str:
    return str(member.do("createLead", contact=CUSTOMER)["lead"]["id"])


def listed(member: Member, **variables: Any) -> dict[str, Any]:
    found: dict[str, Any] = member.ask(LISTED, **variables)["notifications"]
    return found


@pytest.mark.parametrize("event", ["newLead { cursor lead { id } }", "leadChanged { cursor leadId }"])
def test_the_figures_of_a_queue_include_each_change_when_its_message_arrives(servers: list[Server], event: str) -> None:
    channel = servers[0].member("channel@vendor.example")
    here, there = (server.member("rep@acme.example") for server in servers)
    before = there.ask(COUNTED)["queues"][0]
    leads: list[str] = []
    with there.socket() as socket:
        socket.subscribe(f"subscription {{ {event} }}")
        there.ask("{ viewer { roles } }")
        writer = threading.Thread(target=lambda: leads.extend(enter(channel) for _ in range(20)))
        while True:  # until the stream has started
            enter(channel)
            with suppress(TimeoutError):
                socket.alert(0.2)
                break
        started = there.ask(COUNTED)["queues"][0]["waiting"]
        writer.start()
        for number in range(1, 21):
            socket.alert()
            assert there.ask(COUNTED)["queues"][0]["waiting"] >= started + number
        writer.join()
        if event.startswith("newLead"):
            return
        for number, lead in enumerate(leads, 1):
            here.do("claimLead", leadId=lead)
            socket.alert()
            queue = there.ask(COUNTED)["queues"][0]
            assert queue["waiting"] == started + 20 - number
            assert queue["allowance"] == {name: value + number for name, value in before["allowance"].items()}


def test_the_stream_of_notifications_survives_killed_servers_with_exact_counts(with_organization: Installation) -> None:
    with with_organization.serving(poll_seconds="0.2") as steady:
        channel, rep = steady.member("channel@vendor.example"), steady.member("rep@acme.example")
        enter(channel)
        start = listed(rep)
        seen: list[Alert] = []
        with writing(channel) as written:
            for _ in range(3):
                with with_organization.serving(poll_seconds="0.2") as killed:
                    seen += watched_until_killed(killed, seen[-1]["cursor"] if seen else start["eventCursor"])
        with rep.socket() as socket:
            socket.subscribe(RECEIVED, after=seen[-1]["cursor"])
            while seen[-1]["notification"]["lead"]["id"] != written[-1]:
                seen.append(socket.alert())
        # PostgreSQL's list may hold what the stream delivers after its cursor.
        known = {node["id"] for node in start["nodes"]}
        arrived = [one["notification"]["lead"]["id"] for one in seen if one["notification"]["id"] not in known]
        assert arrived == written
        page = listed(rep, first=200)
        assert page["unreadCount"] == page["totalCount"] == len(written) + 1
        assert [node["lead"]["id"] for node in page["nodes"]][: len(written)] == written[:-201:-1]
        later = 20
        half = rep.change("markNotificationsRead", "unreadCount", until=seen[-1 - later]["cursor"])
        assert (half["errors"], half["unreadCount"]) == ([], later)
        unread = listed(rep, unread=True, first=2)
        assert unread["totalCount"] == later
        marked = rep.change("markNotificationsRead", "unreadCount", notificationIds=[node["id"] for node in unread["nodes"]])
        assert marked["unreadCount"] == later - 2
        assert listed(steady.member("referrals@acme.example"))["unreadCount"] == page["totalCount"]


@contextmanager
def writing(channel: Member) -> Iterator[list[str]]:
    """Create leads continuously during the block; yield the list of their ids."""
    written = [enter(channel)]
    is_over = threading.Event()

    def write() -> None:
        while not is_over.wait(0.1):
            written.append(enter(channel))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield written
    finally:
        is_over.set()
        writer.join()


def watched_until_killed(server: Server, after: str) -> list[Alert]:
    """Return the notifications that a subscriber received before the server was killed, after half a second."""
    seen: list[Alert] = []
    with server.member("rep@acme.example").socket() as socket:
        socket.subscribe(RECEIVED, after=after)
        seen.append(socket.alert())
        killing = threading.Timer(0.5, server.kill)
        killing.start()
        with suppress(ConnectionClosed):
            while True:
                seen.append(socket.alert())
        killing.join()
    return seen


def test_one_server_alone_reminds_of_a_response_that_is_due(with_organization: Installation) -> None:
    """The time to respond is 2 days here, so that each new lead is due at once."""
    with (
        with_organization.serving(poll_seconds="0.1", response_days="2") as one,
        with_organization.serving(poll_seconds="0.1", response_days="2") as two,
    ):
        channel, rep = one.member("channel@vendor.example"), two.member("rep@acme.example")
        start = listed(rep)["eventCursor"]
        with rep.socket() as socket:
            socket.subscribe(RECEIVED, after=start)
            leads = {enter(channel) for _ in range(5)}
            seen = [socket.alert() for _ in range(10)]
        kinds = sorted((alert["notification"]["kind"], alert["notification"]["lead"]["id"]) for alert in seen)
        assert kinds == sorted((kind, lead) for kind in ("NEW_LEAD", "RESPONSE_DUE") for lead in leads)
        assert listed(rep)["totalCount"] == 10
