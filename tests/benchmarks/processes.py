"""Start server processes and read their CPU time and memory from /proc."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx

from gql_leads.services.sign_in.tokens import Tokens
from tests.acceptance.server import SECRET, Installation
from tests.ports import reserve_port

TOKENS: Final = Tokens(SECRET.encode())
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_START_SECONDS: Final = 60


class ServerProcess:
    """A running server process."""

    def __init__(self, port: int, pid: int) -> None:
        self.port = port
        self._pid = pid

    @property
    def cpu(self) -> float:
        """CPU seconds used so far by all threads."""
        fields = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    @property
    def memory(self) -> int:
        """Resident anonymous memory in bytes; a memory-mapped database file is not included."""
        status = Path(f"/proc/{self._pid}/status").read_text()
        return int(status.partition("RssAnon:")[2].split()[0]) * 1024


@contextmanager
def service(url: str, folder: Path, **settings: str) -> Iterator[ServerProcess]:
    """Run the service with `gql-leads serve`, without rate limits."""
    installation = Installation(url, folder, rate_limit="0", sockets_per_member="1000000", log_level="WARNING", **settings)
    with installation.serving() as server:
        yield ServerProcess(server.port, server.process.pid)


@contextmanager
def handwritten_server(module: str, *arguments: str) -> Iterator[ServerProcess]:
    """Run a module of this package as a server; it gets the arguments and a port."""
    port, holder = reserve_port()
    process = subprocess.Popen([sys.executable, "-m", f"tests.benchmarks.{module}", *arguments, str(port)], stdin=subprocess.DEVNULL)
    try:
        _wait_for(port, process)
        yield ServerProcess(port, process.pid)
    finally:
        process.kill()
        process.wait()
        holder.close()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            httpx.get(f"http://127.0.0.1:{port}/")
            return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError(f"The server at port {port} did not start.")
