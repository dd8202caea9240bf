"""Scans of SQLite pass all rows in pieces, and end when they are cancelled."""

import asyncio
from typing import Any

import pytest

from gql_leads.services.app_context import AppContext
from gql_leads.store.sql import scans
from gql_leads.store.sql.builder import Sql

NUMBERS = "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?) "


@pytest.fixture(autouse=True)
def on_sqlite(app: AppContext) -> None:
    if app.database.dialect != "sqlite":
        pytest.skip("PostgreSQL counts groups itself")


async def test_a_scan_passes_every_row_once_in_pieces(app: AppContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scans, "PIECE", 4)
    pieces: list[list[tuple[Any, ...]]] = []
    await app.database.reading.scan(Sql(NUMBERS + "SELECT n, 'x' FROM number", (10,)), lambda rows: pieces.append(list(rows)))
    assert [len(piece) for piece in pieces] == [4, 4, 2]
    assert [row for piece in pieces for row in piece] == [(number, "x") for number in range(1, 11)]


@pytest.mark.parametrize("where", ["TRUE", "n < 0"])
async def test_a_cancelled_scan_ends(app: AppContext, where: str) -> None:
    pieces = 0

    def take(rows: object) -> None:
        nonlocal pieces
        pieces += 1

    endless = Sql(NUMBERS + f"SELECT n FROM number WHERE {where}", (10**12,))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await app.database.reading.scan(endless, take)
    await asyncio.sleep(0.3)
    seen = pieces
    await asyncio.sleep(0.1)
    assert pieces == seen
