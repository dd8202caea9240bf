import base64
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette

from gql_leads.connections import LONGEST_UNSENT, BoundedWebSocket, ImpatientProtocol

PINGS = 200_000
PING = b"\x89\xfd" + bytes(4) + bytes(125)


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Accept a socket, and answer every text with itself."""
    while (message := await receive())["type"] != "websocket.disconnect":
        if message["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
        else:
            await send({"type": "websocket.send", "text": message["text"]})


@contextmanager
def serving(app: Any) -> Iterator[tuple[uvicorn.Server, Any]]:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        config = uvicorn.Config(app, http=ImpatientProtocol, ws=BoundedWebSocket, lifespan="off", log_config=None)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield server, listener.getsockname()
        finally:
            server.should_exit = True
            thread.join(60)


@contextmanager
def opened(address: Any) -> Iterator[socket.socket]:
    """A client's end of a WebSocket."""
    with closing(socket.create_connection(address, timeout=60)) as client:
        key = base64.b64encode(os.urandom(16)).decode()
        client.sendall(
            "GET / HTTP/1.1\r\nhost: leads.test\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
            f"sec-websocket-version: 13\r\nsec-websocket-key: {key}\r\n\r\n".encode()
        )
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += client.recv(1)
        assert head.startswith(b"HTTP/1.1 101")
        yield client


def test_the_system_gives_up_clients_that_take_nothing() -> None:
    with serving(Starlette()) as (server, address), closing(socket.create_connection(address, timeout=60)) as client:
        client.sendall(b"GET / HTTP/1.1\r\nhost: leads.test\r\n\r\n")
        assert client.recv(12) == b"HTTP/1.1 404"
        (connection,) = server.server_state.connections
        accepted: Any = connection.transport.get_extra_info("socket")
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == LONGEST_UNSENT


def test_pings_of_a_client_that_reads_nothing_do_not_pile_up() -> None:
    with serving(echo) as (server, address), opened(address) as client:
        client.sendall(PING * PINGS)
        (connection,) = server.server_state.connections
        assert isinstance(connection, BoundedWebSocket)
        until(lambda: not connection.writable.is_set())
        client.sendall(PING * PINGS)
        assert connection.transport.get_write_buffer_size() < 1_000_000
        answers = 0
        client.sendall(b"\x81\x84" + bytes(4) + b"done")
        while not (received := client.recv(1_000_000)).endswith(b"\x81\x04done"):
            answers += len(received)
        assert 0 < answers < PINGS * 127


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
