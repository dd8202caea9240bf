"""Rows as lines of CSV."""

import asyncio

import pytest

from gql_leads.domain.errors import Unavailable
from gql_leads.services.app_context import AppContext
from gql_leads.store.database.connection import Connection
from gql_leads.store.sql.builder import Sql

TEXT = "x" * 1_000
MANY = 20_000
ROWS = Sql(
    f"WITH RECURSIVE given(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM given WHERE number < {MANY})"
    f" SELECT number, '{TEXT}' AS text FROM given"
)

CUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY %' AND state = 'active'"
)


async def test_many_rows_come_in_pieces_of_whole_lines(app: AppContext) -> None:
    pieces = list(await app.database.reading.copy(ROWS))
    assert b"".join(pieces) == b"".join(f"{number},{TEXT}\r\n".encode() for number in range(1, MANY + 1))
    assert all(piece.endswith(b"\r\n") for piece in pieces)


@pytest.mark.parametrize("moment", [0.005, 0.01, 0.02])
async def test_whoever_goes_away_meanwhile_costs_no_connection(app: AppContext, caplog: pytest.LogCaptureFixture, moment: float) -> None:
    connection = app.database.reading
    await connection.fetch("SELECT 1")
    before = app.database.pooled
    async with asyncio.timeout(60):
        while not await goes_away(asyncio.create_task(connection.copy(ROWS)), moment):
            pass
        assert await connection.fetch("SELECT 1")
        while app.database.pooled != before:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)
    assert not caplog.records


async def goes_away(copying: asyncio.Task[object], moment: float) -> bool:
    """Cancel it after a moment; whether it was not over by then."""
    await asyncio.sleep(moment)
    while not copying.done():
        copying.cancel()
        await asyncio.sleep(0)
    return copying.cancelled()


@pytest.mark.parametrize("_", range(5))
async def test_a_connection_that_is_lost_meanwhile_is_told_of(app: AppContext, _: int) -> None:
    if app.database.dialect == "sqlite":
        return
    async with asyncio.timeout(60):
        with pytest.raises(Unavailable):
            await copied_until_cut(app.database.reading)


async def copied_until_cut(connection: Connection) -> None:
    """Copy, again and again: each time the connection is cut, if the copy is not over by then."""
    while True:
        copying = asyncio.create_task(connection.copy(ROWS))
        while not copying.done() and not await connection.fetch(CUT):
            pass
        await copying
