"""A private PostgreSQL server that tests stop, start and suspend."""

import asyncio
import os
import shlex
import shutil
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
        """Stop the server and disconnect its clients."""
        self._control("--mode=fast", "stop")

    def start(self) -> None:
        """Start the server with its old options, and wait until it accepts connections."""
        self._control("--options", shlex.join(self._command[1:]), "start")

    def freeze(self) -> None:
        """Suspend all processes; connections stay open, as on a hanging machine."""
        self._is_frozen = True
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Resume all processes."""
        self._is_frozen = False
        self._signal(signal.SIGCONT)

    def restore(self) -> None:
        """Resume or start the server if a test left it suspended or stopped."""
        if self._is_frozen:
            self.thaw()
        if not (self._data / "postmaster.pid").exists():
            self.start()

    def keep_archive(self, archive: Path) -> None:
        """Restart the server so that it copies each finished segment of its write-ahead log into a folder."""
        archive.mkdir()
        os.chown(archive, self._owner, -1)
        self.stop()
        self._configure(f'archive_mode = on\narchive_command = \'cp "%p" "{archive}/%f"\'\n')
        self.start()

    def copy(self, target: Path) -> None:
        """Stop the server, copy its files, and start it again."""
        self.stop()
        subprocess.run(["cp", "-a", self._data, target], check=True)
        self.start()

    def recover(self, base: Path, archive: Path, restore_point: str) -> None:
        """Replace the database by a copy of its files, recovered from the archive up to a named restore point."""
        self.stop()
        shutil.rmtree(self._data)
        subprocess.run(["cp", "-a", base, self._data], check=True)
        self._configure(
            f"restore_command = 'cp \"{archive}/%f\" \"%p\"'\nrecovery_target_name = '{restore_point}'\n"
            "recovery_target_action = 'promote'\n"
        )
        signal_file = self._data / "recovery.signal"
        signal_file.touch()
        os.chown(signal_file, self._owner, -1)
        self.start()

    def program(self, name: str) -> Path:
        """Return another program of this PostgreSQL, such as `pg_dump`."""
        return Path(self._command[0]).with_name(name)

    def _configure(self, lines: str) -> None:
        with (self._data / "postgresql.auto.conf").open("a") as file:
            file.write(lines)

    def _signal(self, number: signal.Signals) -> None:
        postmaster = int((self._data / "postmaster.pid").read_text().split()[0])
        # The parent first, so that it starts no new children.
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
    """Return the ids of the running child processes."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:  # The process has just ended.
            continue
        if parent == pid:
            found.append(int(stat.parent.name))
    return found


@contextmanager
def private_cluster() -> Iterator[Cluster]:
    """Run a PostgreSQL server that no other test uses."""
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
