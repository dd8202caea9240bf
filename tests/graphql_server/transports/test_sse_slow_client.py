"""An idle event stream whose client does not read."""

import asyncio
import time
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from starlette.requests import Request
from starlette.types import Message

from gql_leads.graphql_server.execution.subscriptions import Payload
from gql_leads.graphql_server.policy import Policy
from gql_leads.graphql_server.transports import sse


async def nothing() -> AsyncIterator[Payload]:
    await asyncio.Event().wait()
    yield Payload(b"never")


async def silence() -> Message:
    await asyncio.Event().wait()
    return {}


async def test_idle_stream_that_is_not_read_ends_at_its_next_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "CLOSE_TIMEOUT", 0.01)
    sent: list[Message] = []
    begun = asyncio.Event()

    async def send(message: Message) -> None:
        sent.append(message)
        begun.set()
        if message["type"] != "http.response.start":
            await asyncio.Event().wait()

    operation: Any = SimpleNamespace(allowance=None)
    stream = sse.EventStream(operation, None, send, None, Policy(send_timeout=0.01))
    running = asyncio.create_task(stream.run(nothing(), Request({"type": "http"}, silence)))
    await begun.wait()
    stream.on_tick(time.monotonic() + 1_000)
    async with asyncio.timeout(60):
        await running
    assert [cast("bytes", message.get("body")) for message in sent] == [None, sse.COMMENT, b""]
