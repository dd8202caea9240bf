"""What a connection whose client takes nothing may cost: how long it is kept, and how much waits for it."""

import asyncio
import socket
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

LONGEST_UNSENT: Final = 45_000
"""Milliseconds that something sent may stay unacknowledged; then the connection is given up, and what waits in its buffers is freed."""


class ImpatientProtocol(HttpToolsProtocol):
    """HTTP, and what is upgraded from it, on connections that end when their client has vanished or never reads again."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin, and have the system watch."""
        super().connection_made(transport)
        connection: Any = transport.get_extra_info("socket")
        if connection is not None and hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, LONGEST_UNSENT)


class BoundedWebSocket(WebSocketsSansIOProtocol):
    """A WebSocket on which nothing piles up: what the application sends waits until it can be written, and pongs are left out."""

    def handle_ping(self) -> None:
        """Answer, unless the client does not read its answers: their number is its own choice."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()  # taken, and dropped
