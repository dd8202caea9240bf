"""Migrations are applied once, even if they are run again or by two processes at a time."""

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


def test_second_migration_changes_nothing(empty_database_url: str) -> None:
    assert not asyncio.run(is_migrated(empty_database_url))
    for _ in range(2):
        asyncio.run(migrate(empty_database_url))
        assert asyncio.run(is_migrated(empty_database_url))
        assert asyncio.run(general_queues(empty_database_url)) == ["General"]


def test_migrations_of_two_concurrent_processes_are_applied_once(empty_database_url: str) -> None:
    command = [sys.executable, "-c", MIGRATE, empty_database_url]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    errors = [process.communicate(timeout=60)[1] for process in running]
    assert [process.returncode for process in running] == [0, 0], errors
    assert asyncio.run(is_migrated(empty_database_url))
    assert asyncio.run(general_queues(empty_database_url)) == ["General"]
