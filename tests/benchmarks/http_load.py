"""HTTP/1.1 load generator: 16 keep-alive connections, each sending its next request after the response to the last."""

import asyncio
import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from itertools import cycle
from typing import Any, Final, NamedTuple, cast

import uvloop

CONNECTIONS: Final = 16
TIMEOUT_SECONDS: Final = 15.0
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


def request(body: Mapping[str, Any], token: str | None = None) -> bytes:
    """Return the bytes of a POST request to `/graphql`."""
    content = json.dumps(body).encode()
    authorization = f"authorization: Bearer {token}\r\n" if token else ""
    head = "POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
    return f"{head}{authorization}content-length: {len(content)}\r\n\r\n".encode() + content


class LoadResult(NamedTuple):
    """Number of completed requests, and the seconds they took."""

    requests: int
    seconds: float


def run(port: int, requests: Iterable[bytes], seconds: float) -> LoadResult:
    """Send these requests in turn for some seconds, at least until one is completed."""
    return uvloop.run(_run(port, cycle(requests), seconds))


def fetch_data(port: int, request: bytes) -> Any:
    """Send one request and return the `data` of its response."""
    return json.loads(uvloop.run(send(port, request)))["data"]


async def send(port: int, sent: bytes) -> bytes:
    """Send one request and return the body of its response."""
    client = await _connect(port, iter([sent]))
    async with asyncio.timeout(TIMEOUT_SECONDS):
        await client.done
    return client.last


async def _run(port: int, requests: Iterator[bytes], seconds: float) -> LoadResult:
    clients = [await _connect(port, requests) for _ in range(CONNECTIONS)]
    started = time.perf_counter()
    await asyncio.sleep(seconds)
    async with asyncio.timeout(TIMEOUT_SECONDS):
        await asyncio.wait([client.first for client in clients], return_when=asyncio.FIRST_COMPLETED)
    result = LoadResult(sum(client.completed for client in clients), time.perf_counter() - started)
    for client in clients:
        client.transport.abort()
    for client in clients:
        await client.done
    return result


async def _connect(port: int, requests: Iterator[bytes]) -> "_Client":
    _, client = await asyncio.get_running_loop().create_connection(lambda: _Client(requests), "127.0.0.1", port)
    return client


class _Client(asyncio.Protocol):
    transport: asyncio.Transport

    def __init__(self, requests: Iterator[bytes]) -> None:
        self.completed = 0
        self.last = b""
        self.first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._requests = requests
        self._received = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's transports do not inherit from asyncio.Transport
        self._send_next()

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        length = _LENGTH.search(bytes(self._received[:end]))  # a copy: a bytearray with a live match cannot be cleared
        assert length is not None
        if len(self._received) < end + 4 + int(length[1]):
            return
        assert self._received.startswith(b"HTTP/1.1 20"), bytes(self._received[:2000])
        self.completed += 1
        if not self.first.done():
            self.first.set_result(None)
        self.last = bytes(self._received[end + 4 :])
        self._received.clear()
        self._send_next()

    def connection_lost(self, _: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)

    def _send_next(self) -> None:
        sent = next(self._requests, None)
        if sent is None:
            self.transport.close()
        else:
            self.transport.write(sent)
