"""Run `gql-leads` in processes: commands to their end, and servers that tests interrupt and kill."""

import os
import signal
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import socket
from typing import Any, Final
from uuid import UUID

import httpx

from gql_leads.demo.organization import member_id
from gql_leads.services.sign_in.tokens import Tokens
from tests import processes
from tests.acceptance.client import Member, http
from tests.ports import reserve_port
from tests.processes import ForkedProcess

SECRET: Final = "acceptance tests keep no secrets from anybody"
START_LASTS: Final = 300.0
STOP_LASTS: Final = 60.0


@dataclass(frozen=True)
class Ended:
    """The result of a finished command."""

    status: int
    out: bytes
    log: str

    @property
    def lines(self) -> list[str]:
        """The lines of standard output."""
        return self.out.decode().splitlines()


def assert_one_sentence(ended: Ended, *words: str) -> None:
    """Assert that a command failed with one sentence that contains these words."""
    assert ended.status == 1, ended.log
    assert len(ended.log.splitlines()) == 1, ended.log
    assert ended.log.startswith("gql-leads: ")
    for word in words:
        assert word in ended.log


class Installation:
    """A database and the settings of all processes that use it."""

    def __init__(self, database_url: str, folder: Path, **settings: str) -> None:
        self.database_url = database_url
        self.folder = folder
        self._environ = {name: value for name, value in os.environ.items() if not name.startswith("GQL_LEADS_")}
        self._environ["TMPDIR"] = str(folder)  # a killed server leaves its temporary files
        self._environ |= variables({"database_url": database_url, "secret": SECRET} | settings)
        self._starts = 0

    def run(self, *arguments: str, **settings: str) -> Ended:
        """Run a command to its end."""
        status, out, log = processes.run(arguments, self.folder, self._environ | variables(settings), START_LASTS)
        return Ended(status, out, log.decode())

    def fill(self, leads: int) -> None:
        """Add the demo data."""
        ended = self.run("demo", "--leads", str(leads))
        assert ended.status == 0, ended.log

    def launch(self, *arguments: str, **settings: str) -> "Server":
        """Start a server without waiting until it is ready."""
        self._starts += 1
        log = self.folder / f"server-{self._starts}.log"
        port, holder = reserve_port()
        environ = self._environ | variables({"public_url": f"http://127.0.0.1:{port}"} | settings)
        with log.open("wb") as file:
            process = processes.start(["serve", "--port", str(port), *arguments], self.folder, environ, file, file)
        return Server(self, port, process, log, holder)

    @contextmanager
    def serving(self, *arguments: str, **settings: str) -> Iterator["Server"]:
        """Run a server for the duration of the block; wait until it is ready."""
        server = self.launch(*arguments, **settings)
        try:
            server.wait_until_ready()
            yield server
        finally:
            server.kill()

    def token(self, email: str, lasts: timedelta = timedelta(hours=1)) -> str:
        """Return a token of a demo member, as `gql-leads token` prints it."""
        return Tokens(SECRET.encode()).mint(member_id(email), datetime.now(UTC), lasts)


class Server:
    """A server process."""

    def __init__(self, installation: Installation, port: int, process: ForkedProcess, log: Path, holder: socket) -> None:
        self.port = port
        self.base = f"http://127.0.0.1:{port}"
        self.process = process
        self._installation = installation
        self._log = log
        self._holder = holder

    @property
    def log(self) -> str:
        """The output of the server."""
        return self._log.read_text()

    def member(self, email: str) -> Member:
        """Return a client of a demo member."""
        return Member(self.base, self._installation.token(email))

    def stranger(self, token: str | None = None) -> Member:
        """Return a client with any token, or none."""
        return Member(self.base, token)

    def is_ready(self) -> bool:
        """Return True if `/readyz` answers 200."""
        try:
            return http.get(f"{self.base}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def wait_until_ready(self) -> None:
        """Wait until `/readyz` answers 200."""
        deadline = time.monotonic() + START_LASTS
        while not self.is_ready():
            assert self.process.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            time.sleep(0.05)

    def kill(self) -> None:
        """Kill the server and its workers."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(STOP_LASTS)
        self._holder.close()

    def interrupt(self) -> int:
        """Send SIGINT and return the exit status."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(STOP_LASTS)


def variables(settings: dict[str, str]) -> dict[str, str]:
    """Return settings as environment variables; names of OpenTelemetry keep their spelling."""
    return {name if name.startswith("OTEL_") else f"GQL_LEADS_{name.upper()}": value for name, value in settings.items()}


def uuid_of(global_id: Any) -> UUID:
    """Return the UUID inside a global id."""
    return UUID(b64decode(global_id).decode().partition(":")[2])
