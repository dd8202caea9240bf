"""Fixtures to execute documents against the schema with a running event reader."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from gql_leads.api.resolving.context import Context
from gql_leads.api.schema import schema
from gql_leads.domain.viewer import Viewer
from gql_leads.events import EventReader
from gql_leads.services.app_context import AppContext
from gql_leads.store.access.viewers import SELECT_MEMBERS, viewer_of
from gql_leads.store.database.connection import Connection
from gql_leads.store.sql.builder import Sql
from gql_leads.store.sql.rows import Row
from gql_leads.store.sql.scans import Take

Ask = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
async def app(app: AppContext) -> AsyncIterator[AppContext]:
    event_reader = EventReader(app.database, poll_seconds=0.2)
    running = asyncio.create_task(event_reader.run())
    yield replace(app, event_reader=event_reader, notify=event_reader.notify)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


@pytest.fixture
def answer(app: AppContext) -> Ask:
    """Executes a document and returns data and errors: `await answer(viewer, document, variable=…)`."""

    async def execute(who: Viewer | None, document: str, **variables: Any) -> dict[str, Any]:
        viewer = None if who is None else await viewer_of(app.database.reading, who.member_id)
        result = await schema.execute(document, variable_values=variables, context_value=Context(app, viewer))
        return {"data": result.data, "errors": result.errors or []}

    return execute


@pytest.fixture
def ask(answer: Ask) -> Ask:
    """Executes a document, asserts that it has no errors, and returns its data."""

    async def execute(who: Viewer | None, document: str, **variables: Any) -> dict[str, Any]:
        result = await answer(who, document, **variables)
        assert result["errors"] == [], result["errors"]
        data: dict[str, Any] = result["data"]
        return data

    return execute


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The SQL statements that were sent, without those that load the viewer."""
    sent: list[str] = []
    fetch, scan = Connection.fetch, Connection.scan

    async def record(self: Connection, statement: Sql | str, *further: object) -> Sequence[Row]:
        text = statement if isinstance(statement, str) else statement.text
        if not text.startswith(SELECT_MEMBERS):
            sent.append(text)
        return await fetch(self, statement, *further)

    async def record_scan(self: Connection, rows: Sql, take: Take) -> None:
        sent.append(rows.text)
        await scan(self, rows, take)

    monkeypatch.setattr(Connection, "fetch", record)
    monkeypatch.setattr(Connection, "scan", record_scan)
    return sent
