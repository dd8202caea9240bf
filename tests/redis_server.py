"""A real Redis for tests: the one on its usual port, else one started here, installed first if it is missing."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tests.debian_packages import debian_program
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
    command = [
        debian_program("redis-server", "redis-server"),
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--appendonly",
        "no",
        "--dir",
        "/tmp",
    ]
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
