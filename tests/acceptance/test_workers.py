"""`serve --workers 2`: claims and streams as with two servers, and metrics of both workers at every request for them."""

import os
import re
import signal
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress

import pytest

from tests.acceptance.client import http
from tests.acceptance.cluster import children_of
from tests.acceptance.server import Installation, Server
from tests.acceptance.test_rolling_restart import command_line
from tests.acceptance.waiting import wait_until

CHANGED = "subscription ($after: EventCursor) { leadChanged(after: $after) { kind leadId } }"
SOCKETS = 8
CLAIMERS = 24
SCRAPES = 12
"""Requests for the metrics, so many that each worker answers some."""


@pytest.fixture(scope="module")
def server(installation: Installation) -> Iterator[Server]:
    with installation.serving("--workers", "2", poll_seconds="0.2") as ready:
        yield ready


def scrape(server: Server, metric: str) -> float:
    """Return the sum of a metric's samples, over a new connection."""
    text = http.get(f"{server.base}/metrics", headers={"connection": "close"}).text
    return sum(float(value) for value in re.findall(rf"^{metric}(?:{{.*}})? (\S+)$", text, re.MULTILINE))


def test_claims_have_one_winner_and_every_stream_gets_every_event(server: Server) -> None:
    rep, channel = server.member("rep@acme.example"), server.member("channel@vendor.example")
    with ExitStack() as opened:
        start = rep.cursor()
        sockets = [opened.enter_context(rep.socket()) for _ in range(SOCKETS)]
        for socket in sockets:
            socket.subscribe(CHANGED, after=start)
        wait_until(lambda: scrape(server, "gql_leads_subscribers") == SOCKETS)
        assert {scrape(server, "gql_leads_open_streams") for _ in range(SCRAPES)} == {SOCKETS}
        lead_id = channel.do("createLead", contact={"lastName": "Bosu"})["lead"]["id"]
        members = [server.member(f"{name}@{partner}.example") for name in ("rep", "referrals") for partner in ("acme", "globex")]
        with ThreadPoolExecutor(CLAIMERS) as threads:
            answers = list(
                threads.map(
                    lambda number: members[number % 4].change("claimLead", "lead { owner { id } }", leadId=lead_id), range(CLAIMERS)
                )
            )
        assert len({answer["lead"]["owner"]["id"] for answer in answers if answer["lead"]}) == 1
        assert {answer["errors"][0]["__typename"] for answer in answers if not answer["lead"]} == {"LeadAlreadyClaimed"}
        for socket in sockets:
            assert socket.alert() == {"kind": "CREATED", "leadId": lead_id}
            assert socket.alert()["leadId"] == lead_id
    wait_until(lambda: scrape(server, "gql_leads_subscribers") == 0)


def test_counters_count_every_worker_and_survive_a_killed_one(server: Server) -> None:
    rep = server.member("rep@acme.example")
    before = scrape(server, "gql_leads_operations_total")
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: rep.post("{ viewer { roles } }").status_code, range(60)))
    assert Counter(answers) == {200: 60}
    expected = before + len(answers)
    # An operation is counted once its response has been sent.
    wait_until(lambda: scrape(server, "gql_leads_operations_total") == expected)
    assert {scrape(server, "gql_leads_operations_total") for _ in range(SCRAPES)} == {expected}
    assert scrape(server, "gql_leads_operation_seconds_count") > 0
    assert {scrape(server, "gql_leads_build_info") for _ in range(SCRAPES)} == {1}
    with rep.socket() as socket:
        socket.subscribe(CHANGED)
        wait_until(lambda: scrape(server, "gql_leads_open_streams") == 1)
        workers = workers_of(server)
        replace_worker(server, min(workers))
        server.wait_until_ready()
        wait_until(lambda: {scrape(server, "gql_leads_operations_total") for _ in range(SCRAPES)} == {expected})
        replace_worker(server, max(workers))
        server.wait_until_ready()
    wait_until(lambda: {scrape(server, "gql_leads_open_streams") for _ in range(SCRAPES)} == {0})


def replace_worker(server: Server, worker: int) -> None:
    """Kill a worker, unless a busy machine made uvicorn replace it already, and wait until there are two again."""
    with suppress(ProcessLookupError):
        os.kill(worker, signal.SIGKILL)
    wait_until(lambda: worker not in (running := workers_of(server)) and len(running) == 2)


def workers_of(server: Server) -> set[int]:
    return {pid for pid in children_of(server.process.pid) if b"spawn_main" in command_line(pid)}
