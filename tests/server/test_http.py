"""Slow, endless and malformed input on real connections: each is bounded and gets a response where one is due."""

import logging
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import Opcode

from gql_leads.server import http
from gql_leads.server.tcp_user_timeout import HTTP_TIMEOUT_MS, WEBSOCKET_TIMEOUT_MS
from gql_leads.server.websockets import MAX_FRAGMENTS, frame_of
from tests.bare_server import TIMEOUT, UPGRADE, Served, frame, received_until_close, serving

HEAD: Final = b"POST /slowly HTTP/1.1\r\nhost: leads.test\r\n"
ENDLESS: Final = 2_000_000
"""Bytes: more than all buffers between client and server hold, and less than the test sends if the server keeps reading."""


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving() as ready:
        yield ready


@pytest.fixture(autouse=True)
def no_errors_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Assert that the server logs no error of its own."""
    with caplog.at_level(logging.INFO):
        yield
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def accepted_bytes(client: socket.socket, part: bytes) -> int:
    """Return the bytes of an endless request that the server accepts before it closes or stops reading."""
    client.settimeout(1)
    sent = 0
    try:
        while sent < 50 * ENDLESS:
            client.sendall(part)
            sent += len(part)
    except OSError:
        client.settimeout(TIMEOUT)
    return sent


def test_tcp_user_timeout_is_set_on_connections(served: Served) -> None:
    with served.connection() as client:
        client.sendall(b"GET / HTTP/1.1\r\nhost: leads.test\r\n\r\n")
        assert client.recv(12) == b"HTTP/1.1 200"
        assert tcp_user_timeout_of(served) == HTTP_TIMEOUT_MS
    with served.dialogue():
        assert tcp_user_timeout_of(served) == WEBSOCKET_TIMEOUT_MS


def tcp_user_timeout_of(served: Served) -> int:
    """Return the TCP user timeout of the only connection, in milliseconds."""
    accepted: Any = served.transport().get_extra_info("socket")
    milliseconds: int = accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
    return milliseconds


@pytest.mark.parametrize(
    "begun", [b"", b"POST", HEAD, b"GET / HTTP/1.1\r\nhost: leads.test\r\n\r\nGET"], ids=["nothing", "a word", "a part", "the next"]
)
def test_head_that_never_ends_closes_its_connection(served: Served, begun: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "HEAD_TIMEOUT", 0.2)
    began = time.monotonic()
    with served.connection() as client:
        client.sendall(begun)
        received_until_close(client)
    assert time.monotonic() - began > 0.1


def test_slowly_sent_head_closes_its_connection(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "HEAD_TIMEOUT", 0.2)
    began = time.monotonic()
    with served.connection() as client:
        client.sendall(HEAD)
        with suppress(ConnectionError):
            while time.monotonic() - began < TIMEOUT:
                client.sendall(b"x: y\r\n")
                time.sleep(0.02)
    assert 0.1 < time.monotonic() - began < TIMEOUT


@pytest.mark.parametrize(
    ("begun", "endless"),
    [
        (b"POST /", b"x" * 60_000),
        (HEAD + b"x: ", b"x" * 60_000),
        (HEAD, b"x: y\r\n" * 10_000),
        (HEAD + b"transfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n", b"x: y\r\n" * 10_000),
        (HEAD + b"transfer-encoding: chunked\r\n\r\n1;", b"x" * 60_000),
    ],
    ids=["address", "field", "fields", "trailers", "chunk extension"],
)
def test_endless_head_or_trailer_is_not_buffered(served: Served, begun: bytes, endless: bytes) -> None:
    with served.connection() as client:
        client.sendall(begun)
        assert accepted_bytes(client, endless) < 4 * ENDLESS
    with served.connection() as client:
        client.sendall(HEAD + b"connection: close\r\n\r\n")
        assert received_until_close(client).endswith(b"0 bytes")


def test_trailer_is_not_taken_for_a_header(served: Served) -> None:
    chunked = HEAD + b"transfer-encoding: chunked\r\n%s\r\n5\r\nhello\r\n0\r\n%s\r\n"
    with served.connection() as client:
        client.sendall(chunked % (b"", b"from: mallory\r\n") + chunked % (b"from: ann\r\nconnection: close\r\n", b"from: mallory\r\n"))
        answers = received_until_close(client)
        assert answers.count(b"\r\n\r\n5 bytes") == 1
        assert answers.endswith(b"\r\n\r\nann5 bytes")


def test_half_closed_client_gets_its_response(served: Served) -> None:
    with served.connection() as client:
        client.sendall((HEAD + b"content-length: 5\r\n\r\nhello") * 3)
        client.shutdown(socket.SHUT_WR)
        assert received_until_close(client).count(b"5 bytes") == 3
    with served.connection() as client:
        client.sendall(HEAD + b"content-length: 5\r\n\r\nhell")
        client.shutdown(socket.SHUT_WR)
        assert received_until_close(client) == b""


@pytest.mark.parametrize("requests", [1, 2, 5])
def test_malformed_data_after_requests_ends_them_all(served: Served, requests: int) -> None:
    with served.connection() as client:
        client.sendall(b"GET / HTTP/1.1\r\nhost: leads.test\r\n\r\n" * requests + b"nonsense\r\n\r\n")
        assert received_until_close(client).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    "head",
    [b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nhost: leads.test\r\nhost: other.test\r\n", b"GET / HTTP/2.0\r\nhost: leads.test\r\n"],
    ids=["no host", "two hosts", "version"],
)
def test_ambiguous_head_is_refused(served: Served, head: bytes) -> None:
    with served.connection() as client:
        client.sendall(head + b"\r\n")
        assert received_until_close(client).startswith(b"HTTP/1.1 400")


def test_no_websocket_is_opened_while_a_response_is_pending(served: Served) -> None:
    get = b"GET / HTTP/1.1\r\nhost: leads.test\r\n"
    with served.connection() as client:
        client.sendall(get + b"\r\n" + get + UPGRADE + b"\r\n")
        answers = received_until_close(client)
        assert answers.count(b"HTTP/1.1 ") == 1
        assert answers.startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    ("request_line", "fields", "status"),
    [
        (b"POST / HTTP/1.1", b"", b"405"),
        (b"POST / HTTP/1.1", b"content-length: 2\r\n", b"400"),
        (b"GET / HTTP/1.1", b"content-length: 2\r\n", b"400"),
        (b"GET / HTTP/1.1", b"x: " + b"x" * 12_000 + b"\r\n", b"431"),
        (b"GET / HTTP/1.1", b"x: y\r\n" * 200, b"431"),
        (b"GET /" + b"x" * 12_000 + b" HTTP/1.1", b"", b"414"),
    ],
    ids=["method", "method and body", "body", "field", "fields", "address"],
)
def test_invalid_upgrade_request_gets_a_response(served: Served, request_line: bytes, fields: bytes, status: bytes) -> None:
    with served.connection() as client:
        client.sendall(request_line + b"\r\nhost: leads.test\r\n" + UPGRADE + fields + b"\r\n")
        assert received_until_close(client).startswith(b"HTTP/1.1 " + status)


def test_pongs_to_a_client_that_does_not_read_are_not_buffered(served: Served) -> None:
    with served.connection() as client:
        client.sendall(b"GET / HTTP/1.1\r\nhost: leads.test\r\n" + UPGRADE + b"\r\n")
        assert client.recv(12) == b"HTTP/1.1 101"
        pings = frame(Opcode.PING, bytes(125)) * 200_000
        client.sendall(pings)
        client.sendall(pings)
        assert served.transport().get_write_buffer_size() < ENDLESS
        client.sendall(frame(Opcode.TEXT, b"done"))
        received = bytearray()
        while not received.endswith(b"\x81\x04done"):
            received += client.recv(1_000_000)
        assert 6 < len(received) < len(pings)


def test_message_of_endless_fragments_closes_1009(served: Served) -> None:
    with served.dialogue() as client:
        client.socket.sendall(frame(Opcode.TEXT, b"x", is_last=False) + frame(Opcode.CONT, b"", is_last=False) * MAX_FRAGMENTS)
        with pytest.raises(ConnectionClosed) as closed:
            client.recv(TIMEOUT)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


@pytest.mark.parametrize("parts", [[b"\xff"], [b"\xc3", b"("], [b"\xed\xa0\x80"]], ids=["byte", "across frames", "surrogate"])
def test_invalid_utf8_closes_1007(served: Served, parts: list[bytes]) -> None:
    with served.dialogue() as client:
        for number, part in enumerate(parts):
            client.socket.sendall(frame(Opcode.CONT if number else Opcode.TEXT, part, is_last=number == len(parts) - 1))
        with pytest.raises(ConnectionClosed) as closed:
            client.recv(TIMEOUT)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1007


def test_fragmented_text_is_joined(served: Served) -> None:
    with served.dialogue() as client:
        client.socket.sendall(frame(Opcode.TEXT, b"\xc3", is_last=False) + frame(Opcode.PING, b"") + frame(Opcode.CONT, b"\xa9"))
        assert client.recv(TIMEOUT) == "é"


def test_log_holds_no_client_address_and_no_query_string(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    with served.dialogue("/?token=secret") as client:
        client.send("hello")
        assert client.recv(TIMEOUT) == "hello"
    assert "secret" not in caplog.text
    assert "127.0.0.1:" not in caplog.text


def test_text_frame_is_valid_at_every_length(served: Served) -> None:
    with served.dialogue() as client:
        for text in ("x", "é" * 63, "x" * 126, "x" * 70_000):
            client.send(text)
            assert client.recv(TIMEOUT) == text


def test_shared_text_is_encoded_once() -> None:
    message = {"type": "websocket.send", "text": "news"}
    assert frame_of(message) == b"\x81\x04news"
    assert frame_of(message) is frame_of(message)


REQUEST: Final = b"POST / HTTP/1.1\r\nhost: leads.test\r\ncontent-length: 3\r\n\r\n123"


@pytest.mark.parametrize("is_kept_alive", [False, True])
def test_request_on_its_way_to_a_stopping_server_is_answered(monkeypatch: pytest.MonkeyPatch, is_kept_alive: bool) -> None:
    monkeypatch.setattr(http, "SHUTDOWN_GRACE", TIMEOUT)
    with serving() as stopping, stopping.connection() as client:
        if is_kept_alive:
            client.sendall(REQUEST)
            assert client.recv(65_536).endswith(b"3 bytes")
        stop(stopping)
        client.sendall(REQUEST)
        assert received_until_close(client).endswith(b"3 bytes")


def test_idle_connection_of_a_stopping_server_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "SHUTDOWN_GRACE", 0.1)
    with serving() as stopping, stopping.connection() as client:
        stop(stopping)
        assert client.recv(1) == b""


def stop(served: Served) -> None:
    """Stop the server once it has accepted the only connection; wait until the connection knows."""
    deadline = time.monotonic() + TIMEOUT
    while not (connections := list(served.server.server_state.connections)):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    served.server.should_exit = True
    (protocol,) = connections
    while not protocol._is_stopping:  # type: ignore[union-attr]
        assert time.monotonic() < deadline
        time.sleep(0.01)
