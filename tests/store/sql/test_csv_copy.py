"""Rows are copied as lines of CSV; cancelled copies release their connection."""

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


async def test_many_rows_are_returned_in_pieces_of_whole_lines(app: AppContext) -> None:
    pieces = list(await app.database.reading.copy(ROWS))
    assert b"".join(pieces) == b"".join(f"{number},{TEXT}\r\n".encode() for number in range(1, MANY + 1))
    assert all(piece.endswith(b"\r\n") for piece in pieces)


@pytest.mark.parametrize("moment", [0.005, 0.01, 0.02])
async def test_cancelled_copy_releases_its_connection(app: AppContext, caplog: pytest.LogCaptureFixture, moment: float) -> None:
    connection = app.database.reading
    await connection.fetch("SELECT 1")
    before = app.database.pooled
    async with asyncio.timeout(60):
        while not await cancel_after(asyncio.create_task(connection.copy(ROWS)), moment):
            pass
        assert await connection.fetch("SELECT 1")
        while app.database.pooled != before:  # noqa: ASYNC110 - the pool has no event to wait for
            await asyncio.sleep(0.01)
    assert not caplog.records


async def cancel_after(copying: asyncio.Task[object], moment: float) -> bool:
    """Cancel the copy after some seconds; return False if it was done before."""
    await asyncio.sleep(moment)
    while not copying.done():
        copying.cancel()
        await asyncio.sleep(0)
    return copying.cancelled()


@pytest.mark.parametrize("_", range(5))
async def test_connection_lost_during_a_copy_raises_unavailable(app: AppContext, _: int) -> None:
    if app.database.dialect == "sqlite":
        return
    async with asyncio.timeout(60):
        with pytest.raises(Unavailable):
            await copied_until_cut(app.database.reading)


async def copied_until_cut(connection: Connection) -> None:
    """Repeat the copy and terminate its connection, until that happens before the copy is done."""
    while True:
        copying = asyncio.create_task(connection.copy(ROWS))
        while not copying.done() and not await connection.fetch(CUT):
            pass
        await copying
