"""HTTP on connections that end when their client has vanished, dawdles or never reads again."""

import asyncio
import re
from collections.abc import Callable
from typing import Any, Final

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from gql_leads.server.fair_reads import FairReads
from gql_leads.server.tcp_user_timeout import HTTP_TIMEOUT_MS, set_tcp_user_timeout

HEAD_TIMEOUT: Final = 10.0
"""Seconds without a request under way in which the next one's head must arrive."""
MAX_HEAD_FACTOR: Final = 4
"""How often the largest headers that are answered may be read: who sends more at once is still told that it is too much."""
HTTP_2: Final = re.compile(rb"\r\nupgrade:[ \t]*h2c[ \t]*(?=\r\n|$)", re.IGNORECASE)


class Reading(FlowControl):
    """Whether a connection is read, which it is not as long as something that was read is held."""

    def __init__(self, transport: asyncio.Transport, is_held: Callable[[], bool]) -> None:
        super().__init__(transport)
        self._is_held = is_held

    def resume_reading(self) -> None:
        """Read on, now or later."""
        if self._is_held():
            self.read_paused = False
        else:
            super().resume_reading()


class TimeoutProtocol(FairReads, HttpToolsProtocol):
    """HTTP, and what is upgraded from it, on connections that end when their client has vanished, dawdles or never reads again."""

    _active_cycle: RequestResponseCycle | None = None
    """The request whose answer is under way or was the last; those behind it wait."""
    _unread: int = 0
    """Bytes received since a head was complete or a part of a body came."""
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin, and have the system watch."""
        super().connection_made(transport)
        self.flow = Reading(transport, lambda: bool(self._buffered))
        set_tcp_user_timeout(transport, HTTP_TIMEOUT_MS)
        self._start_head_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """End, and let nobody write any more."""
        self._buffered = b""
        self._stop_head_timer()
        self._disconnect_active()
        super().connection_lost(exc)

    def _can_process(self) -> bool:
        return not self.pipeline  # else its client would choose how many requests are kept in memory

    def _take(self, part: bytes) -> None:
        """Take in a part of a request, unless its head or trailers have no end."""
        if self._head_timer is not None and b"h2c" in part:
            # Java's client asks for HTTP/2 with whatever it asks first, and the parser would drop the body for it.
            head, end, rest = part.partition(b"\r\n\r\n")
            part = HTTP_2.sub(b"", head) + end + rest
        self._unread += len(part)
        HttpToolsProtocol.data_received(self, part)
        if self._unread > MAX_HEAD_FACTOR * (self.config.h11_max_incomplete_event_size or 0) and not self.transport.is_closing():
            self.send_400_response("The header fields are too large.")

    def _resume_reading(self) -> None:
        if not self._buffered and not self.flow.read_paused:
            self.transport.resume_reading()

    def eof_received(self) -> bool | None:  # type: ignore[override]  # as asyncio has it
        """Close, but first answer a client that has asked everything and only says that it will send no more."""
        cycle = self._active_cycle
        if cycle is None or cycle.response_started or cycle.more_body:
            return None
        self.cycle.keep_alive = False
        return True

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request, and with it whatever is under way on this connection."""
        self._disconnect_active()
        super().send_400_response(msg)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take in a field of the head; one behind the body is none, and must not be taken for who asks."""
        if self.cycle is None or self.cycle.scope is not self.scope:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin with a request, if it says once whom it is for, in a version and a coding that are served here."""
        version, hosts = self.parser.get_http_version(), sum(name == b"host" for name, _ in self.headers)
        if version not in {"1.0", "1.1"} or hosts > 1 or (version == "1.1" and not hosts):
            raise InvalidHead
        if [value.lower() for name, value in self.headers if name == b"transfer-encoding"] not in ([], [b"chunked"]):
            raise InvalidHead
        self._stop_head_timer()
        self._unread = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take in a part of a body."""
        self._unread = 0
        super().on_body(body)

    def handle_websocket_upgrade(self) -> None:
        """Open a socket, unless an answer is under way: it would go on between the frames, and never learn that its client has left."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.send_400_response("Wait for the answer before opening a socket.")
        else:
            self._buffered = b""  # nothing may come before its answer
            super().handle_websocket_upgrade()

    def on_response_complete(self) -> None:
        """Begin with the request that waits, or wait for one."""
        super().on_response_complete()
        if self._buffered and self._can_process():
            self._schedule_rest()
        if self.timeout_keep_alive_task is not None:
            self._start_head_timer()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._active_cycle = cycle
        super()._start_asgi_task(cycle, app)

    def _disconnect_active(self) -> None:
        # Uvicorn does so for the last request alone, and others before it would write where nothing is any more.
        if self._active_cycle is not None and not self._active_cycle.response_complete:
            self._active_cycle.disconnected = True
            self._active_cycle.message_event.set()

    def _start_head_timer(self) -> None:
        self._stop_head_timer()
        self._head_timer = self.loop.call_later(HEAD_TIMEOUT, self.timeout_keep_alive_handler)

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


class InvalidHead(Exception):
    """This head is no request's. The parser takes it for a mistake of its own kind."""
