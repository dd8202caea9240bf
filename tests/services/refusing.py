"""Helpers for refused attempts; they check that the database is unchanged."""

from collections.abc import Awaitable

import pytest

from gql_leads.domain.errors import Invalid, Refusal
from gql_leads.services.app_context import AppContext
from gql_leads.store.models import MODELS
from tests.fixtures import dump_tables

CONTENTS = " UNION ALL ".join(f"SELECT '{table}' AS name, CAST({table}.* AS text) AS contents FROM {table}" for table in MODELS)


async def refused(app: AppContext, attempt: Awaitable[object]) -> Refusal:
    """Return the attempt's refusal, and check that it changed nothing."""
    before = await _contents(app)
    with pytest.raises(Refusal) as caught:
        await attempt
    assert await _contents(app) == before
    return caught.value


async def _contents(app: AppContext) -> object:
    """Return every row of every table; on PostgreSQL as text, by one statement, because some tests have hundreds of attempts."""
    if app.database.dialect == "sqlite":
        return await dump_tables(app)
    return sorted((row["name"], row["contents"]) for row in await app.database.writing.fetch(CONTENTS))


async def fields_at_fault(app: AppContext, attempt: Awaitable[object]) -> list[tuple[str, ...]]:
    """Return the fields that the attempt was refused for, and check that it changed nothing."""
    refusal = await refused(app, attempt)
    assert isinstance(refusal, Invalid)
    return [fault.field for fault in refusal.invalid_fields]
