"""How long what was sent may stay unacknowledged; then the connection is given up, and what waits in its buffers is freed."""

import asyncio
import socket
from typing import Any, Final

HTTP_TIMEOUT_MS: Final = 30_000
"""Milliseconds. An event stream sends a comment every 12 s, so that one whose client has vanished is freed within 45 s."""
WEBSOCKET_TIMEOUT_MS: Final = 45_000
"""The same of a socket, which is closed with a code after 30 s: a client that reads again may still learn it. It is pinged every 20 s."""


def set_tcp_user_timeout(transport: asyncio.Transport, milliseconds: int) -> None:
    """Have the system watch."""
    connection: Any = transport.get_extra_info("socket")
    if connection is not None and hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
