"""Upgrades that are ignored, responses to HTTP/1.0, idle connections, and responses to clients that still send."""

import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import pytest
from websockets.exceptions import ConnectionClosed

from gql_leads.server import http
from gql_leads.server.http import TimeoutProtocol
from tests.bare_server import TIMEOUT, UPGRADE, Served, received_until_close, serving

HOST: Final = b"host: leads.test\r\n"
LAST: Final = b"POST / HTTP/1.1\r\nhost: leads.test\r\nfrom: last\r\nconnection: close\r\n\r\n"
OFFERS: Final = (
    b"connection: upgrade\r\nupgrade: TLS/1.2\r\n",
    b"connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n",
    b"Upgrade: HTTP/2.0, websocket/9 , foo\r\nupgrade:bar\r\nConnection: keep-alive, Upgrade\r\n",
    b"connection: upgrade\r\nupgrade: websocket, TLS/1.2\r\n",
    b"connection: upgrade\r\nupgrade: \r\n",
)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving() as ready:
        yield ready


def bodies_of(answers: bytes) -> list[bytes]:
    """Return the bodies of responses with a length."""
    return [answer.partition(b"\r\n\r\n")[2] for answer in answers.split(b"HTTP/1.1 200 OK\r\n")[1:]]


@pytest.mark.parametrize("offer", OFFERS)
@pytest.mark.parametrize("body", [b"content-length: 5\r\n\r\nhello", b"transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", b"\r\n"])
def test_other_upgrade_is_ignored(served: Served, offer: bytes, body: bytes) -> None:
    request = b"POST / HTTP/1.1\r\n" + HOST + b"from: %d\r\n" + offer + body
    with served.connection() as client:
        client.sendall(request % 1 + request % 2 + LAST)
        size = 5 if b"hello" in body else 0
        assert bodies_of(received_until_close(client)) == [b"1%d bytes" % size, b"2%d bytes" % size, b"last0 bytes"]


def test_other_upgrade_is_ignored_wherever_it_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    request = b"POST / HTTP/1.1\r\n" + HOST + OFFERS[0] + b"content-length: 5\r\n\r\nhello" + LAST
    with serving() as served:
        for cut in range(1, len(request)):
            taken = TimeoutProtocol._process

            def process(self: TimeoutProtocol, chunk: bytes, cut: int = cut, taken: object = taken) -> None:
                assert callable(taken)
                for part in (chunk[:cut], chunk[cut:]):
                    taken(self, part)

            with monkeypatch.context() as patch, served.connection() as client:
                patch.setattr(TimeoutProtocol, "_process", process)
                client.sendall(request)
                assert bodies_of(received_until_close(client)) == [b"5 bytes", b"last0 bytes"], cut


def test_one_of_several_upgrades_can_be_a_websocket(served: Served) -> None:
    several = UPGRADE.replace(b"upgrade: websocket", b"upgrade: h2c, WebSocket")
    with served.connection() as client:
        client.sendall(b"GET / HTTP/1.1\r\n" + HOST + several + b"\r\n")
        assert client.recv(12) == b"HTTP/1.1 101"
    with served.connection() as client:
        client.sendall(b"GET / HTTP/1.0\r\n" + HOST + UPGRADE + b"\r\n")
        assert bodies_of(received_until_close(client)) == [b"0 bytes"]


def test_tunnel_is_refused(served: Served) -> None:
    with served.connection() as client:
        client.sendall(b"CONNECT leads.test:443 HTTP/1.1\r\n" + HOST + b"\r\n")
        assert received_until_close(client).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
@pytest.mark.parametrize("path", [b"/stream", b"/"])
def test_http_1_0_gets_no_chunks(served: Served, path: bytes, method: bytes) -> None:
    with served.connection() as client:
        client.sendall(method + b" " + path + b" HTTP/1.0\r\nconnection: keep-alive\r\n\r\n")
        head, _, body = received_until_close(client).partition(b"\r\n\r\n")
    assert b"transfer-encoding" not in head
    assert b"connection: close" in head
    assert body == (b"" if method == b"HEAD" else b"one,two" if path == b"/stream" else b"0 bytes")


