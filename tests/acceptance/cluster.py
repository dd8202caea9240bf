"""A PostgreSQL of one's own, to be stopped, started and frozen."""

import asyncio
import os
import shlex
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import asyncpg

from tests.postgres_server import postgres_server

TIMEOUT_SECONDS: Final = 60.0


class Cluster:
    """A running server, whose database is the maintenance database."""

    def __init__(self, url: str, data: Path) -> None:
        self.url = url
        self._data = data
        self._command = shlex.split((data / "postmaster.opts").read_text())
        self._owner = data.stat().st_uid
        self._is_frozen = False

    def stop(self) -> None:
        """Stop it at once, whoever is connected."""
        self._control("--mode=fast", "stop")

    def start(self) -> None:
        """Start it as it was, and wait until it takes connections."""
        self._control("--options", shlex.join(self._command[1:]), "start")

    def freeze(self) -> None:
        """Let it answer nobody, and keep every connection: as a machine does that hangs."""
        self._is_frozen = True
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._is_frozen = False
        self._signal(signal.SIGCONT)

    def restore(self) -> None:
        """Let it run, whatever was done to it."""
        if self._is_frozen:
            self.thaw()
        if not (self._data / "postmaster.pid").exists():
            self.start()

    def _signal(self, number: signal.Signals) -> None:
        postmaster = int((self._data / "postmaster.pid").read_text().split()[0])
        # The parent first, so that no new children come meanwhile.
        for pid in (postmaster, *children_of(postmaster)):
            os.kill(pid, number)

    def _control(self, *arguments: str) -> None:
        control = Path(self._command[0]).with_name("pg_ctl")
        subprocess.run(
            [control, "--pgdata", self._data, "--silent", "--wait", *arguments],
            cwd="/", user=self._owner if os.geteuid() == 0 else None, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, timeout=TIMEOUT_SECONDS, check=True,
        )  # fmt: skip


def children_of(pid: int) -> list[int]:
    """The processes that a process has started, and that still run."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:  # it has just ended
            continue
        if parent == pid:
            found.append(int(stat.parent.name))
    return found


@contextmanager
def private_cluster() -> Iterator[Cluster]:
    """A cluster for a file of tests, whatever the run's other tests are made on."""
    with postgres_server({}) as server:
        cluster = Cluster(server.url, Path(asyncio.run(_shown(server.url, "data_directory"))))
        try:
            yield cluster
        finally:
            cluster.restore()


async def _shown(url: str, setting: str) -> str:
    connection = await asyncpg.connect(url)
    try:
        return str(await connection.fetchval(f"SHOW {setting}"))
    finally:
        await connection.close()
