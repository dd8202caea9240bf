"""Uvicorn's WebSocket protocol with bounds on buffered input and output."""

import asyncio
import logging
from functools import partial
from typing import Any, Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import State

from gql_leads.server.fair_reads import FairReads
from gql_leads.server.tcp_user_timeout import WEBSOCKET_TIMEOUT_MS, set_tcp_user_timeout

MAX_FRAGMENTS: Final = 1_000
"""Frames per message. Frames can be empty, so the message size does not bound their number."""
FRAME: Final = "gql_leads.frame"
"""The key under which an ASGI message caches its encoded frame."""
STOPPING: Final = {"type": "websocket.http.response.start", "status": 503, "headers": [(b"retry-after", b"1")]}
CLOSE_TIMEOUT: Final = 2.0
"""Seconds in which a client must answer the close of a stopping server."""
BAD_REQUEST: Final = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"

# Uvicorn logs each WebSocket with the client's address and query string, which are personal data.
log = logging.getLogger(__name__)
log.setLevel(logging.WARNING)


class BoundedWebSocket(FairReads, WebSocketsSansIOProtocol):
    """A WebSocket with bounded buffers, which closes with a code when a client breaks the protocol."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.logger = log
        self.app = partial(answer_websocket, self, self.app)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Start the connection and set its TCP user timeout."""
        super().connection_made(transport)
        set_tcp_user_timeout(transport, WEBSOCKET_TIMEOUT_MS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Drop buffered data and end the connection."""
        self._buffered = b""
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Leave an open WebSocket to the application, which closes it; wait less for the client's close."""
        self.close_timeout = CLOSE_TIMEOUT
        if self.close_sent:
            super().shutdown()

    async def receive(self) -> Any:  # uvicorn has a type of its own for each
        """Return the next message; resume reading when the queue is empty."""
        message = await self.queue.get()
        if self.read_paused:
            self._resume_reading()
        return message

    async def send(self, message: Any) -> None:  # uvicorn has a type of its own for each
        """Send a message; a text sent to several clients is encoded to a frame once."""
        is_open = self.conn.state is State.OPEN and not self.close_sent and not self.disconnected and self.writable.is_set()
        if message.get("text") is not None and is_open and not self.conn.extensions:
            self.transport.write(frame_of(message))
        else:
            await super().send(message)

    def handle_ping(self) -> None:
        """Send a pong, unless the client does not read: the number of pings is unlimited."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()  # removes the pong from the protocol's output

    def keepalive_timeout(self) -> None:
        """Drop a connection whose client sends no pong, without a close frame."""
        # Clients do not reconnect after uvicorn's code 1011, but do when there is none.
        self.pong_timer = None
        self.pending_ping_payload = None
        self.transport.abort()

    def handle_cont(self, event: Frame) -> None:
        """Add a fragment to the message; close with 1009 if it has too many."""
        if len(self.frames) >= MAX_FRAGMENTS:
            self._fail(CloseCode.MESSAGE_TOO_BIG, f"A message has at most {MAX_FRAGMENTS} frames")
        else:
            super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        """Queue a complete message; close with 1007 if a text is not UTF-8, for which uvicorn would log a traceback."""
        if self.curr_msg_data_type == "text":
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self._fail(CloseCode.INVALID_DATA, "Text is in UTF-8")
                return
        super().send_receive_event_to_app()

    def _process(self, chunk: bytes) -> None:
        """Process frames, or the bytes of an upgrade request."""
        WebSocketsSansIOProtocol.data_received(self, chunk)
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            self._refuse_handshake()

    def _resume_reading(self) -> None:
        if not self._buffered and (self.queue.empty() or self.close_sent):
            self.read_paused = False
            self.transport.resume_reading()

    def _fail(self, code: CloseCode, reason: str) -> None:
        self.conn.fail(code, reason)
        self.handle_parser_exception()

    def _refuse_handshake(self) -> None:
        """Respond to an invalid upgrade request, to which uvicorn would not respond."""
        refusal = b"".join(self.conn.data_to_send())
        self.handshake_complete = self.close_sent = True
        self.transport.write(refusal or BAD_REQUEST)
        self.transport.close()


async def answer_websocket(protocol: BoundedWebSocket, app: Any, scope: Any, receive: Any, send: Any) -> None:
    """Run the application for a WebSocket.

    If its task is cancelled, because the server stops, refuse the handshake or close with 1012.
    """
    try:
        await app(scope, receive, send)
    except asyncio.CancelledError:
        is_open = protocol.handshake_complete
        await send({"type": "websocket.close", "code": CloseCode.SERVICE_RESTART} if is_open else STOPPING)
        if not is_open:
            await send({"type": "websocket.http.response.body", "body": b""})


def frame_of(message: dict[str, Any]) -> bytes:
    """Return the uncompressed frame of a text message, cached in the message."""
    frame: bytes | None = message.get(FRAME)
    if frame is None:
        frame = message[FRAME] = Frame(Opcode.TEXT, message["text"].encode()).serialize(mask=False)
    return frame
