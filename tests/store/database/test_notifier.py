"""Notifications of PostgreSQL reach every process, and a lost connection is replaced."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from gql_leads.services.app_context import AppContext
from gql_leads.store.database import notifier
from gql_leads.store.database.notifier import Notifier
from tests.fixtures import RecordingNotifier

OTHERS = "application_name = 'gql_leads notifier' AND datname = current_database()"


@asynccontextmanager
async def listening(url: str) -> AsyncIterator[tuple[Notifier, RecordingNotifier]]:
    """Run a notifier that listens; it has called its listener once at the start."""
    listener = RecordingNotifier()
    opened = Notifier(url, listener)
    running = asyncio.create_task(opened.run())
    try:
        await calls(listener, 1)
        yield opened, listener
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def calls(listener: RecordingNotifier, times: int) -> None:
    async with asyncio.timeout(60):
        while listener.calls < times:  # noqa: ASYNC110 - the listener only counts
            await asyncio.sleep(0.002)


async def test_notification_reaches_every_listener(database_url: str) -> None:
    async with listening(database_url) as (one, listener), listening(database_url) as (other, other_listener):
        one.notify()
        await calls(listener, 2)
        await calls(other_listener, 2)
        other.notify()
        await calls(listener, 3)
        await calls(other_listener, 3)


async def test_many_notifications_at_once_are_merged(database_url: str) -> None:
    async with listening(database_url) as (one, listener):
        for _ in range(100):
            one.notify()
        await calls(listener, 2)
        one.notify()
        await calls(listener, 3)
        assert listener.calls == 3


async def test_lost_connection_is_replaced_and_missed_events_are_read(
    app: AppContext, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifier, "RETRY_AFTER", 0.05)
    async with listening(database_url) as (one, listener):
        await app.database.writing.fetch(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {OTHERS}")
        await calls(listener, 2)
        one.notify()
        await calls(listener, 3)


async def test_connection_is_retried_while_the_database_is_unreachable(
    app: AppContext, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifier, "RETRY_AFTER", 0.05)
    name = database_url.rpartition("/")[2]
    async with listening(database_url) as (one, listener):
        await app.database.writing.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT 0')
        await app.database.writing.fetch(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {OTHERS}")
        await asyncio.sleep(0.2)
        await app.database.writing.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT -1')
        await calls(listener, 2)
        one.notify()
        await calls(listener, 3)
