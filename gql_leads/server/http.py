"""Uvicorn's HTTP protocol with timeouts and limits for clients that are slow, silent or send malformed requests."""

import asyncio
import re
from collections.abc import Callable
from typing import Any, Final

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from gql_leads.server.fair_reads import FairReads
from gql_leads.server.tcp_user_timeout import HTTP_TIMEOUT_MS, set_tcp_user_timeout

HEAD_TIMEOUT: Final = 10.0
"""Seconds in which the head of the next request must arrive."""
MAX_HEAD_FACTOR: Final = 4
"""Multiple of the header limit that is still read, so that the response can be 400 for too large headers."""
HTTP_2: Final = re.compile(rb"\r\nupgrade:[ \t]*h2c[ \t]*(?=\r\n|$)", re.IGNORECASE)


class BufferAwareFlowControl(FlowControl):
    """Flow control that does not resume reading while received data is buffered."""

    def __init__(self, transport: asyncio.Transport, is_buffering: Callable[[], bool]) -> None:
        super().__init__(transport)
        self._is_buffering = is_buffering

    def resume_reading(self) -> None:
        """Resume reading, or note that it may resume once the buffer is empty."""
        if self._is_buffering():
            self.read_paused = False
        else:
            super().resume_reading()


class TimeoutProtocol(FairReads, HttpToolsProtocol):
    """HTTP, and upgrades from it, with a timeout for each phase in which the client must send or read."""

    _active_cycle: RequestResponseCycle | None = None
    """The request that is being answered, or the last one; pipelined requests wait for it."""
    _unread: int = 0
    """Bytes received since the last complete head or part of a body."""
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Start the connection with its TCP user timeout and the timeout for the first head."""
        super().connection_made(transport)
        self.flow = BufferAwareFlowControl(transport, lambda: bool(self._buffered))
        set_tcp_user_timeout(transport, HTTP_TIMEOUT_MS)
        self._start_head_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Drop buffered data and disconnect the active request."""
        self._buffered = b""
        self._stop_head_timer()
        self._disconnect_active()
        super().connection_lost(exc)

    def _can_process(self) -> bool:
        return not self.pipeline  # or the client would decide how many requests are kept in memory

    def _process(self, chunk: bytes) -> None:
        """Process a chunk; refuse a head or trailers that exceed the limit."""
        if self._head_timer is not None and b"h2c" in chunk:
            # Java's client offers HTTP/2 with its first request, for which the parser would drop the body.
            head, end, rest = chunk.partition(b"\r\n\r\n")
            chunk = HTTP_2.sub(b"", head) + end + rest
        self._unread += len(chunk)
        HttpToolsProtocol.data_received(self, chunk)
        if self._unread > MAX_HEAD_FACTOR * (self.config.h11_max_incomplete_event_size or 0) and not self.transport.is_closing():
            self.send_400_response("The header fields are too large.")

    def _resume_reading(self) -> None:
        if not self._buffered and not self.flow.read_paused:
            self.transport.resume_reading()

    def eof_received(self) -> bool | None:  # type: ignore[override]  # as asyncio has it
        """On half-close, finish the pending response before the connection is closed."""
        cycle = self._active_cycle
        if cycle is None or cycle.response_started or cycle.more_body:
            return None
        self.cycle.keep_alive = False
        return True

    def send_400_response(self, msg: str) -> None:
        """Refuse a malformed request, and disconnect the active one of this connection."""
        self._disconnect_active()
        super().send_400_response(msg)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add a header field; ignore a trailer, which must not be taken for a header such as `Authorization`."""
        if self.cycle is None or self.cycle.scope is not self.scope:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Start a request; refuse an unsupported version or transfer coding, and anything but one `Host` in HTTP/1.1."""
        version, hosts = self.parser.get_http_version(), sum(name == b"host" for name, _ in self.headers)
        if version not in {"1.0", "1.1"} or hosts > 1 or (version == "1.1" and not hosts):
            raise InvalidHead
        if [value.lower() for name, value in self.headers if name == b"transfer-encoding"] not in ([], [b"chunked"]):
            raise InvalidHead
        self._stop_head_timer()
        self._unread = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Add a part of a body."""
        self._unread = 0
        super().on_body(body)

    def handle_websocket_upgrade(self) -> None:
        """Start a WebSocket; refuse it while a response is pending, which would be written between the frames."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.send_400_response("Wait for the answer before opening a socket.")
        else:
            self._buffered = b""  # a client must not send frames before the response to the upgrade
            super().handle_websocket_upgrade()

    def on_response_complete(self) -> None:
        """Continue with the buffered request, or start the timeout for the next head."""
        super().on_response_complete()
        if self._buffered and self._can_process():
            self._schedule_rest()
        if self.timeout_keep_alive_task is not None:
            self._start_head_timer()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._active_cycle = cycle
        super()._start_asgi_task(cycle, app)

    def _disconnect_active(self) -> None:
        # Uvicorn disconnects only the last request; an earlier one would write to a closed connection.
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
    """A head that is not a valid request; raised in a parser callback, which reports it as a parser error."""
