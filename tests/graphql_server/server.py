"""A real server for an example schema, in a thread of this process."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
import uvicorn
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from gql_leads.server.http import TimeoutProtocol
from gql_leads.server.websockets import BoundedWebSocket

PROTOCOL = Subprotocol("graphql-transport-ws")
TIMEOUT = 60


@dataclass(frozen=True)
class Address:
    host: str
    port: int

    @property
    def http(self) -> str:
        return f"http://{self.host}:{self.port}/graphql"

    @property
    def ws(self) -> str:
        return f"ws://{self.host}:{self.port}/graphql"


class ShopServer(uvicorn.Server):
    """A uvicorn server that closes its streams before it waits for them."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop."""
        self.config.app.state.endpoint.close()  # type: ignore[union-attr]
        await super().shutdown(sockets)


@contextmanager
def serving(app: Starlette) -> Iterator[Address]:
    """Serve an application on a free port of this machine."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, log_level="critical", lifespan="off", http=TimeoutProtocol, ws=BoundedWebSocket, ws_per_message_deflate=False
    )
    server = ShopServer(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    try:
        yield Address(*listener.getsockname())
    finally:
        server.should_exit = True
        thread.join(TIMEOUT)
        listener.close()


class Dialogue:
    """The client side of `graphql-transport-ws`."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, type_: str, id_: Any = None, **payload: Any) -> None:
        """Send a message of the protocol."""
        message = {"type": type_} | ({} if id_ is None else {"id": id_}) | ({"payload": payload} if payload else {})
        await self.send_raw(message)

    async def send_raw(self, message: Any) -> None:
        """Send text or bytes unchanged, and anything else as JSON."""
        raw = message if isinstance(message, str | bytes) else orjson.dumps(message).decode()
        await self.connection.send(raw)

    async def receive(self) -> Any:
        """Receive a message, which must be text."""
        text = await self.connection.recv()
        assert isinstance(text, str)
        return orjson.loads(text)

    async def sign_in(self, token: str = "customer-ann") -> None:
        """Send `connection_init` and wait for the acknowledgement."""
        await self.send("connection_init", Authorization=f"Bearer {token}")
        assert await self.receive() == {"type": "connection_ack"}

    async def closed(self) -> tuple[int | None, str | None]:
        """Wait until the server closes the socket; return code and reason."""
        await self.connection.wait_closed()
        return self.connection.close_code, self.connection.close_reason


@asynccontextmanager
async def dialogue(address: Address, protocol: str | None = PROTOCOL, **options: Any) -> AsyncIterator[Dialogue]:
    """Open a socket; the test fails if the server sends nothing for too long."""
    protocols = [Subprotocol(protocol)] if protocol else None
    async with (
        asyncio.timeout(TIMEOUT),
        connect(address.ws, subprotocols=protocols, compression=None, open_timeout=TIMEOUT, **options) as connection,
    ):
        yield Dialogue(connection)


@asynccontextmanager
async def signed_in(address: Address, token: str = "customer-ann", **options: Any) -> AsyncIterator[Dialogue]:
    """Open a socket and sign in."""
    async with dialogue(address, **options) as opened:
        await opened.sign_in(token)
        yield opened


async def until(condition: Callable[[], bool]) -> None:
    """Wait until the condition is true on the server."""
    async with asyncio.timeout(TIMEOUT):
        while not condition():  # noqa: ASYNC110 - the server runs in another thread, so no event can be awaited
            await asyncio.sleep(0.01)
