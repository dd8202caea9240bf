"""How long the system keeps trying to send to a client that takes nothing."""

import asyncio
import socket
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

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
