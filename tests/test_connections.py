import socket
import threading
from contextlib import closing
from typing import Any

import uvicorn
from starlette.applications import Starlette

from gql_leads.connections import LONGEST_UNSENT, ImpatientProtocol


def test_the_system_gives_up_clients_that_take_nothing() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        server = uvicorn.Server(uvicorn.Config(Starlette(), http=ImpatientProtocol, lifespan="off", log_config=None))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            with closing(socket.create_connection(listener.getsockname(), timeout=60)) as client:
                client.sendall(b"GET / HTTP/1.1\r\nhost: leads.test\r\n\r\n")
                assert client.recv(12) == b"HTTP/1.1 404"
                (connection,) = server.server_state.connections
                accepted: Any = connection.transport.get_extra_info("socket")
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == LONGEST_UNSENT
        finally:
            server.should_exit = True
            thread.join(60)
