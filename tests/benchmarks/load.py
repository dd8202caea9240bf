"""Many clients at once, each sending its next request when it has the answer to the last: HTTP/1.1, kept alive."""

import asyncio
import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle
from typing import Any, Final, NamedTuple, cast

import uvloop

CONNECTIONS: Final = 16
TIMEOUT_SECONDS: Final = 15.0
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


def request(body: Mapping[str, Any], token: str | None = None) -> bytes:
    """A request to `/graphql` as it goes over the wire."""
    content = json.dumps(body).encode()
    authorization = f"authorization: Bearer {token}\r\n" if token else ""
    head = "POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
    return f"{head}{authorization}content-length: {len(content)}\r\n\r\n".encode() + content


class Answered(NamedTuple):
    """How many requests were answered, in how many seconds."""

    requests: int
    seconds: float


def run(port: int, requests: Sequence[bytes], seconds: float) -> Answered:
    """Send these requests in turn for so long, or until one was answered where that takes longer."""
    return uvloop.run(_run(port, cycle(requests), seconds))


def once(port: int, request: bytes) -> Any:
    """The data of one answer."""
    return json.loads(uvloop.run(ask(port, request)))["data"]


async def ask(port: int, sent: bytes) -> bytes:
    """One answer, whole."""
    client = await _connected(port, iter([sent]))
    async with asyncio.timeout(TIMEOUT_SECONDS):
        await client.done
    return client.last


async def _run(port: int, requests: Iterator[bytes], seconds: float) -> Answered:
    clients = [await _connected(port, requests) for _ in range(CONNECTIONS)]
    started = time.perf_counter()
    await asyncio.sleep(seconds)
    async with asyncio.timeout(TIMEOUT_SECONDS):
        await asyncio.wait([client.first for client in clients], return_when=asyncio.FIRST_COMPLETED)
    answered = Answered(sum(client.answered for client in clients), time.perf_counter() - started)
    for client in clients:
        client.transport.abort()
    for client in clients:
        await client.done
    return answered


async def _connected(port: int, requests: Iterator[bytes]) -> "_Client":
    _, client = await asyncio.get_running_loop().create_connection(lambda: _Client(requests), "127.0.0.1", port)
    return client


class _Client(asyncio.Protocol):
    transport: asyncio.Transport

    def __init__(self, requests: Iterator[bytes]) -> None:
        self.answered = 0
        self.last = b""
        self.first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._requests = requests
        self._received = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop has classes of its own
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        found = _LENGTH.search(bytes(self._received[:end]))  # a copy: what is searched cannot be emptied
        assert found is not None
        if len(self._received) < end + 4 + int(found[1]):
            return
        assert self._received.startswith(b"HTTP/1.1 200"), bytes(self._received[:2000])
        self.answered += 1
        if not self.first.done():
            self.first.set_result(None)
        self.last = bytes(self._received[end + 4 :])
        self._received.clear()
        self._ask()

    def connection_lost(self, _: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)

    def _ask(self) -> None:
        sent = next(self._requests, None)
        if sent is None:
            self.transport.close()
        else:
            self.transport.write(sent)
