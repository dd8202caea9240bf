"""The real command line: commands that run to their end, and servers that are started, interrupted and killed."""

import os
import signal
import subprocess
import sys
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
from gql_leads.services.tokens import Tokens
from tests.acceptance.client import Member, http
from tests.ports import reserve_port

SECRET: Final = "acceptance tests keep no secrets from anybody"
START_LASTS: Final = 300.0
STOP_LASTS: Final = 60.0


@dataclass(frozen=True)
class Ended:
    """A command that ran to its end."""

    status: int
    out: bytes
    log: str

    @property
    def lines(self) -> list[str]:
        """What it printed."""
        return self.out.decode().splitlines()


def assert_one_sentence(ended: Ended, *words: str) -> None:
    """A command has failed, and has said why in one sentence with these words."""
    assert ended.status == 1, ended.log
    assert len(ended.log.splitlines()) == 1, ended.log
    assert ended.log.startswith("gql-leads: ")
    for word in words:
        assert word in ended.log


class Installation:
    """One database, and the settings of every process that works on it."""

    def __init__(self, database_url: str, folder: Path, **settings: str) -> None:
        self.database_url = database_url
        self.folder = folder
        self._environ = {name: value for name, value in os.environ.items() if not name.startswith("GQL_LEADS_")}
        self._environ |= variables({"database_url": database_url, "secret": SECRET} | settings)
        self._starts = 0

    def run(self, *arguments: str, **settings: str) -> Ended:
        """Run a command to its end."""
        done = subprocess.run(
            [sys.executable, "-m", "gql_leads", *arguments], cwd=self.folder, env=self._environ | variables(settings),
            stdin=subprocess.DEVNULL, capture_output=True, timeout=START_LASTS, check=False,
        )  # fmt: skip
        return Ended(done.returncode, done.stdout, done.stderr.decode())

    def fill(self, leads: int) -> None:
        """Make the demo's world."""
        ended = self.run("demo", "--leads", str(leads))
        assert ended.status == 0, ended.log

    def launch(self, *arguments: str, **settings: str) -> "Server":
        """Start a server, and do not wait for it."""
        self._starts += 1
        log = self.folder / f"server-{self._starts}.log"
        port, holder = reserve_port()
        environ = self._environ | variables({"public_url": f"http://127.0.0.1:{port}"} | settings)
        with log.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "gql_leads", "serve", "--port", str(port), *arguments],
                cwd=self.folder, env=environ, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True,
            )  # fmt: skip
        return Server(self, port, process, log, holder)

    @contextmanager
    def serving(self, *arguments: str, **settings: str) -> Iterator["Server"]:
        """A server that is ready, and is gone afterwards."""
        server = self.launch(*arguments, **settings)
        try:
            server.wait_until_ready()
            yield server
        finally:
            server.kill()

    def token(self, email: str, lasts: timedelta = timedelta(hours=1)) -> str:
        """What `gql-leads token` would print for one of the demo's members."""
        return Tokens(SECRET.encode()).mint(member_id(email), datetime.now(UTC), lasts)


class Server:
    """A server process."""

    def __init__(self, installation: Installation, port: int, process: subprocess.Popen[bytes], log: Path, holder: socket) -> None:
        self.port = port
        self.base = f"http://127.0.0.1:{port}"
        self.process = process
        self._installation = installation
        self._log = log
        self._holder = holder

    @property
    def log(self) -> str:
        """Everything it has said."""
        return self._log.read_text()

    def member(self, email: str) -> Member:
        """One of the demo's members, at this server."""
        return Member(self.base, self._installation.token(email))

    def stranger(self, token: str | None = None) -> Member:
        """Somebody with any token, or none."""
        return Member(self.base, token)

    def is_ready(self) -> bool:
        """What `/readyz` says."""
        try:
            return http.get(f"{self.base}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def wait_until_ready(self) -> None:
        """Wait for `/readyz`."""
        deadline = time.monotonic() + START_LASTS
        while not self.is_ready():
            assert self.process.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            time.sleep(0.05)

    def kill(self) -> None:
        """End it at once, whatever it does, with its workers."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(STOP_LASTS)
        self._holder.close()

    def interrupt(self) -> int:
        """Press Ctrl-C, and return the exit status."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(STOP_LASTS)


def variables(settings: dict[str, str]) -> dict[str, str]:
    """Settings as the environment has them; those of OpenTelemetry have names of their own."""
    return {name if name.startswith("OTEL_") else f"GQL_LEADS_{name.upper()}": value for name, value in settings.items()}


def uuid_of(global_id: Any) -> UUID:
    """The UUID inside a global id."""
    return UUID(b64decode(global_id).decode().partition(":")[2])
