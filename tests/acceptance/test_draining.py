"""A server that gets SIGTERM finishes what runs, within a time, and sends streams to another server at once."""

import asyncio
import http.client
import json
import signal
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import asyncpg
import pytest

from tests.acceptance.client import TIMEOUT_SECONDS, Member
from tests.acceptance.server import STOP_LASTS, Installation, Server

STREAM: Final = "subscription { leadChanged { cursor } }"
CREATE: Final = 'mutation { createLead(input: { contact: { lastName: "Late" } }) { lead { reference } errors { message } } }'


@pytest.fixture(scope="module")
def installation(installation: Installation) -> Installation:
    installation.fill(leads=500)
    return installation


@contextmanager
def writes_blocked(installation: Installation) -> Iterator[None]:
    """Make every writing operation of servers wait until the end of the block."""
    if installation.database_url.startswith("sqlite"):
        with closing(sqlite3.connect(installation.database_url.removeprefix("sqlite://"), isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")
            yield
    else:
        with asyncio.Runner() as runner:
            connection = runner.run(asyncpg.connect(installation.database_url))
            runner.run(connection.execute("BEGIN"))
            runner.run(connection.execute("LOCK TABLE lead IN SHARE MODE"))
            yield
            runner.run(connection.close())


class Request:
    """A request whose response is read later."""

    def __init__(self, member: Member, query: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(member.base).netloc, timeout=TIMEOUT_SECONDS)
        headers = member.headers | {"content-type": "application/json"}
        self._connection.request("POST", "/graphql", json.dumps({"query": query}), headers)

    def response(self) -> tuple[int, http.client.HTTPMessage, Any]:
        """Return status, headers and body of the response."""
        with closing(self._connection), self._connection.getresponse() as response:
            return response.status, response.headers, json.loads(response.read())


def await_refusal_of_connections(server: Server) -> None:
    """Wait until the server accepts no connections."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", server.port)).close()
        except ConnectionRefusedError:
            return
        assert time.monotonic() < deadline
        time.sleep(0.02)


def assert_quiet(server: Server) -> None:
    """Assert that the server ended by itself, without an error in its log."""
    assert server.process.wait(STOP_LASTS) in {0, -signal.SIGTERM}, server.log
    assert "Traceback" not in server.log, server.log
    assert "[error" not in server.log, server.log


def test_operations_and_downloads_finish_while_streams_end_at_once(installation: Installation) -> None:
    with installation.serving() as server:
        rep = server.member("rep@acme.example")
        url = urlsplit(server.member("admin@vendor.example").do("exportLeads", "export { url }")["export"]["url"])
        with rep.socket() as idle, rep.socket() as busy, rep.events(STREAM) as events, closing(socket.socket()) as download:
            idle.subscribe(STREAM)
            busy.subscribe(STREAM)
            download.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            download.connect(("127.0.0.1", server.port))
            download.sendall(f"GET {url.path}?{url.query} HTTP/1.1\r\nhost: leads.test\r\n\r\n".encode())
            file = download.recv(100)
            with writes_blocked(installation):
                running = Request(rep, CREATE)
                busy.subscribe(CREATE)
                rep.ask("{ viewer { roles } }")  # answered after the operations before it have begun
                server.process.send_signal(signal.SIGTERM)
                assert idle.closing_code() == 1012
                events.drain()
                await_refusal_of_connections(server)
                assert server.process.poll() is None
            status, _, answer = running.response()
            assert (status, answer["data"]["createLead"]["errors"]) == (200, [])
            # On PostgreSQL, the stream of this socket may still have got an event from before the signal.
            answer = next(message for message in iter(busy.receive, None) if message["id"] == "2")
            assert answer["payload"]["data"]["createLead"]["errors"] == []
            assert busy.closing_code() == 1012
            download.settimeout(TIMEOUT_SECONDS)
            while part := download.recv(65_536):
                file += part
            assert file.endswith(b"\r\n0\r\n\r\n")
        assert_quiet(server)


def test_what_takes_too_long_is_answered_unavailable(installation: Installation) -> None:
    with installation.serving(shutdown_seconds="1", query_deadline_seconds="60", statement_timeout_seconds="60") as server:
        rep = server.member("rep@acme.example")
        before = rep.ask("{ leads { totalCount } }")
        with rep.socket() as busy, writes_blocked(installation):
            busy.subscribe(STREAM)
            running = Request(rep, CREATE)
            busy.subscribe(CREATE)
            rep.ask("{ viewer { roles } }")
            server.process.send_signal(signal.SIGTERM)
            status, headers, answer = running.response()
            (error,) = answer["errors"]
            assert (status, error["extensions"]["code"]) == (503, "SERVICE_UNAVAILABLE")
            assert headers["content-type"].startswith("application/json")
            assert error["extensions"]["id"] == headers["x-request-id"]
            refused = busy.receive()
            assert refused["type"] == "error"
            assert refused["payload"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"
            assert busy.closing_code() == 1012
        assert_quiet(server)
        assert headers["x-request-id"] in server.log
    with installation.serving() as again:
        assert again.member("rep@acme.example").ask("{ leads { totalCount } }") == before
