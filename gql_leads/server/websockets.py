"""WebSockets on which nothing piles up, whatever their clients send or do not read."""

import asyncio
import logging
from typing import Any, Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import State

from gql_leads.server.fair_reads import FairReads
from gql_leads.server.tcp_user_timeout import WEBSOCKET_TIMEOUT_MS, set_tcp_user_timeout

MAX_FRAGMENTS: Final = 1_000
"""Frames of one message on a socket. They may be empty, so that their size alone does not bound them."""
FRAME: Final = "gql_leads.frame"
"""Under which a message has the frame that was made of it."""
BAD_REQUEST: Final = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"

# Uvicorn tells of every socket with its client's address and whatever the query says.
log = logging.getLogger(__name__)
log.setLevel(logging.WARNING)


class BoundedWebSocket(FairReads, WebSocketsSansIOProtocol):
    """A WebSocket on which nothing piles up, whatever its client sends or does not read, and that closes with a code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.logger = log

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin, and have the system watch."""
        super().connection_made(transport)
        set_tcp_user_timeout(transport, WEBSOCKET_TIMEOUT_MS)

    def connection_lost(self, exc: Exception | None) -> None:
        """End, and take in no more."""
        self._buffered = b""
        super().connection_lost(exc)

    async def receive(self) -> Any:  # uvicorn has a type of its own for each
        """Hand over a message, and read on when all that was read is handed over."""
        message = await self.queue.get()
        if self.read_paused:
            self._resume_reading()
        return message

    async def send(self, message: Any) -> None:  # uvicorn has a type of its own for each
        """Send a message; a text that many are sent is framed once."""
        is_open = self.conn.state is State.OPEN and not self.close_sent and not self.disconnected and self.writable.is_set()
        if message.get("text") is not None and is_open and not self.conn.extensions:
            self.transport.write(frame_of(message))
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
        if len(self.frames) >= MAX_FRAGMENTS:
            self._fail(CloseCode.MESSAGE_TOO_BIG, f"A message has at most {MAX_FRAGMENTS} frames")
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

    def _resume_reading(self) -> None:
        if not self._buffered and (self.queue.empty() or self.close_sent):
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


def frame_of(message: dict[str, Any]) -> bytes:
    """A text as it goes to a client, if nothing compresses it; kept with its message, which many may be sent."""
    frame: bytes | None = message.get(FRAME)
    if frame is None:
        frame = message[FRAME] = Frame(Opcode.TEXT, message["text"].encode()).serialize(mask=False)
    return frame
