"""Responses to HTTP/1.0, to a client that still sends, and of a cancelled request."""

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)
"""The value of SO_LINGER with which a connection is closed by a reset."""


async def answer_request(app: Any, cycle: RequestResponseCycle, linger: Callable[[], None], scope: Any, receive: Any, send: Any) -> None:
    """Run the application for a request; `linger` closes the connection of a client that still sends.

    A request whose task is cancelled, because the server stops, is answered 503, or its connection is closed.
    """
    is_http_1_0 = scope["http_version"] == "1.0"
    if is_http_1_0 or cycle.more_body:
        send = Response(cycle, linger, is_http_1_0).send
    try:
        await app(scope, receive, send)
    except asyncio.CancelledError:
        if not cycle.response_started:
            await send_stopping(send)
        elif not cycle.response_complete:
            cycle.disconnected = True  # or uvicorn logs an error
            close_incomplete(cycle, is_http_1_0)
    except BaseException:
        if cycle.response_started and not cycle.response_complete and is_http_1_0:
            close_incomplete(cycle, is_http_1_0)
        raise


class Response:
    """A response to HTTP/1.0, which has no chunks, or to a request whose body has not arrived completely."""

    def __init__(self, cycle: RequestResponseCycle, linger: Callable[[], None], is_http_1_0: bool) -> None:
        self._cycle = cycle
        self._linger = linger
        self._is_http_1_0 = is_http_1_0
        self._ends_with_connection = False

    async def send(self, message: Any) -> None:
        """Send a message; a body of unknown length goes to HTTP/1.0 as it is, and ends with the connection."""
        cycle = self._cycle
        if message["type"] == "http.response.start":
            if self._is_http_1_0 and not any(name.lower() == b"content-length" for name, _ in message["headers"]):
                self._ends_with_connection = True
                cycle.chunked_encoding = False
            await cycle.send(message)
            return
        if self._ends_with_connection:
            cycle.expected_content_length = len(message.get("body", b""))
        lingers = cycle.more_body and not cycle.keep_alive and not message.get("more_body", False)
        if lingers:
            cycle.keep_alive = True  # or uvicorn closes the connection at once, and the unread body resets it
        await cycle.send(message)
        if lingers:
            cycle.keep_alive = False
            self._linger()


async def send_stopping(send: Any) -> None:
    """Send the response of a request that the server could not finish before it stops."""
    body = b"The server stops. Try again.\n"
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(body)), (b"retry-after", b"1")]
    await send({"type": "http.response.start", "status": 503, "headers": [*headers, (b"connection", b"close")]})
    await send({"type": "http.response.body", "body": body})


def close_incomplete(cycle: RequestResponseCycle, is_http_1_0: bool) -> None:
    """Close a connection in the middle of a response; reset it if its end would look like the end of the body."""
    connection: Any = cycle.transport.get_extra_info("socket")
    if is_http_1_0 and connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        cycle.transport.abort()
    else:
        cycle.transport.close()