def test_http_1_1_gets_chunks(served: Served) -> None:
    with served.connection() as client:
        client.sendall(b"GET /stream HTTP/1.1\r\n" + HOST + b"connection: close\r\n\r\n")
        assert received_until_close(client).endswith(b"\r\n\r\n4\r\none,\r\n3\r\ntwo\r\n0\r\n\r\n")


def test_incomplete_response_to_http_1_0_is_reset(served: Served) -> None:
    with served.connection() as client:
        client.sendall(b"GET /fails HTTP/1.0\r\n\r\n")
        with pytest.raises(ConnectionResetError), client.makefile("rb") as file:
            file.read()


def test_idle_connection_stays_open_longer_than_a_head_may_take(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "HEAD_TIMEOUT", 0.2)
    get = b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"
    with served.connection() as client:
        for _ in range(2):
            client.sendall(get)
            assert client.recv(65_536).startswith(b"HTTP/1.1 200")
            time.sleep(0.5)
        client.sendall(get[:-2])
        assert received_until_close(client) == b""


def test_keep_alive_timeout_closes_an_idle_connection(served: Served) -> None:
    served.server.config.timeout_keep_alive = 0.2  # type: ignore[assignment]  # a test need not wait for a second
    try:
        for filler in (b"", b"\r\n" * 10):
            with served.connection() as client:
                client.sendall(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
                assert client.recv(65_536).startswith(b"HTTP/1.1 200")
                with suppress(OSError):
                    client.sendall(filler)  # empty lines before a head do not begin one
                assert received_until_close(client) == b""
    finally:
        served.server.config.timeout_keep_alive = 60


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
def test_client_that_reads_after_sending_all_gets_the_refusal(served: Served, version: bytes) -> None:
    length = 60_000_000
    with served.connection() as client:
        client.sendall(b"POST /refuse HTTP/" + version + b"\r\n" + HOST + b"content-length: %d\r\n\r\n" % length)
        time.sleep(0.2)  # the response is complete before the body is
        for _ in range(length // 1_000_000):
            client.sendall(bytes(1_000_000))
        client.shutdown(socket.SHUT_WR)
        assert received_until_close(client).endswith(b"too large")


def test_client_that_never_ends_its_body_is_disconnected(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "LINGER_TIMEOUT", 0.3)
    began = time.monotonic()
    with served.connection() as client:
        client.sendall(b"POST /refuse HTTP/1.1\r\n" + HOST + b"transfer-encoding: chunked\r\n\r\n")
        with suppress(OSError):
            while time.monotonic() - began < TIMEOUT:
                client.sendall(b"5\r\nhello\r\n")
                time.sleep(0.02)
    assert 0.2 < time.monotonic() - began < TIMEOUT


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
def test_cancelled_request_is_answered_503_or_ends_incomplete(served: Served, version: bytes) -> None:
    with served.connection() as begun, served.connection() as waiting:
        begun.sendall(b"GET /begin HTTP/" + version + b"\r\n" + HOST + b"\r\n")
        waiting.sendall(b"GET /wait HTTP/" + version + b"\r\n" + HOST + b"\r\n")
        received = b""
        while b"one," not in received:
            received += waiting.recv(65_536)
        for task in list(served.server.server_state.tasks):
            task.get_loop().call_soon_threadsafe(task.cancel)
        assert received_until_close(begun).startswith(b"HTTP/1.1 503")
        with suppress(ConnectionResetError):
            assert not waiting.recv(65_536)
            assert version == b"1.1"  # without chunks, the end of the connection would look like the end of the body


def test_cancelled_websocket_is_closed(served: Served) -> None:
    with served.dialogue() as client:
        for task in list(served.server.server_state.tasks):
            task.get_loop().call_soon_threadsafe(task.cancel)
        with pytest.raises(ConnectionClosed) as closed:
            client.recv(TIMEOUT)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012
