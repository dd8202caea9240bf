"""Uvicorn's HTTP protocol with timeouts and limits for clients that are slow, silent or send malformed requests."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import httptools
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from gql_leads.server.fair_reads import FairReads
from gql_leads.server.responses import answer_request
from gql_leads.server.shutdown import track_tasks
from gql_leads.server.tcp_user_timeout import HTTP_TIMEOUT_MS, set_tcp_user_timeout

HEAD_TIMEOUT: Final = 10.0
"""Seconds from the first byte of a head to its last; for the first head, from the connection on."""
LINGER_TIMEOUT: Final = 30.0
"""Seconds for which a connection is still read after its last response.

The kernel resets a connection that is closed with unread data, and then the client may lose the response.
"""
MAX_MALFORMED_BYTES: Final = 1_000_000
"""Bytes that are still read after a malformed request; there is no end of it to wait for."""
SHUTDOWN_GRACE: Final = 0.5
"""Seconds for which a stopping server still waits for a request on an open connection: it may be on its way."""
MAX_HEAD_FACTOR: Final = 4
"""Multiple of the header limit that is still read, so that the response can be 400 for too large headers."""


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
    _has_partial_head: bool = False
    _linger_timer: asyncio.TimerHandle | None = None
    """Runs while received data is discarded, after the last response."""
    _may_discard: float = 0
    _is_stopping: bool = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Start the connection with its TCP user timeout and the timeout for the first head."""
        super().connection_made(transport)
        self.flow = BufferAwareFlowControl(transport, lambda: bool(self._buffered))
        set_tcp_user_timeout(transport, HTTP_TIMEOUT_MS)
        track_tasks(self.app_state, self.tasks)
        self._start_head_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Drop buffered data and disconnect the active request."""
        self._buffered = b""
        self._stop_head_timer()
        if self._linger_timer is not None:
            self._linger_timer.cancel()
        self._disconnect_active()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Close the connection after its active request, or after the one that is on its way."""
        self._is_stopping = True
        if self._is_idle():
            self.loop.call_later(SHUTDOWN_GRACE, self._close_idle)
        else:
            super().shutdown()

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _close_idle(self) -> None:
        if self._is_idle() and self in self.connections:  # it is not in there once a WebSocket has taken the connection over
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        """Process data, or discard it after the last response."""
        if self._linger_timer is None:
            super().data_received(data)
            return
        self._may_discard -= len(data)
        if self._may_discard < 0:
            self.transport.close()

    def _can_process(self) -> bool:
        return not self.pipeline  # or the client would decide how many requests are kept in memory

    def _process(self, chunk: bytes) -> None:
        """Process a chunk; refuse a head or trailers that exceed the limit."""
        self._unread += len(chunk)
        self._parse(chunk)
        is_open = self._linger_timer is None and not self.transport.is_closing()
        if is_open and self._unread > MAX_HEAD_FACTOR * (self.config.h11_max_incomplete_event_size or 0):
            self.send_400_response("The header fields are too large.")

    def _parse(self, data: bytes) -> None:
        """Parse data; parse a request with an `Upgrade` other than `websocket` again without it.

        The parser skips the body of a request that it takes for an upgrade.
        """
        while True:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                if not self._should_upgrade():
                    data = self._head_without_upgrade() + data[upgrade.args[0] :]
                    self.parser = httptools.HttpRequestParser(self)
                    self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does
                    continue
                self.handle_websocket_upgrade()
            except httptools.HttpParserError:
                self.send_400_response("Invalid HTTP request received.")
            return

    def _should_upgrade(self) -> bool:
        """Return True if the request opens a WebSocket; RFC 9110, section 7.8, lets a server ignore any other upgrade."""
        offered = [token.strip() for name, value in self.headers if name == b"upgrade" for token in value.lower().split(b",")]
        is_handshake = len(offered) == 1 or any(name == b"sec-websocket-key" for name, _ in self.headers)
        return b"websocket" in offered and is_handshake and self.parser.get_http_version() == "1.1" and self._should_upgrade_to_ws()

    def _head_without_upgrade(self) -> bytes:
        request_line = b"%s %s HTTP/%s\r\n" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())
        return request_line + b"".join(b"%s: %s\r\n" % field for field in self.headers if field[0] != b"upgrade") + b"\r\n"

    def _resume_reading(self) -> None:
        if not self._buffered and not self.flow.read_paused:
            self.transport.resume_reading()

    def eof_received(self) -> bool | None:  # type: ignore[override]  # as asyncio has it
        """On half-close, finish the pending response before the connection is closed."""
        cycle = self._active_cycle
        if self._linger_timer is not None or cycle is None or cycle.response_started or cycle.more_body:
            return None
        self.cycle.keep_alive = False
        return True

    def send_400_response(self, msg: str) -> None:
        """Refuse a malformed request, and disconnect the active one of this connection."""
        self._disconnect_active()
        content = msg.encode()
        fields = [*self.server_state.default_headers, (b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
        fields.append((b"content-length", b"%d" % len(content)))
        self.transport.write(b"HTTP/1.1 400 Bad Request\r\n" + b"".join(b"%s: %s\r\n" % field for field in fields) + b"\r\n" + content)
        self.linger(MAX_MALFORMED_BYTES)

    def linger(self, may_discard: float = float("inf")) -> None:
        """Send no more, and discard received data until the client closes the connection or the timeout ends."""
        if self.transport.is_closing():
            return
        self._buffered = b""
        self._may_discard = may_discard
        self._stop_head_timer()
        self._unset_keepalive_if_required()
        self._linger_timer = self.loop.call_later(LINGER_TIMEOUT, self.transport.close)
        self.transport.write_eof()
        self.transport.resume_reading()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add a header field; ignore a trailer, which must not be taken for a header such as `Authorization`."""
        if self.cycle is None or self.cycle.scope is not self.scope:
            super().on_header(name, value)

    def on_message_begin(self) -> None:
        """Begin a head; its timeout starts now, or after the pending response."""
        super().on_message_begin()
        self._has_partial_head = True
        self._unset_keepalive_if_required()
        if self._is_idle():
            self._start_head_timer()

    def on_headers_complete(self) -> None:
        """Start a request; refuse an unsupported version or transfer coding, and anything but one `Host` in HTTP/1.1."""
        version, hosts = self.parser.get_http_version(), sum(name == b"host" for name, _ in self.headers)
        if version not in {"1.0", "1.1"} or hosts > 1 or (version == "1.1" and not hosts) or self.parser.get_method() == b"CONNECT":
            raise InvalidHead
        if [value.lower() for name, value in self.headers if name == b"transfer-encoding"] not in ([], [b"chunked"]):
            raise InvalidHead
        if self.parser.should_upgrade() and not self._should_upgrade():
            return  # `_parse` parses the request again
        self._stop_head_timer()
        self._has_partial_head = False
        self._unread = 0
        super().on_headers_complete()
        if self._is_stopping:
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        """End a request, unless it is an upgrade."""
        if not self.parser.should_upgrade():
            super().on_message_complete()

    def on_body(self, body: bytes) -> None:
        """Add a part of a body."""
        self._unread = 0
        super().on_body(body)

    def handle_websocket_upgrade(self) -> None:
        """Start a WebSocket; refuse it while a response is pending, which would be written between the frames."""
        if not self._is_idle():
            self.send_400_response("Wait for the answer before opening a socket.")
        else:
            self._buffered = b""  # a client must not send frames before the response to the upgrade
            self.headers[:] = [field for field in self.headers if field[0] != b"upgrade"] + [(b"upgrade", b"websocket")]
            super().handle_websocket_upgrade()

    def on_response_complete(self) -> None:
        """Continue with the buffered request; else wait for the rest of a head, or for the next one."""
        super().on_response_complete()
        if self._buffered and self._can_process():
            self._schedule_rest()
        if self._has_partial_head and self.timeout_keep_alive_task is not None:
            self._unset_keepalive_if_required()
            self._start_head_timer()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._active_cycle = cycle
        super()._start_asgi_task(cycle, partial(answer_request, app, cycle, self.linger))

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
