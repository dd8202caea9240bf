"""A server in a thread of this process with an echo application, for tests that send and receive raw bytes."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from typing import Any, Final

import uvicorn
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.types import Receive, Scope, Send
from websockets.frames import Frame, Opcode
from websockets.sync.client import ClientConnection, connect

from gql_leads.server.http import TimeoutProtocol
from gql_leads.server.websockets import BoundedWebSocket

TIMEOUT: Final = 60.0
UPGRADE: Final = (
    b"upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Respond with the `From` header and the length of the body; echo the messages of WebSockets.

    `/stream` responds without a length, `/fails` stops in the middle of that, and `/refuse` responds 413 without reading the body.
    `/begin` waits before its response, and `/wait` in the middle of it.
    """
    if scope["type"] == "http":
        if scope["path"] in {"/stream", "/fails"}:
            await StreamingResponse(parts(fails=scope["path"] == "/fails"))(scope, receive, send)
            return
        if scope["path"] == "/begin":
            await asyncio.Event().wait()
        if scope["path"] == "/wait":
            await StreamingResponse(endless())(scope, receive, send)
            return
        if scope["path"] == "/refuse":
            await PlainTextResponse("too large", 413, {"connection": "close"})(scope, receive, send)
            return
        try:
            body = await Request(scope, receive).body()
        except ClientDisconnect:
            return
        sender = Request(scope).headers.get("from")
        await PlainTextResponse(f"{sender or ''}{len(body)} bytes")(scope, receive, send)
        return
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


async def parts(*, fails: bool) -> AsyncIterator[bytes]:
    """Yield the parts of a body."""
    yield b"one,"
    yield b""
    if fails:
        raise OSError("the source of the body failed")
    yield b"two"


async def endless() -> AsyncIterator[bytes]:
    """Yield a part, and wait for ever."""
    yield b"one,"
    await asyncio.Event().wait()


class Served:
    """The running server and its port."""

    def __init__(self, server: uvicorn.Server, port: int) -> None:
        self.server = server
        self.port = port

    @contextmanager
    def connection(self) -> Iterator[socket.socket]:
        """Open a TCP connection."""
        with closing(socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT)) as client:
            yield client

    @contextmanager
    def dialogue(self, path: str = "/") -> Iterator[ClientConnection]:
        """Open a WebSocket."""
        with connect(f"ws://127.0.0.1:{self.port}{path}", compression=None, open_timeout=TIMEOUT, close_timeout=TIMEOUT) as client:
            yield client

    def transport(self) -> Any:
        """Return the server's transport of the only connection."""
        (protocol,) = self.server.server_state.connections
        return protocol.transport


@contextmanager
def serving() -> Iterator[Served]:
    """Run a server for the duration of the block."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        config = uvicorn.Config(
            application, http=TimeoutProtocol, ws=BoundedWebSocket, ws_per_message_deflate=False, lifespan="off", log_config=None,
            h11_max_incomplete_event_size=16_000, ws_max_size=100_000, timeout_keep_alive=60,
        )  # fmt: skip
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield Served(server, listener.getsockname()[1])
        server.should_exit = True
        thread.join(TIMEOUT)


def received_until_close(client: socket.socket) -> bytes:
    """Return everything that arrives until the server closes the connection."""
    received = b""
    try:
        while part := client.recv(65_536):
            received += part
    except ConnectionResetError:  # The server closed with unread input.
        pass
    return received


def frame(opcode: Opcode, data: bytes, *, is_last: bool = True) -> bytes:
    return Frame(opcode, data, fin=is_last).serialize(mask=True)
