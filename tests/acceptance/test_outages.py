"""While PostgreSQL is stopped or hangs, errors are clear; afterwards everything continues without loss."""

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import asyncpg
import httpx
import pytest

from tests.acceptance.client import Member, http
from tests.acceptance.cluster import Cluster, private_cluster
from tests.acceptance.server import Installation, Server, uuid_of

ANSWERED_WITHIN: Final = 25.0
"""Seconds: less than a driver waits for an answer, and a query here."""
BACK_WITHIN: Final = 60.0
CHANGED: Final = "subscription ($after: EventCursor) { leadChanged(after: $after) { cursor kind presence leadId } }"
COUNTED: Final = "{ leads { totalCount } }"
OUTAGES: Final = {"stopped": (Cluster.stop, Cluster.start), "hanging": (Cluster.freeze, Cluster.thaw)}
Step = Callable[[Cluster], None]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with private_cluster() as made:
        yield made


@pytest.fixture(scope="module")
def installation(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    made = Installation(cluster.url, tmp_path_factory.mktemp("outages"), query_deadline_seconds="60")
    made.fill(leads=0)
    return made


@pytest.fixture(scope="module")
def server(installation: Installation) -> Iterator[Server]:
    with installation.serving() as ready:
        yield ready


@pytest.fixture(autouse=True)
def is_back(cluster: Cluster) -> Iterator[None]:
    yield
    cluster.restore()


def asked(member: Member, accept: str = "application/graphql-response+json", query: str = COUNTED, **variables: Any) -> httpx.Response:
    """Return the response to a document; fail if it takes too long."""
    headers = member.headers | {"accept": accept}
    body = {"query": query, "variables": variables}
    return http.post(f"{member.base}/graphql", json=body, headers=headers, timeout=ANSWERED_WITHIN)


def until_back(member: Member) -> None:
    """Wait until documents succeed again."""
    deadline = time.monotonic() + BACK_WITHIN
    while asked(member).status_code != 200:
        assert time.monotonic() < deadline, "the server has not come back"
        time.sleep(0.05)


def enter(channel: Member) -> str:
    return str(channel.do("createLead", contact={"lastName": "Bosu"})["lead"]["id"])


@pytest.mark.parametrize(("begin", "end"), OUTAGES.values(), ids=OUTAGES)
def test_outage_is_reported_and_loses_nothing(cluster: Cluster, server: Server, begin: Step, end: Step) -> None:
    rep, channel = server.member("rep@acme.example"), server.member("channel@vendor.example")
    start = rep.cursor()
    with rep.socket() as socket, rep.events(CHANGED, after=start) as events:
        socket.subscribe(CHANGED, after=start)
        entered = [enter(channel)]
        seen, streamed = [socket.alert()], [events.alert()]
        begin(cluster)
        for accept in ("application/graphql-response+json", "application/json"):
            answer = asked(rep, accept)
            assert (answer.status_code, code_of(answer)) == (503, "SERVICE_UNAVAILABLE")
        assert told(server, "healthz") == ("healthz", 200)
        assert told(server, "readyz") == ("readyz", 503)
        end(cluster)
        until_back(rep)
        entered += [enter(channel), enter(channel)]
        seen += [socket.alert() for _ in range(2)]
        streamed += [events.alert() for _ in range(2)]
    assert [one["leadId"] for one in seen] == entered
    assert seen == rep.changes(after=start)
    assert [one["id"] for one in streamed] == [one["cursor"] for one in seen]
    assert told(server, "readyz") == ("readyz", 200)
    assert "Traceback" not in server.log
    fall_due(cluster, entered[0])
    with rep.socket() as socket:
        socket.subscribe(CHANGED, after=seen[-1]["cursor"])
        assert socket.alert()["kind"] == "EXPIRED"


@pytest.mark.parametrize(("begin", "end"), OUTAGES.values(), ids=OUTAGES)
def test_concurrent_requests_during_an_outage_fail_and_leave_no_connection(
    cluster: Cluster, server: Server, begin: Step, end: Step
) -> None:
    rep, channel = server.member("rep@acme.example"), server.member("channel@vendor.example")
    before = rep.ask(COUNTED)
    mutation = 'mutation { createLead(input: {contact: {lastName: "Bosu"}}) { lead { id } } }'
    asked(channel)
    begin(cluster)
    with ThreadPoolExecutor(60) as pool:
        asking = [pool.submit(asked, rep) for _ in range(30)] + [pool.submit(asked, channel, query=mutation) for _ in range(30)]
        assert {code_of(one.result()) for one in asking} == {"SERVICE_UNAVAILABLE"}
    end(cluster)
    until_back(rep)
    assert rep.ask(COUNTED) == before
    with ThreadPoolExecutor(20) as pool:
        assert {one.status_code for one in pool.map(lambda _: asked(rep), range(60))} == {200}


@pytest.mark.parametrize(("begin", "end"), OUTAGES.values(), ids=OUTAGES)
def test_events_reach_the_other_server_after_an_outage(cluster: Cluster, installation: Installation, begin: Step, end: Step) -> None:
    with installation.serving(poll_seconds="3") as writing, installation.serving(poll_seconds="3") as reader:
        rep, channel = reader.member("rep@acme.example"), writing.member("channel@vendor.example")
        with rep.socket() as socket:
            socket.subscribe(CHANGED, after=rep.cursor())
            lead_ids = [enter(channel)]
            alerts = [socket.alert()]
            begin(cluster)
            assert code_of(asked(rep)) == "SERVICE_UNAVAILABLE"
            end(cluster)
            until_back(channel)
            lead_ids += [enter(channel) for _ in range(5)]
            alerts += [socket.alert() for _ in range(5)]
        assert [one["leadId"] for one in alerts] == lead_ids


def code_of(answer: httpx.Response) -> str:
    return str(answer.json().get("errors", [{"extensions": {"code": "none"}}])[0]["extensions"]["code"])


def told(server: Server, page: str) -> tuple[str, int]:
    """Return the text of a health or metrics page."""
    return page, http.get(f"{server.base}/{page}", timeout=ANSWERED_WITHIN).status_code


def fall_due(cluster: Cluster, lead_id: str) -> None:
    """Move the expiry of a lead to now."""

    async def shorten() -> None:
        connection = await asyncpg.connect(cluster.url)
        try:
            changed = await connection.execute("UPDATE lead SET expires_at = 1 WHERE id = $1", uuid_of(lead_id))
            assert changed == "UPDATE 1"
        finally:
            await connection.close()

    asyncio.run(shorten())
