"""Run `python -m gql_leads` in processes that need not import it again: they are forked from one that has imported everything."""

import atexit
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from json import dumps
from pathlib import Path
from typing import IO


class ForkedProcess:
    """A process that the forking process started and waits for."""

    def __init__(self, arguments: Sequence[str], reports: socket.socket) -> None:
        self._arguments = arguments
        self._reports = reports
        self._status: int | None = None
        self.pid = int.from_bytes(reports.recv(4), "big")
        assert self.pid

    def poll(self) -> int | None:
        """Return the exit status, negative for a signal; None while the process runs."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the exit status, or raise TimeoutExpired."""
        if self._status is None:
            self._reports.settimeout(timeout)
            try:
                self._status = int.from_bytes(self._reports.recv(4), "big", signed=True)
            except (BlockingIOError, TimeoutError):
                raise subprocess.TimeoutExpired(self._arguments, timeout or 0) from None
            self._reports.close()
        return self._status

    def send_signal(self, sig: int) -> None:
        """Send a signal unless the process has ended."""
        if self.poll() is None:
            os.kill(self.pid, sig)


def start(arguments: Sequence[str], folder: Path, environ: Mapping[str, str], stdout: IO[bytes], stderr: IO[bytes]) -> ForkedProcess:
    """Start `python -m gql_leads` in a session of its own, with nothing to read on standard input."""
    ours, theirs = socket.socketpair()
    with theirs, Path(os.devnull).open("rb") as nothing:
        request = dumps([arguments, str(folder), dict(environ)]).encode()
        descriptors = [nothing.fileno(), stdout.fileno(), stderr.fileno(), theirs.fileno()]
        _, requests = _forker()
        socket.send_fds(requests, [request], descriptors)
    return ForkedProcess(arguments, ours)


def run(arguments: Sequence[str], folder: Path, environ: Mapping[str, str], timeout: float) -> tuple[int, bytes, bytes]:
    """Run `python -m gql_leads` to its end and return its status, standard output and standard error."""
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        process = start(arguments, folder, environ, stdout, stderr)
        try:
            status = process.wait(timeout)
        except BaseException:
            process.send_signal(signal.SIGKILL)
            raise
        stdout.seek(0)
        stderr.seek(0)
        return status, stdout.read(), stderr.read()


@cache
def _forker() -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start the forking process, which ends with this one, and return it with the socket on which it takes requests."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.process_forker", str(theirs.fileno())],
            cwd=Path(__file__).parents[1], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, pass_fds=[theirs.fileno()],
            start_new_session=True,
        )  # fmt: skip
    assert ours.recv(16) == b"ready"
    atexit.register(_end, process, ours)
    return process, ours


def _end(process: subprocess.Popen[bytes], requests: socket.socket) -> None:
    requests.close()
    process.wait()
