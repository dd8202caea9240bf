"""A real Redis for tests: the one on its usual port, else one started here, installed first if it is missing."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tests.ports import reserve_port

PORT: Final = 6379
TIMEOUT_SECONDS: Final = 60


@contextmanager
def redis_server() -> Iterator[str]:
    """Yield the URL of a Redis that may be shared with other programs."""
    if _answers(PORT):
        yield f"redis://127.0.0.1:{PORT}"
    else:
        with own_redis() as (port, _):
            yield f"redis://127.0.0.1:{port}"


@contextmanager
def own_redis(port: int | None = None) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Run a Redis of the test's own; yield its port and process."""
    if port is None:
        port, holder = reserve_port()
        holder.close()  # Redis does not share its port
    command = [_program(), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", "/tmp"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not _answers(port):
            assert process.poll() is None, "Redis did not start"
            assert time.monotonic() < deadline, "Redis does not answer"
            time.sleep(0.05)
        yield port, process
    finally:
        process.terminate()
        process.wait(TIMEOUT_SECONDS)


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def _program() -> str:
    """Return the program; install Debian's package if it is missing."""
    found = shutil.which("redis-server")
    if found is None:
        for command in (["apt-get", "update", "-q"], ["apt-get", "install", "-y", "-q", "--no-install-recommends", "redis-server"]):
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"Redis cannot be installed; install the package redis-server by hand.\n{done.stderr}"
        found = shutil.which("redis-server")
    assert found is not None, "The package redis-server contains no program"
    return found
