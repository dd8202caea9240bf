"""PostgreSQL's doorbell: a ring is heard by every process, and a lost connection is made again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from gql_leads.services.app_context import AppContext
from gql_leads.store.database import notifier
from gql_leads.store.database.notifier import Notifier
from tests.fixtures import RecordingNotifier

OTHERS = "application_name = 'gql_leads doorbell' AND datname = current_database()"


@asynccontextmanager
async def listening(url: str) -> AsyncIterator[tuple[Notifier, RecordingNotifier]]:
    """A process that listens; its bell rang once when it began to."""
    bell = RecordingNotifier()
    opened = Notifier(url, bell)
    running = asyncio.create_task(opened.run())
    try:
        await calls(bell, 1)
        yield opened, bell
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def calls(bell: RecordingNotifier, times: int) -> None:
    async with asyncio.timeout(60):
        while bell.calls < times:  # noqa: ASYNC110 - the bell only counts
            await asyncio.sleep(0.002)


async def test_ring_is_heard_by_everybody_who_listens(database_url: str) -> None:
    async with listening(database_url) as (one, bell), listening(database_url) as (other, other_bell):
        one.notify()
        await calls(bell, 2)
        await calls(other_bell, 2)
        other.notify()
        await calls(bell, 3)
        await calls(other_bell, 3)


async def test_many_rings_at_once_are_heard_as_one(database_url: str) -> None:
    async with listening(database_url) as (one, bell):
        for _ in range(100):
            one.notify()
        await calls(bell, 2)
        one.notify()
        await calls(bell, 3)
        assert bell.calls == 3


async def test_lost_connection_is_made_again_and_what_was_missed_is_looked_for(
    app: AppContext, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifier, "RETRY_AFTER", 0.05)
    async with listening(database_url) as (one, bell):
        await app.database.writing.fetch(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {OTHERS}")
        await calls(bell, 2)
        one.notify()
        await calls(bell, 3)


async def test_database_that_is_not_there_is_asked_again(app: AppContext, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifier, "RETRY_AFTER", 0.05)
    name = database_url.rpartition("/")[2]
    async with listening(database_url) as (one, bell):
        await app.database.writing.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT 0')
        await app.database.writing.fetch(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {OTHERS}")
        await asyncio.sleep(0.2)
        await app.database.writing.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT -1')
        await calls(bell, 2)
        one.notify()
        await calls(bell, 3)
