"""A desk with a clock."""

from collections.abc import AsyncIterator

import pytest

from gql_leads.exchange import export
from gql_leads.services.desk import Desk
from tests.desks import Clock, open_desk

FEW = 500


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def desk(database_url: str, clock: Clock) -> AsyncIterator[Desk]:
    async with open_desk(database_url, clock) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few enough that a file has several parts."""
    monkeypatch.setattr(export, "ROWS_AT_ONCE", {"postgres": FEW, "sqlite": FEW})
