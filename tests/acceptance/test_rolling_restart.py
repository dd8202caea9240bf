"""SIGHUP replaces the worker processes one after the other, without refusing a request."""

import signal
import time
from pathlib import Path

from tests.acceptance.cluster import children_of
from tests.acceptance.server import START_LASTS, Installation, Server
from tests.acceptance.test_draining import STREAM, assert_quiet, await_refusal_of_connections


def test_hang_up_replaces_the_workers_one_after_the_other(installation: Installation) -> None:
    with installation.serving("--workers", "2") as server:
        rep = server.member("rep@acme.example")
        old = workers_of(server)
        with rep.socket() as socket_:
            socket_.subscribe(STREAM)
            server.process.send_signal(signal.SIGHUP)
            deadline = time.monotonic() + START_LASTS
            while len(new := workers_of(server)) != 2 or new & old:
                assert rep.ask("{ viewer { roles } }") == {"viewer": {"roles": ["SALES_REP"]}}  # no request is refused meanwhile
                assert time.monotonic() < deadline, server.log
                time.sleep(0.1)
            assert socket_.closing_code() == 1012
        assert server.process.poll() is None
        server.process.send_signal(signal.SIGTERM)
        await_refusal_of_connections(server)  # the first process holds the listening socket, too
        assert_quiet(server)


def workers_of(server: Server) -> set[int]:
    """Return the ids of the worker processes."""
    return {pid for pid in children_of(server.process.pid) if b"spawn_main" in command_line(pid)}


def command_line(pid: int) -> bytes:
    """Return the command line of a process; nothing if it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
