"""Clients that hold a WebSocket open and count what they are told, as few bytes and as little work each as it takes."""

import asyncio
import json
from typing import Any, Final, cast

AT_ONCE: Final = 20
"""So many open their sockets at once."""
_UPGRADE: Final = (
    b"GET /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
    b"sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-version: 13\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n"
)


class Scenario:
    """Everybody who listens, and when the last of them was told."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listeners: list[_Listener] = []
        self._waiting = 0
        self._told = asyncio.Event()

    async def join(self, count: int, *first_messages: Any) -> None:
        """So many more open a socket and send these messages; each is answered once, by an acknowledgement."""
        for start in range(0, count, AT_ONCE):
            await asyncio.gather(*(self._join(first_messages) for _ in range(start, min(count, start + AT_ONCE))))

    async def _join(self, first_messages: tuple[Any, ...]) -> None:
        loop = asyncio.get_running_loop()
        _, listener = await loop.create_connection(lambda: _Listener(self, first_messages), "127.0.0.1", self._port)
        self._listeners.append(listener)
        await listener.acknowledged.wait()

    async def told(self) -> None:
        """Wait until every one of them was told once more."""
        self._told.clear()
        self._waiting = len(self._listeners)
        await self._told.wait()

    def count(self) -> None:
        """One more was told."""
        self._waiting -= 1
        if self._waiting == 0:
            self._told.set()

    def leave(self) -> None:
        """Everybody goes, without a word."""
        for listener in self._listeners:
            listener.transport.abort()


class _Listener(asyncio.Protocol):
    transport: asyncio.Transport

    def __init__(self, scenario: Scenario, first_messages: tuple[Any, ...]) -> None:
        self.acknowledged = asyncio.Event()
        self._crowd = scenario
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
                self._crowd.count()
            elif b'"connection_ack"' in payload:
                self.acknowledged.set()

    def _next(self) -> bytes | None:
        """The payload of the next whole frame."""
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
    """A text frame of a client; a mask of zeros changes nothing."""
    length = bytes([128 | len(payload)]) if len(payload) < 126 else bytes([128 | 126]) + len(payload).to_bytes(2)
    return b"\x81" + length + bytes(4) + payload
