"""Migrating: once is enough, twice does no harm, and two processes at once do it once."""

import asyncio
import subprocess
import sys

from gql_leads.store.database.database import Database
from gql_leads.store.database.migrate import is_migrated, migrate

MIGRATE = "import asyncio, sys; from gql_leads.store.database.migrate import migrate; asyncio.run(migrate(sys.argv[1]))"


async def general_queues(url: str) -> list[str]:
    database = await Database.open(url)
    try:
        return [row["name"] for row in await database.reading.fetch("SELECT name FROM lead_queue WHERE is_general")]
    finally:
        await database.close()


def test_migrating_twice_is_migrating_once(empty_database_url: str) -> None:
    assert not asyncio.run(is_migrated(empty_database_url))
    for _ in range(2):
        asyncio.run(migrate(empty_database_url))
        assert asyncio.run(is_migrated(empty_database_url))
        assert asyncio.run(general_queues(empty_database_url)) == ["General"]


def test_two_processes_that_migrate_at_once_do_it_once(empty_database_url: str) -> None:
    command = [sys.executable, "-c", MIGRATE, empty_database_url]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    complaints = [process.communicate(timeout=60)[1] for process in running]
    assert [process.returncode for process in running] == [0, 0], complaints
    assert asyncio.run(is_migrated(empty_database_url))
    assert asyncio.run(general_queues(empty_database_url)) == ["General"]
