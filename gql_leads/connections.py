"""How patient a connection is with its client: how long it waits, how much it takes in, and how much it keeps for who does not read.

Uvicorn's protocols, but that each of these has an end. They are told of by `uvicorn.run(http=…, ws=…)`.
"""

import asyncio
import logging
import re
import socket
from collections.abc import Callable
from typing import Any, Final, cast

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import State

LONGEST_UNSENT: Final = 30_000
"""Milliseconds that something sent may stay unacknowledged; then the connection is given up, and what waits in its buffers is freed.

An event stream sends a comment every 12 s, so that one whose client has vanished is freed within 45 s.
"""
LONGEST_UNSENT_ON_SOCKETS: Final = 45_000
"""The same of a socket, which is closed with a code after 30 s: a client that reads again may still learn it. It is pinged every 20 s."""
LONGEST_HEAD_LASTS: Final = 10.0
"""Seconds without a request under way in which the next one's head must arrive."""
HEADS_READ: Final = 4
"""How often the largest headers that are answered may be read: who sends more at once is still told that it is too much."""
TAKEN_AT_ONCE: Final = 4_000
"""Bytes of a connection that are taken in before everybody else has their turn: they may be some hundred requests or frames."""
MOST_FRAGMENTS: Final = 1_000
"""Frames of one message on a socket. They may be empty, so that their size alone does not bound them."""
FRAME: Final = "gql_leads.frame"
"""Under which a message has the frame that was made of it."""
HTTP_2: Final = re.compile(rb"\r\nupgrade:[ \t]*h2c[ \t]*(?=\r\n|$)", re.IGNORECASE)
BAD_REQUEST: Final = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"

# Uvicorn tells of every socket with its client's address and whatever the query says.
log = logging.getLogger(__name__)
log.setLevel(logging.WARNING)


class PartByPart:
    """Takes in what was read a part at a time, so that thousands of tiny requests or frames delay nobody else."""

    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    _held: bytes = b""
    """Received, and not taken in yet. While there is any, nothing more is read."""

    def data_received(self, data: bytes) -> None:
        """Take in the first part, behind whatever waits."""
        is_first = not self._held
        self._held += data
        if is_first:
            self._take_in()

    def _take_in(self) -> None:
        """Take in the next part, as soon as nothing that came of those before stands in its way."""
        if not self._is_ready():
            self.transport.pause_reading()
            return
        part, self._held = self._held[:TAKEN_AT_ONCE], self._held[TAKEN_AT_ONCE:]
        self._take(part)
        if self.transport.is_closing():
            self._held = b""
        elif self._held:
            self.transport.pause_reading()
            self._take_in_soon()

    def _take_in_soon(self) -> None:
        self.loop.call_soon(self._take_in_rest)

    def _take_in_rest(self) -> None:
        if self._held and not self.transport.is_closing():
            self._take_in()
            self._read_on()

    def _is_ready(self) -> bool:
        """Whether the next part may be taken in now; whoever changes that has it taken in."""
        return True

    def _take(self, part: bytes) -> None:
        raise NotImplementedError

    def _read_on(self) -> None:
        """Read again, if nothing is held and nothing else speaks against it."""
        raise NotImplementedError


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


class ImpatientProtocol(PartByPart, HttpToolsProtocol):
    """HTTP, and what is upgraded from it, on connections that end when their client has vanished, dawdles or never reads again."""

    _answering: RequestResponseCycle | None = None
    """The request whose answer is under way or was the last; those behind it wait."""
    _unread: int = 0
    """Bytes received since a head was complete or a part of a body came."""
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin, and have the system watch."""
        super().connection_made(transport)
        self.flow = Reading(transport, lambda: bool(self._held))
        _give_up_after(transport, LONGEST_UNSENT)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """End, and let nobody write any more."""
        self._held = b""
        self._stop_awaiting()
        self._abandon()
        super().connection_lost(exc)

    def _is_ready(self) -> bool:
        return not self.pipeline  # else its client would choose how many requests are kept in memory

    def _take(self, part: bytes) -> None:
        """Take in a part of a request, unless its head or trailers have no end."""
        if self._head_timer is not None and b"h2c" in part:
            # Java's client asks for HTTP/2 with whatever it asks first, and the parser would drop the body for it.
            head, end, rest = part.partition(b"\r\n\r\n")
            part = HTTP_2.sub(b"", head) + end + rest
        self._unread += len(part)
        HttpToolsProtocol.data_received(self, part)
        if self._unread > HEADS_READ * (self.config.h11_max_incomplete_event_size or 0) and not self.transport.is_closing():
            self.send_400_response("The header fields are too large.")

    def _read_on(self) -> None:
        if not self._held and not self.flow.read_paused:
            self.transport.resume_reading()

    def eof_received(self) -> bool | None:  # type: ignore[override]  # as asyncio has it
        """Close, but first answer a client that has asked everything and only says that it will send no more."""
        cycle = self._answering
        if cycle is None or cycle.response_started or cycle.more_body:
            return None
        self.cycle.keep_alive = False
        return True

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request, and with it whatever is under way on this connection."""
        self._abandon()
        super().send_400_response(msg)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take in a field of the head; one behind the body is none, and must not be taken for who asks."""
        if self.cycle is None or self.cycle.scope is not self.scope:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin with a request, if it says once whom it is for, in a version that is served here."""
        version, hosts = self.parser.get_http_version(), sum(name == b"host" for name, _ in self.headers)
        if version not in {"1.0", "1.1"} or hosts > 1 or (version == "1.1" and not hosts):
            raise NoRequest
        self._stop_awaiting()
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
            self._held = b""  # nothing may come before its answer
            super().handle_websocket_upgrade()

    def on_response_complete(self) -> None:
        """Begin with the request that waits, or wait for one."""
        super().on_response_complete()
        if self._held and self._is_ready():
            self._take_in_soon()
        if self.timeout_keep_alive_task is not None:
            self._await_head()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answering = cycle
        cycle.transport = cast("asyncio.Transport", HeadWithBody(self.transport, self.loop))
        super()._start_asgi_task(cycle, app)

    def _abandon(self) -> None:
        # Uvicorn does so for the last request alone, and others before it would write where nothing is any more.
        if self._answering is not None and not self._answering.response_complete:
            self._answering.disconnected = True
            self._answering.message_event.set()

    def _await_head(self) -> None:
        self._stop_awaiting()
        self._head_timer = self.loop.call_later(LONGEST_HEAD_LASTS, self.timeout_keep_alive_handler)

    def _stop_awaiting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


