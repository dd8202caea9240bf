"""Event streams against a real server."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager

import httpx
import orjson
import pytest
from httpx_sse import EventSource, ServerSentEvent

from gql_leads.graphql_server.policy import Introspection, Policy
from tests.graphql_server.server import TIMEOUT, Address, serving, signed_in, until
from tests.graphql_server.shop_schema import SECRET, Ledger, shop

POLICY = Policy(
    introspection=Introspection.EVERYONE,
    simple_get=True,
    sockets_per_member=2,
    deadline=2.0,
    recheck_interval=0.5,
    heartbeat=2.0,
    comment_interval=1.0,
)


@pytest.fixture(scope="module")
def server(ledger: Ledger) -> Iterator[Address]:
    with serving(shop(ledger, POLICY)) as address:
        yield address


@asynccontextmanager
async def stream(
    server: Address,
    query: str,
    token: str = "customer-ann",
    last_event_id: str = "",
    method: str = "POST",
    **more: object,
) -> AsyncIterator[httpx.Response]:
    headers = {"accept": "text/event-stream", "authorization": f"Bearer {token}"}
    if last_event_id:
        headers["last-event-id"] = last_event_id
    body = {"query": query, **more}
    async with asyncio.timeout(TIMEOUT), httpx.AsyncClient(headers=headers, timeout=TIMEOUT) as http:
        asked = {"params": body} if method == "GET" else {"json": body}
        async with http.stream(method, server.http, **asked) as response:  # type: ignore[arg-type]
            yield response


async def events(server: Address, query: str, **options: str) -> list[ServerSentEvent]:
    async with stream(server, query, **options) as response:
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert response.headers["cache-control"] == "no-store"
        return await named(response)


async def named(response: httpx.Response) -> list[ServerSentEvent]:
    """Return all events except those without a name and data, which only carry a position."""
    return [event async for event in EventSource(response).aiter_sse() if event.data or event.event != "message"]


def result(happened: list[ServerSentEvent]) -> list[object]:
    """Return the data of all `next` events; assert that the stream completes after them."""
    assert [event.event for event in happened] == ["next"] * (len(happened) - 1) + ["complete"]
    return [orjson.loads(event.data).get("data") for event in happened[:-1]]


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_subscription_streams_its_events_with_their_cursors(server: Address, method: str) -> None:
    happened = await events(server, "subscription { count(to: 3) }", method=method)
    assert result(happened) == [{"count": 1}, {"count": 2}, {"count": 3}]
    assert [event.id for event in happened[:-1]] == ["c1", "c2", "c3"]


async def test_event_has_its_cursor_whatever_the_alias(server: Address) -> None:
    happened = await events(server, "subscription { number: count(to: 2) }")
    assert [event.id for event in happened[:-1]] == ["c1", "c2"]


async def test_stream_resumes_after_the_last_event_id(server: Address) -> None:
    for query in ("subscription { count(to: 4) }", "subscription ($after: Int! = 1) { count(to: 4, after: $after) }"):
        assert result(await events(server, query, last_event_id="c2")) == [{"count": 3}, {"count": 4}]


@pytest.mark.parametrize("query", ["{ hello }", 'mutation { rename(name: "x") }'])
async def test_other_operations_stream_their_one_result(server: Address, query: str) -> None:
    assert len(result(await events(server, query))) == 1


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription ($x: Int!) { count(to: $x) }", "BAD_USER_INPUT"),
        ("subscription { soldOut }", "FORBIDDEN"),
        ("subscription { breaks(after: 0) }", "INTERNAL_SERVER_ERROR"),
        ("{ slow(seconds: 30) }", "SERVICE_UNAVAILABLE"),
    ],
)
async def test_failure_is_sent_as_an_event(server: Address, query: str, code: str) -> None:
    happened = await events(server, query)
    assert [event.event for event in happened] == ["next", "complete"]
    assert orjson.loads(happened[0].data)["errors"][0]["extensions"]["code"] == code
    assert SECRET not in happened[0].data


async def test_malformed_request_gets_no_event_stream(server: Address) -> None:
    async with stream(server, "{ hello }", variables=[1]) as response:
        assert (response.status_code, response.headers["content-type"]) == (400, "application/json; charset=utf-8")


async def test_disconnected_client_ends_the_subscription(server: Address, ledger: Ledger) -> None:
    async with stream(server, "subscription { count(pause: 30) }"):
        await until(lambda: ledger.running == 1)
    await until(lambda: ledger.running == 0)


async def test_streams_of_a_stopping_server_end_without_complete(ledger: Ledger) -> None:
    with ExitStack() as stopping:
        stopped = stopping.enter_context(serving(shop(ledger, POLICY)))
        async with stream(stopped, "subscription { count(pause: 30) }") as response, signed_in(stopped) as socket:
            await until(lambda: ledger.running == 1)
            await asyncio.to_thread(stopping.close)
            assert await named(response) == []
            assert (await socket.closed())[0] == 1012
    assert ledger.running == 0


async def test_number_of_streams_per_member_is_limited(server: Address, ledger: Ledger) -> None:
    endless = "subscription { count(pause: 30) }"
    async with (
        stream(server, endless, "customer-carl"),
        stream(server, endless, "customer-carl"),
        stream(server, endless, "customer-carl") as one_too_many,
    ):
        assert one_too_many.status_code == 429
    await until(lambda: ledger.running == 0)


async def test_stream_ends_without_complete_when_its_token_expires(server: Address, ledger: Ledger) -> None:
    assert await events(server, "subscription { count(pause: 30) }", token="brief-dora") == []
    await until(lambda: ledger.running == 0)


async def test_expired_token_opens_no_stream_though_queries_are_answered_within_the_leeway(server: Address) -> None:
    async with stream(server, "subscription { count(pause: 30) }", "late-dora") as refused:
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"] == "Bearer"
    assert result(await events(server, "{ hello }", token="late-dora")) == [{"hello": "Hello world"}]


@pytest.mark.parametrize("after", [0, 2])
async def test_failure_of_a_subscription_that_passes_ends_the_stream_without_complete(server: Address, after: int) -> None:
    happened = await events(server, f"subscription {{ closes(after: {after}) }}")
    assert [orjson.loads(event.data) for event in happened] == [
        {"data": {"closes": number}, "extensions": {"cost": 0}} for number in range(after)
    ]


async def test_stream_ends_without_complete_when_its_member_loses_the_right(server: Address, ledger: Ledger) -> None:
    async with stream(server, "subscription { count(pause: 30) }", "customer-eve") as response:
        ledger.revoked.add("eve")
        assert await named(response) == []


async def test_idle_stream_is_kept_alive_and_sent_its_position(server: Address) -> None:
    query = "subscription { count(after: 7, to: 9, pause: 30) }"
    record: list[str] = []
    async with stream(server, query) as response:
        async for line in response.aiter_lines():
            record.append(line)
            if ":" in record and "id: c7" in record:
                break
    assert "event: next" not in record
