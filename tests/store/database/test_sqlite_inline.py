"""Short statements run in the event loop, long ones in a thread, both with the same results."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest

from gql_leads.services.app_context import AppContext
from gql_leads.store.database.engines.sqlite_inline import SHORT_AGAIN, InlineExecutor

SHORT = "SELECT 1 AS one, 'x' AS letter"
LONG = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT max(i) AS most FROM n"
STEPS_OF_SECONDS = 3_000_000
A_FEW_STEPS = 3


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.db"


@pytest.fixture
def inline(path: Path) -> Iterator[InlineExecutor]:
    with closing(sqlite3.connect(path, timeout=0)) as connection:
        yield InlineExecutor(connection)


def test_short_statement_is_run_inline(inline: InlineExecutor) -> None:
    assert inline.select(SHORT, ()) == [{"one": 1, "letter": "x"}]
    assert inline.select(LONG, (A_FEW_STEPS,)) == [{"most": A_FEW_STEPS}]
    assert inline.select("SELECT 1 AS one WHERE FALSE", ()) == []


def test_text_of_a_long_statement_is_not_run_inline_until_several_runs_were_short(inline: InlineExecutor) -> None:
    assert inline.select(LONG, (STEPS_OF_SECONDS,)) is None
    assert inline.select(LONG, (A_FEW_STEPS,)) is None
    assert inline.select(SHORT, ()) is not None
    for _ in range(SHORT_AGAIN - 1):
        inline.learn(LONG, 0.0001)
    inline.learn(LONG, 1.0)
    for _ in range(SHORT_AGAIN - 1):
        inline.learn(LONG, 0.0001)
        assert inline.select(LONG, (A_FEW_STEPS,)) is None
    inline.learn(LONG, 0.0001)
    assert inline.select(LONG, (A_FEW_STEPS,)) == [{"most": A_FEW_STEPS}]


def test_statement_that_meets_a_lock_is_not_run_inline(inline: InlineExecutor, path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE t (i)")
        other.execute("BEGIN EXCLUSIVE")
        assert inline.select("SELECT * FROM t", ()) is None


def test_invalid_statement_raises_its_error(inline: InlineExecutor) -> None:
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        inline.select("SELECT * FROM nowhere", ())


async def test_long_statement_does_not_block_others(app: AppContext) -> None:
    if app.database.dialect == "postgres":
        long, argument = "SELECT 7 AS most FROM pg_sleep(?)", 3.0
    else:
        long, argument = LONG, STEPS_OF_SECONDS
    for connection in (app.database.reading, app.database.writing):
        lasting = asyncio.create_task(connection.fetch_one(long, argument))
        await asyncio.sleep(0.02)
        assert await app.database.reading.fetch_one("SELECT 1 AS one") is not None
        assert not lasting.done()
        row = await lasting
        assert row is not None
        assert row["most"] in {7, STEPS_OF_SECONDS}


@pytest.mark.parametrize("until", [A_FEW_STEPS, STEPS_OF_SECONDS // 10])
async def test_transaction_reads_its_own_writes_in_short_and_long_statements(app: AppContext, until: int) -> None:
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
    async with app.database.transaction() as connection:
        for number in range(1, 4):
            await connection.execute(
                "INSERT INTO campaign (id, name, name_key, code, code_key, created_at) VALUES (?, 'X', 'x', 'X', ?, 1)",
                UUID(int=number), str(number),
            )  # fmt: skip
            row = await connection.fetch_one(f"{numbers} SELECT max(i) AS most, (SELECT count(*) FROM campaign) AS made FROM n", until)
            assert row is not None
            assert (row["most"], row["made"]) == (until, number)