class NoRequest(Exception):
    """This head is no request's. The parser takes it for a mistake of its own kind."""


class HeadWithBody:
    """Writes the head of an answer together with what follows it in the same turn: each by itself wakes the client."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._head: bytes | None = None
        self._alone: asyncio.Handle | None = None

    def write(self, data: bytes) -> None:
        """Send: the first, which is the head, with the second, or in a moment."""
        if self._alone is None:
            self._head = data
            self._alone = self._loop.call_soon(self._flush)
        elif self._head is None:
            self._transport.write(data)
        else:
            self._alone.cancel()
            self._transport.writelines([self._head, data])
            self._head = None

    def close(self) -> None:
        """Close when everything was sent."""
        self._flush()
        self._transport.close()

    def is_closing(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._transport.is_closing()

    def _flush(self) -> None:
        if self._head is not None:
            self._transport.write(self._head)
            self._head = None


class BoundedWebSocket(PartByPart, WebSocketsSansIOProtocol):
    """A WebSocket on which nothing piles up, whatever its client sends or does not read, and that closes with a code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.logger = log

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin, and have the system watch."""
        super().connection_made(transport)
        _give_up_after(transport, LONGEST_UNSENT_ON_SOCKETS)

    def connection_lost(self, exc: Exception | None) -> None:
        """End, and take in no more."""
        self._held = b""
        super().connection_lost(exc)

    async def receive(self) -> Any:  # uvicorn has a type of its own for each
        """Hand over a message, and read on when all that was read is handed over."""
        message = await self.queue.get()
        if self.read_paused:
            self._read_on()
        return message

    async def send(self, message: Any) -> None:  # uvicorn has a type of its own for each
        """Send a message; a text that many are sent is framed once."""
        is_open = self.conn.state is State.OPEN and not self.close_sent and not self.disconnected and self.writable.is_set()
        if message.get("text") is not None and is_open and not self.conn.extensions:
            self.transport.write(framed(message))
        else:
            await super().send(message)

    def handle_ping(self) -> None:
        """Answer, unless the client does not read its answers: their number is its own choice."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()  # taken, and dropped

    def handle_cont(self, event: Frame) -> None:
        """Take in a part of a message, unless it has no end."""
        if len(self.frames) >= MOST_FRAGMENTS:
            self._fail(CloseCode.MESSAGE_TOO_BIG, f"A message has at most {MOST_FRAGMENTS} frames")
        else:
            super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        """Hand over a message, unless it is no text. Uvicorn logs the mistake with a traceback."""
        if self.curr_msg_data_type == "text":
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self._fail(CloseCode.INVALID_DATA, "Text is in UTF-8")
                return
        super().send_receive_event_to_app()

    def _take(self, part: bytes) -> None:
        """Take in frames, or an upgrade that may be none."""
        WebSocketsSansIOProtocol.data_received(self, part)
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            self._refuse_handshake()

    def _read_on(self) -> None:
        if not self._held and (self.queue.empty() or self.close_sent):
            self.read_paused = False
            self.transport.resume_reading()

    def _fail(self, code: CloseCode, reason: str) -> None:
        self.conn.fail(code, reason)
        self.handle_parser_exception()

    def _refuse_handshake(self) -> None:
        """Answer what is no upgrade; uvicorn would leave its client waiting."""
        refusal = b"".join(self.conn.data_to_send())
        self.handshake_complete = self.close_sent = True
        self.transport.write(refusal or BAD_REQUEST)
        self.transport.close()


def framed(message: dict[str, Any]) -> bytes:
    """A text as it goes to a client, if nothing compresses it; kept with its message, which many may be sent."""
    frame: bytes | None = message.get(FRAME)
    if frame is None:
        frame = message[FRAME] = Frame(Opcode.TEXT, message["text"].encode()).serialize(mask=False)
    return frame


def _give_up_after(transport: asyncio.Transport, milliseconds: int) -> None:
    connection: Any = transport.get_extra_info("socket")
    if connection is not None and hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
