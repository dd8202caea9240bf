"""Minimal WebSocket clients that count the messages they receive, with little memory and CPU time per client."""

import asyncio
import json
from typing import Any, Final, cast

CONCURRENCY: Final = 20
"""Number of sockets that are opened at the same time."""
_UPGRADE: Final = (
    b"GET /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
    b"sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-version: 13\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n"
)


class Subscribers:
    """A group of WebSocket clients, with an event for the moment when all of them received one more message."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._clients: list[_Client] = []
        self._missing = 0
        self._delivered = asyncio.Event()

    async def join(self, count: int, *first_messages: Any) -> None:
        """Open `count` more sockets and send these messages on each; wait for the `connection_ack` of each."""
        for start in range(0, count, CONCURRENCY):
            await asyncio.gather(*(self._join(first_messages) for _ in range(start, min(count, start + CONCURRENCY))))

    async def _join(self, first_messages: tuple[Any, ...]) -> None:
        loop = asyncio.get_running_loop()
        _, client = await loop.create_connection(lambda: _Client(self, first_messages), "127.0.0.1", self._port)
        self._clients.append(client)
        await client.acknowledged.wait()

    async def wait_for_delivery(self) -> None:
        """Wait until every client has received one more message."""
        self._delivered.clear()
        self._missing = len(self._clients)
        await self._delivered.wait()

    def count(self) -> None:
        """Count one received message."""
        self._missing -= 1
        if self._missing == 0:
            self._delivered.set()

    def abort(self) -> None:
        """Close every socket without a closing handshake."""
        for client in self._clients:
            client.transport.abort()


class _Client(asyncio.Protocol):
    transport: asyncio.Transport

    def __init__(self, group: Subscribers, first_messages: tuple[Any, ...]) -> None:
        self.acknowledged = asyncio.Event()
        self._group = group
        self._messages = first_messages
        self._received = b""
        self._is_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(_UPGRADE)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._is_open:
            head, separator, rest = self._received.partition(b"\r\n\r\n")
            if not separator:
                return
            assert head.startswith(b"HTTP/1.1 101"), head
            self._is_open, self._received = True, rest
            self.transport.write(b"".join(_frame(json.dumps(one).encode()) for one in self._messages))
        while (payload := self._next()) is not None:
            if b'"next"' in payload:
                self._group.count()
            elif b'"connection_ack"' in payload:
                self.acknowledged.set()

    def _next(self) -> bytes | None:
        """Return the payload of the next complete frame, or None."""
        received = self._received
        if len(received) < 2:
            return None
        start, length = 2, received[1] & 127
        if length == 126:
            start, length = 4, int.from_bytes(received[2:4])
        elif length == 127:
            start, length = 10, int.from_bytes(received[2:10])
        if len(received) < start + length:
            return None
        self._received = received[start + length :]
        return received[start : start + length]


def _frame(payload: bytes) -> bytes:
    """Return a client's text frame; its mask of zeros leaves the payload as it is."""
    length = bytes([128 | len(payload)]) if len(payload) < 126 else bytes([128 | 126]) + len(payload).to_bytes(2)
    return b"\x81" + length + bytes(4) + payload
