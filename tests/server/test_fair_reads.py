"""Thousands of small requests or frames at once are processed in chunks, with turns for other connections."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.frames import Opcode

from gql_leads.server.fair_reads import CHUNK_SIZE
from gql_leads.server.http import TimeoutProtocol
from gql_leads.server.websockets import BoundedWebSocket
from tests.bare_server import TIMEOUT, Served, frame, received_until_close, serving


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving() as ready:
        yield ready


def chunk_sizes(protocol: type[Any], monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Record the sizes of the chunks that the server processes from now on."""
    sizes: list[int] = []
    taken = protocol._process

    def take(self: Any, data: bytes) -> None:
        sizes.append(len(data))
        taken(self, data)

    monkeypatch.setattr(protocol, "_process", take)
    return sizes


def test_many_pipelined_requests_are_processed_in_chunks(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = chunk_sizes(TimeoutProtocol, monkeypatch)
    waiting: list[int] = []
    started = TimeoutProtocol._start_asgi_task

    def start(self: TimeoutProtocol, cycle: Any, app: Any) -> None:
        waiting.append(len(self.pipeline))
        started(self, cycle, app)

    monkeypatch.setattr(TimeoutProtocol, "_start_asgi_task", start)
    request = b"GET / HTTP/1.1\r\nhost: leads.test\r\n\r\n"
    last = b"GET / HTTP/1.1\r\nhost: leads.test\r\nconnection: close\r\n\r\n"
    with served.connection() as client:
        sender = threading.Thread(target=client.sendall, args=(request * 5_000 + last,))
        sender.start()
        assert received_until_close(client).count(b"0 bytes") == 5_001
        sender.join(TIMEOUT)
    assert max(sizes) <= CHUNK_SIZE
    assert max(waiting) <= CHUNK_SIZE // len(request) + 1


def test_many_frames_are_processed_in_chunks(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    with served.dialogue() as client:
        sizes = chunk_sizes(BoundedWebSocket, monkeypatch)
        frames = b"".join(frame(Opcode.TEXT, b"%d" % number) for number in range(5_000))
        sender = threading.Thread(target=client.socket.sendall, args=(frames,))
        sender.start()
        assert [client.recv(TIMEOUT) for _ in range(5_000)] == [str(number) for number in range(5_000)]
        sender.join(TIMEOUT)
        client.send("x" * 90_000)
        assert client.recv(TIMEOUT) == "x" * 90_000
    assert max(sizes) <= CHUNK_SIZE
