"""Broadcasts over real WebSockets and event streams."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import orjson
import pytest
from httpx_sse import EventSource, ServerSentEvent
from starlette.applications import Starlette
from websockets.exceptions import ConnectionClosed

from gql_leads.graphql_server.policy import Policy
from tests.graphql_server.news_schema import NewsLog, news_app
from tests.graphql_server.server import TIMEOUT, Address, Dialogue, serving, signed_in, until

NEWS = "subscription ($after: Int, $topic: Topic) { news(after: $after, topic: $topic) { number text } }"
LONG_SOURCE = "subscription ($after: Int) { news(after: $after) { number long } }"


@pytest.fixture
def app(log: NewsLog) -> Starlette:
    return news_app(log, Policy(send_timeout=3.0))


@pytest.fixture
def server(app: Starlette) -> Iterator[Address]:
    with serving(app) as address:
        yield address


@asynccontextmanager
async def event_stream(server: Address, last_event_id: str = "") -> AsyncIterator[AsyncIterator[ServerSentEvent]]:
    headers = {"accept": "text/event-stream", "authorization": "Bearer customer-sue", "last-event-id": last_event_id}
    async with (
        asyncio.timeout(TIMEOUT),
        httpx.AsyncClient(headers=headers, timeout=TIMEOUT) as http,
        http.stream("POST", server.http, json={"query": NEWS}) as response,
    ):
        yield EventSource(response).aiter_sse()


async def numbers(socket: Dialogue, last: int) -> list[int]:
    """Read the numbers of the news up to this one."""
    found: list[int] = []
    while not found or found[-1] < last:
        message = await socket.receive()
        if message["type"] == "next":
            found.append(message["payload"]["data"]["news"]["number"])
    return found


def members(app: Starlette) -> int:
    return sum(broadcast.members for broadcast in app.state.endpoint._websocket.broadcasts._open.values())


async def test_websockets_and_event_streams_share_one_execution(server: Address, log: NewsLog, app: Starlette) -> None:
    async with signed_in(server) as ann, signed_in(server, "customer-bob") as bob, event_stream(server) as sue:
        await ann.send("subscribe", 'a "quoted" id', query=NEWS)
        await bob.send("subscribe", "ü", query=NEWS)
        await until(lambda: members(app) == 3)
        log.news = 1
        payload: dict[str, Any] = {
            "data": {"news": {"number": 1, "text": "News 1 for plain readers"}}, "extensions": {"cost": 0},
        }  # fmt: skip
        assert await ann.receive() == {"type": "next", "id": 'a "quoted" id', "payload": payload}
        assert await bob.receive() == {"type": "next", "id": "ü", "payload": payload}
        event = await anext(sue)
        assert (event.event, event.id, orjson.loads(event.data)) == ("next", "1", payload)
        assert log.resolved == 1
    await until(lambda: log.running == 0)


async def test_idle_subscriber_is_sent_the_position_of_its_broadcast(log: NewsLog) -> None:
    with serving(news_app(log, Policy(heartbeat=1.0))) as server:
        async with signed_in(server) as ann:
            await ann.send("subscribe", "s", query=NEWS, variables={"topic": {"even": True}})
            await until(lambda: log.running == 1)
            log.news = 1
            result: dict[str, Any] = {"type": "ping", "payload": {"id": "s", "cursor": "0"}}
            while result == {"type": "ping", "payload": {"id": "s", "cursor": "0"}}:  # before the news is delivered
                result = await ann.receive()
            assert result == {"type": "ping", "payload": {"id": "s", "cursor": "1"}}


async def test_client_that_does_not_read_is_closed_alone_and_resumes(server: Address, log: NewsLog, app: Starlette) -> None:
    async with signed_in(server) as slow, signed_in(server, "customer-bob") as quick:
        for socket in (slow, quick):
            await socket.send("subscribe", "s", query=LONG_SOURCE, variables={"after": 0})
        await until(lambda: log.running == 1)
        slow.connection.transport.pause_reading()
        while len(app.state.endpoint._open_streams) == 2:
            result = log.news
            log.news += 20
            assert await numbers(quick, log.news) == list(range(result + 1, log.news + 1))
        slow.connection.transport.resume_reading()
        read: list[int] = []
        with suppress(ConnectionClosed):
            while True:
                message = await slow.receive()
                if message["type"] == "next":
                    read.append(message["payload"]["data"]["news"]["number"])
        assert (await slow.closed())[0] == 4508
        assert read == list(range(1, len(read) + 1))
        async with signed_in(server) as again:
            await again.send("subscribe", "s", query=LONG_SOURCE, variables={"after": read[-1]})
            assert await numbers(again, log.news) == list(range(len(read) + 1, log.news + 1))


async def test_subscribers_of_a_broadcast_join_and_leave(server: Address, log: NewsLog) -> None:
    async def follow(number: int) -> list[int]:
        async with signed_in(server, f"customer-{number}") as socket:
            await socket.send("subscribe", "s", query=NEWS, variables={"after": number})
            return await numbers(socket, 60 + number)

    log.news = 20
    following = [asyncio.create_task(follow(number)) for number in range(20)]
    while log.news < 100:
        log.news += 1
        await asyncio.sleep(0.002)
    for number, result in enumerate(await asyncio.gather(*following)):
        assert result == list(range(number + 1, 61 + number))
    await until(lambda: log.running == 0)
