"""A PostgreSQL database that was recovered to a point in time, or restored from a dump, refuses the cursors of the lost log."""

import asyncio
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from tests.acceptance.client import Member
from tests.acceptance.cluster import Cluster, private_cluster
from tests.acceptance.restored import CHANGED, assert_old_cursors_expire, enter
from tests.acceptance.server import Installation, Server

TIMEOUT_SECONDS = 60.0


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with private_cluster() as made:
        yield made


@pytest.fixture(scope="module")
def installation(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    made = Installation(cluster.url, tmp_path_factory.mktemp("restored"))
    made.fill(leads=0)
    return made


def execute(cluster: Cluster, *statements: str) -> str:
    """Execute statements and return the value of the last."""

    async def run() -> str:
        connection = await asyncpg.connect(cluster.url)
        try:
            return [str(await connection.fetchval(statement)) for statement in statements][-1]
        finally:
            await connection.close()

    return asyncio.run(run())


@pytest.fixture
def temporary_folder(cluster: Cluster) -> Iterator[Path]:
    """A folder beside the cluster's data, which its owner can read."""
    folder = Path(tempfile.mkdtemp(prefix="gql-leads-restored-", dir=Path(execute(cluster, "SHOW data_directory")).parent))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_recovery_to_a_point_in_time_expires_cursors_and_ends_streams(
    cluster: Cluster, temporary_folder: Path, installation: Installation
) -> None:
    archive, base = (temporary_folder / name for name in ("archive", "base"))
    cluster.keep_archive(archive)
    cluster.copy(base)
    with installation.serving() as server:
        channel = server.member("channel@vendor.example")
        kept = enter(channel, 2)
        cursors = [channel.cursor()]
        execute(cluster, "SELECT pg_create_restore_point('before')")
        lost = enter(channel, 3)
        cursors.append(channel.cursor())
        finished = execute(cluster, "SELECT pg_walfile_name(pg_current_wal_lsn())", "SELECT pg_walfile_name(pg_switch_wal())")
        wait_for(archive / finished)
        with channel.socket() as socket:
            socket.subscribe(CHANGED, after=cursors[0])
            assert [socket.alert()["leadId"] for _ in lost] == lost
            socket.alert()  # of the second cursor
            cluster.recover(base, archive, "before")
            message = socket.receive()
            assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "CURSOR_EXPIRED")
        assert_recovered(server, channel, cursors, kept, lost)
    with installation.serving(auto_migrate="false") as server:
        assert_recovered(server, server.member("channel@vendor.example"), cursors, kept, lost)


def assert_recovered(server: Server, channel: Member, cursors: list[str], kept: list[str], lost: list[str]) -> None:
    server.wait_until_ready()
    assert channel.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=kept + lost)["nodes"] == [
        *({"id": lead_id} for lead_id in kept),
        *(None for _ in lost),
    ]
    assert_old_cursors_expire(channel, cursors)


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not path.exists():
        assert time.monotonic() < deadline, path
        time.sleep(0.05)


def test_dump_restored_into_the_same_database_expires_cursors(cluster: Cluster, installation: Installation) -> None:
    dump = installation.folder / "leads.dump"
    with installation.serving() as server:
        channel = server.member("channel@vendor.example")
        cursors = [channel.cursor()]
        subprocess.run([cluster.program("pg_dump"), "--format=custom", f"--file={dump}", f"--dbname={cluster.url}"], check=True)
        enter(channel, 3)
        cursors.append(channel.cursor())
    subprocess.run([cluster.program("pg_restore"), "--clean", "--single-transaction", f"--dbname={cluster.url}", dump], check=True)
    with installation.serving() as server:
        assert_old_cursors_expire(server.member("channel@vendor.example"), cursors)
