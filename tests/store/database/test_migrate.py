"""Migrations are applied once, even if they are run again or by two processes at a time."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from gql_leads.domain.errors import Unavailable
from gql_leads.store import migrations
from gql_leads.store.database.configuration import dialect_of, sqlite_path
from gql_leads.store.database.database import Database
from gql_leads.store.database.migrate import is_migrated, migrate, pending_migrations

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


def test_plan_lists_the_pending_migrations_in_order_and_changes_nothing(empty_database_url: str) -> None:
    files = sorted(path.stem for path in Path(migrations.__path__[0]).glob("[0-9]*.py"))
    assert asyncio.run(pending_migrations(empty_database_url)) == files
    assert dialect_of(empty_database_url) == "postgres" or not sqlite_path(empty_database_url).exists()
    assert not asyncio.run(is_migrated(empty_database_url))
    asyncio.run(migrate(empty_database_url))
    assert asyncio.run(pending_migrations(empty_database_url)) == []


def test_plan_of_an_unreachable_database_is_refused() -> None:
    with pytest.raises(Unavailable, match=r"cannot be reached: .*Connect call failed"):
        asyncio.run(pending_migrations("postgres://nobody@127.0.0.1:1/leads"))


def test_migrations_of_two_concurrent_processes_are_applied_once(empty_database_url: str) -> None:
    command = [sys.executable, "-c", MIGRATE, empty_database_url]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    errors = [process.communicate(timeout=60)[1] for process in running]
    assert [process.returncode for process in running] == [0, 0], errors
    assert asyncio.run(is_migrated(empty_database_url))
    assert asyncio.run(general_queues(empty_database_url)) == ["General"]
