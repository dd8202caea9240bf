"""Sending over WebSockets with a fake server that blocks, fails and recovers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from starlette.applications import Starlette
from starlette.types import Message

from gql_leads.graphql_server.policy import Policy
from gql_leads.graphql_server.transports.websocket import SUBPROTOCOL
from tests.graphql_server.news_schema import NewsLog, news_app

NEWS = "subscription { news { number } }"
FROM = "subscription ($after: Int) { news(after: $after) { number } }"


class FakeSocket:
    """A fake ASGI server side of a WebSocket."""

    def __init__(self, app: Starlette) -> None:
        self.sent: list[Message] = []
        self.is_writable = asyncio.Event()
        self.is_writable.set()
        self.failure: Exception | None = None
        self.late_sends = 0
        """Number of further messages that are accepted late, although the socket is not writable."""
        self._received: asyncio.Queue[Message] = asyncio.Queue()
        self._received.put_nowait({"type": "websocket.connect"})
        scope = {"type": "websocket", "path": "/graphql", "headers": [], "subprotocols": [SUBPROTOCOL], "client": None}
        self.task = asyncio.create_task(app.state.endpoint._websocket(scope, self._received.get, self._send))

    def send_message(self, type_: str, id_: str | None = None, **payload: Any) -> None:
        text = orjson.dumps({"type": type_, "payload": payload} | ({"id": id_} if id_ else {})).decode()
        self._received.put_nowait({"type": "websocket.receive", "text": text})

    def disconnect(self) -> None:
        self._received.put_nowait({"type": "websocket.disconnect", "code": 1006})

    def heard(self, type_: str = "next") -> list[Any]:
        texts = [orjson.loads(message["text"]) for message in self.sent if message["type"] == "websocket.send"]
        return [text for text in texts if text["type"] == type_]

    def numbers(self, id_: str = "s") -> list[int]:
        return [message["payload"]["data"]["news"]["number"] for message in self.heard() if message["id"] == id_]

    async def _send(self, message: Message) -> None:
        while not self.is_writable.is_set():
            if self.late_sends:
                self.late_sends -= 1
                await asyncio.sleep(0.01)
                break
            await self.is_writable.wait()
        if self.failure is not None:
            raise self.failure
        self.sent.append(message)


@pytest.fixture
def app(log: NewsLog) -> Starlette:
    return news_app(log, Policy(send_timeout=60.0))


@asynccontextmanager
async def lines(app: Starlette, count: int, *, document: str = NEWS, id_: str = "s", **variables: Any) -> AsyncIterator[list[FakeSocket]]:
    """Open `count` WebSockets that subscribe to the news, and wait until all are attached."""
    before = seats(app), app.state.endpoint.subscribers, app.state.endpoint.open_streams
    made = [FakeSocket(app) for _ in range(count)]
    for number, line in enumerate(made):
        line.send_message("connection_init", Authorization=f"Bearer customer-{number}")
        line.send_message("subscribe", id_, query=document, variables=variables)
    await until(lambda: seats(app) == before[0] + count)
    try:
        yield made
    finally:
        for line in made:
            line.is_writable.set()
            line.disconnect()
        async with asyncio.timeout(60):
            await asyncio.gather(*(line.task for line in made))
        assert (seats(app), app.state.endpoint.subscribers, app.state.endpoint.open_streams) == before


def seats(app: Starlette) -> int:
    return sum(len(broadcast._attached) for broadcast in app.state.endpoint._broadcasts._open.values())


async def until(condition: Any) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - what is tested has no event to wait for
            await asyncio.sleep(0.001)


async def test_operation_that_cannot_be_sent_to_is_detached_and_catches_up(log: NewsLog, app: Starlette) -> None:
    async with lines(app, 3) as (slow, *others):
        slow.is_writable.clear()
        for number in range(1, 11):
            log.news = number
            await until(lambda number=number: all(line.numbers()[-1:] == [number] for line in others))
        assert slow.numbers() == []
        slow.is_writable.set()
        log.news = 15
        await until(lambda: slow.numbers()[-1:] == [15] and seats(app) == 3)
        log.news = 16
        await until(lambda: slow.numbers()[-1:] == [16])
        assert all(line.numbers() == list(range(1, 17)) for line in (slow, *others))


async def test_a_single_late_send_does_not_detach_the_operation(log: NewsLog, app: Starlette) -> None:
    async with lines(app, 2) as (slow, other):
        slow.is_writable.clear()
        log.news = 1
        await until(lambda: other.numbers() == [1])
        assert (seats(app), slow.numbers()) == (2, [])
        slow.is_writable.set()
        await until(lambda: slow.numbers() == [1])
        log.news = 2
        await until(lambda: slow.numbers() == [1, 2])


async def test_message_is_encoded_once_for_all_operations_with_the_same_id(log: NewsLog, app: Starlette) -> None:
    async with lines(app, 2) as shared, lines(app, 1, id_='an "other"') as (other,):
        log.news = 1
        await until(lambda: all(line.heard() for line in (*shared, other)))
        assert shared[0].sent[-1] is shared[1].sent[-1]
        assert other.numbers('an "other"') == [1]


async def test_operation_completed_during_a_blocked_send_leaves_no_message_for_its_id(log: NewsLog, app: Starlette) -> None:
    async with lines(app, 2) as (slow, other):
        slow.is_writable.clear()
        log.news = 1
        await until(lambda: other.numbers() == [1])
        slow.send_message("complete", "s")
        await until(lambda: seats(app) == 1)
        slow.send_message("subscribe", "s", query=NEWS)
        await until(lambda: seats(app) == 2)
        slow.is_writable.set()
        log.news = 2
        await until(lambda: slow.numbers() and other.numbers() == [1, 2])
        assert slow.numbers() == [2]


@pytest.mark.parametrize("is_behind", [False, True])
async def test_completed_operation_receives_nothing_more(log: NewsLog, app: Starlette, is_behind: bool) -> None:
    async with lines(app, 2) as (line, other):
        if is_behind:
            line.is_writable.clear()
            for number in (1, 2):
                log.news = number
                await until(lambda number=number: other.numbers()[-1:] == [number])
        line.send_message("complete", "s")
        await until(lambda: app.state.endpoint.subscribers == 1)
        line.is_writable.set()
        log.news = 3
        await until(lambda: other.numbers() == [1, 2, 3])
        assert line.numbers() == []


async def test_operation_completed_before_its_start_leaves_no_task(log: NewsLog, app: Starlette) -> None:
    async with lines(app, 1) as (line,):
        line.send_message("subscribe", "t", query=NEWS)
        line.send_message("complete", "t")
        line.send_message("ping")
        await until(lambda: line.heard("pong"))
        assert app.state.endpoint.subscribers == 1


@pytest.mark.parametrize("failure", [OSError(), RuntimeError("Unexpected ASGI message")])
@pytest.mark.parametrize("is_late", [False, True])
async def test_failed_send_ends_only_its_own_websocket(log: NewsLog, app: Starlette, failure: Exception, is_late: bool) -> None:
    async with lines(app, 3) as (broken, *others):
        broken.failure = failure
        if is_late:
            broken.is_writable.clear()
        log.news = 1
        await until(lambda: all(line.numbers() == [1] for line in others))
        broken.is_writable.set()
        async with asyncio.timeout(60):
            await broken.task
        log.news = 2
        await until(lambda: all(line.numbers() == [1, 2] for line in others))
        assert app.state.endpoint.open_streams == 2


async def test_websocket_that_is_never_writable_is_closed_4508_and_freed(log: NewsLog) -> None:
    app = news_app(log, Policy(send_timeout=1.0))
    async with lines(app, 2) as (stuck, other):
        stuck.is_writable.clear()
        for number in range(1, 4):
            log.news = number
            await until(lambda number=number: other.numbers()[-1:] == [number])
        await until(lambda: app.state.endpoint.subscribers == 1)
        stuck.is_writable.set()
        async with asyncio.timeout(60):
            await stuck.task
        assert stuck.sent[-1]["code"] == 4508
        assert stuck.numbers() == []


async def test_successful_send_does_not_hide_a_blocked_one(log: NewsLog) -> None:
    app = news_app(log, Policy(send_timeout=1.0))
    async with lines(app, 1) as (stuck,):
        stuck.send_message("subscribe", "t", query=NEWS)
        await until(lambda: seats(app) == 2)
        stuck.is_writable.clear()
        stuck.late_sends = 1
        log.news = 1
        await until(lambda: len(stuck.heard()) == 1)
        await until(lambda: app.state.endpoint.subscribers == 0)
        stuck.is_writable.set()
        async with asyncio.timeout(60):
            await stuck.task
        assert (stuck.sent[-1]["code"], len(stuck.heard())) == (4508, 1)


async def test_position_is_not_sent_before_the_events_up_to_it(log: NewsLog) -> None:
    app = news_app(log, Policy(send_timeout=10_000.0, heartbeat=1_000.0))
    async with lines(app, 1) as (line,):
        line.is_writable.clear()
        log.news = 1
        await until(
            lambda: app.state.endpoint._broadcasts._open and all(g.delivered == 1 for g in app.state.endpoint._broadcasts._open.values())
        )
        await asyncio.sleep(0)
        (socket,) = app.state.endpoint._open_streams._streams()
        socket.on_tick(asyncio.get_running_loop().time() + 2_000)
        line.is_writable.set()
        await until(line.heard)
        socket.on_tick(asyncio.get_running_loop().time() + 4_000)
        await until(lambda: line.heard("ping"))
        assert [message["type"] for message in (orjson.loads(sent["text"]) for sent in line.sent[1:])] == ["connection_ack", "next", "ping"]
        assert line.heard("ping")[0]["payload"] == {"id": "s", "cursor": "1"}


async def test_cancellation_by_the_server_ends_the_websocket(log: NewsLog, app: Starlette) -> None:
    async with lines(app, 1):
        line = FakeSocket(app)
        line.send_message("connection_init", Authorization="Bearer customer-x")
        line.send_message("subscribe", "s", query=FROM, variables={"after": 0})
        await until(lambda: seats(app) == 2)
        line.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await line.task
        assert app.state.endpoint.subscribers == 1
