"""Streams end in ways after which standard clients reconnect: missing pongs, expired tokens, too many sockets."""

import base64
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.protocol import CLIENT, Protocol

from tests.acceptance.client import PROTOCOL, TIMEOUT_SECONDS, Member, http
from tests.acceptance.server import Installation, Server

CHANGED: Final = "subscription { leadChanged { cursor } }"
TOTAL: Final = "{ leads(first: 0) { totalCount } }"


@pytest.fixture(scope="module")
def server(installation: Installation) -> Iterator[Server]:
    with installation.serving(ping_seconds="1", sockets_per_member="2") as ready:
        yield ready


@pytest.fixture
def brief(installation: Installation, server: Server) -> Member:
    """A member with a token of three seconds."""
    return server.stranger(installation.token("rep@acme.example", timedelta(seconds=3)))


@contextmanager
def silent_socket(member: Member) -> Iterator[socket.socket]:
    """Open a WebSocket that is signed in, and sends nothing more by itself."""
    host, _, port = member.base.removeprefix("http://").partition(":")
    head = (
        f"GET /graphql HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\nSec-WebSocket-Protocol: {PROTOCOL}\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), TIMEOUT_SECONDS) as opened:
        opened.sendall(head.encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += opened.recv(1)
        assert answer.startswith(b"HTTP/1.1 101 ")
        init = json.dumps({"type": "connection_init", "payload": member.headers}).encode()
        opened.sendall(Frame(Opcode.TEXT, init).serialize(mask=True))
        yield opened


def test_socket_that_answers_no_ping_is_dropped_without_a_close_frame(rep: Member) -> None:
    received = Protocol(CLIENT)
    with silent_socket(rep) as opened:
        while chunk := opened.recv(65_536):
            received.receive_data(chunk)
    frames = [event for event in received.events_received() if isinstance(event, Frame)]
    opcodes = [frame.opcode for frame in frames]
    assert Opcode.PING in opcodes
    assert Opcode.CLOSE not in opcodes


def test_event_stream_ends_without_complete_when_its_token_expires(server: Server, brief: Member) -> None:
    with http.stream(
        "POST", f"{server.base}/graphql", json={"query": CHANGED}, headers=brief.headers | {"accept": "text/event-stream"}
    ) as response:
        assert response.status_code == 200
        ended = response.read().decode()
    assert "event: complete" not in ended
    assert "errors" not in ended
    again = http.post(f"{server.base}/graphql", json={"query": CHANGED}, headers=brief.headers | {"accept": "text/event-stream"})
    assert again.status_code == 401
    assert again.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert brief.ask(TOTAL)["leads"]["totalCount"] >= 0  # the leeway is for queries alone


def test_websocket_closes_4403_when_its_token_expires_and_opens_none_again(brief: Member) -> None:
    with brief.socket() as opened:
        opened.subscribe(CHANGED)
        assert opened.closing_code() == 4403
    with pytest.raises(ConnectionClosed) as closed, brief.socket():
        pass
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4403
    assert brief.ask(TOTAL)["leads"]["totalCount"] >= 0


def test_too_many_sockets_close_1013(rep: Member) -> None:
    with rep.socket(), rep.socket():
        with pytest.raises(ConnectionClosed) as closed, rep.socket():
            pass
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1013


def test_rate_limit_at_connection_init_closes_1013(installation: Installation) -> None:
    with installation.serving(rate_limit="1") as limited:
        rep, codes = limited.member("rep@acme.example"), []
        for _ in range(4):  # two of them are in the same minute
            try:
                with rep.socket():
                    pass
            except ConnectionClosed as closed:
                codes.append(closed.rcvd and closed.rcvd.code)
    assert codes
    assert set(codes) == {1013}
