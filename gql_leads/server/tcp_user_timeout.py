"""TCP_USER_TIMEOUT: the kernel closes connections whose sent data stays unacknowledged."""

import asyncio
import socket
from typing import Any, Final

HTTP_TIMEOUT_MS: Final = 30_000
"""Milliseconds. An event stream sends a comment every 12 s, so one whose client has disappeared is freed within 45 s."""
WEBSOCKET_TIMEOUT_MS: Final = 45_000
"""Milliseconds for WebSockets. Longer than the 30 s after which one is closed with a code, so that the client can still receive it."""


def set_tcp_user_timeout(transport: asyncio.Transport, milliseconds: int) -> None:
    """Set the timeout of a connection, where the operating system supports it."""
    connection: Any = transport.get_extra_info("socket")
    if connection is not None and hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
