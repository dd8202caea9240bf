"""A TCP proxy whose connections a test cuts, and an address that hands out tokens of a few seconds."""

import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

CHUNK: Final = 65_536
RESET: Final = struct.pack("ii", 1, 0)
"""SO_LINGER without a time: closing sends a TCP reset."""


class Proxy:
    """Forwards TCP connections to a port of this machine, until they are cut; refuses new ones while it has no target."""

    def __init__(self, target: int) -> None:
        self.target: int | None = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def connections(self) -> int:
        """The number of open connections."""
        with self._lock:
            return len(self._open) // 2

    def cut(self, *, reset: bool = False) -> None:
        """Close all connections without any last byte; with a TCP reset if asked for."""
        with self._lock:
            closing, self._open = self._open, set()
        for one in closing:
            with suppress(OSError):
                if reset:
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                one.shutdown(socket.SHUT_RD if reset else socket.SHUT_RDWR)  # wakes the thread that reads from it
            one.close()

    def close(self) -> None:
        """Cut everything and listen no more."""
        self.target = None
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                self._connect(client)

    def _connect(self, client: socket.socket) -> None:
        try:
            assert self.target is not None
            server = socket.create_connection(("127.0.0.1", self.target), 60)
            server.settimeout(None)
        except (OSError, AssertionError):
            client.close()
            return
        with self._lock:
            self._open |= {client, server}
        for source, sink in ((client, server), (server, client)):
            threading.Thread(target=self._forward, args=(source, sink), daemon=True).start()

    def _forward(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while chunk := source.recv(CHUNK):
                sink.sendall(chunk)
        for one in (source, sink):
            with self._lock:
                is_cut = one not in self._open  # then `cut` closes it: closed before its shutdown, it would stay open while it is read
                self._open.discard(one)
            if not is_cut:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
                one.close()


class TokenServer:
    """Answers every GET with a new token, and counts them by the path that asked."""

    def __init__(self, mint: Callable[[], str]) -> None:
        self.given: Counter[str] = Counter()
        given = self.given

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                token = mint().encode()
                given[self.path.strip("/")] += 1
                self.send_response(200)
                self.send_header("Content-Length", str(len(token)))
                self.end_headers()
                self.wfile.write(token)

            def log_message(self, format: str, *args: Any) -> None:
                """Log nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
