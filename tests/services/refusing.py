"""Helpers for refused attempts; they check that the database is unchanged."""

from collections.abc import Awaitable

import pytest

from gql_leads.domain.errors import Invalid, Refusal
from gql_leads.services.app_context import AppContext
from tests.fixtures import dump_tables


async def refused(app: AppContext, attempt: Awaitable[object]) -> Refusal:
    """Return the attempt's refusal, and check that it changed nothing."""
    before = await dump_tables(app)
    with pytest.raises(Refusal) as caught:
        await attempt
    assert await dump_tables(app) == before
    return caught.value


async def fields_at_fault(app: AppContext, attempt: Awaitable[object]) -> list[tuple[str, ...]]:
    """Return the fields that the attempt was refused for, and check that it changed nothing."""
    refusal = await refused(app, attempt)
    assert isinstance(refusal, Invalid)
    return [fault.field for fault in refusal.invalid_fields]
