"""A desk with a clock."""

from collections.abc import AsyncIterator

import pytest

from gql_leads.exchange import export
from gql_leads.services.desk import Desk
from tests.desks import Clock, open_desk


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def desk(database_url: str, clock: Clock) -> AsyncIterator[Desk]:
    async with open_desk(database_url, clock) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's are as small as SQLite's, so that a file has several."""
    monkeypatch.setattr(export, "COPIED_AT_ONCE", export.ROWS_AT_ONCE)
