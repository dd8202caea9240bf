"""An import continues on another server where one was killed, without a doubled or missing row."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from gql_leads.services.app_context import AppContext
from gql_leads.services.imports import runner as runner_module
from gql_leads.services.imports.row_writing import Writer
from gql_leads.services.imports.runner import LEASE, ImportRunner
from gql_leads.store.intake.imports import progress
from tests.factories import World
from tests.fixtures import Clock
from tests.services.imports.importing import all_leads, result_of, start

ROWS = 60
CONTENT = "Last Name,Company\n" + "".join(f"L{at},C{at}\n" for at in range(ROWS)) + "Bad,Bad,Bad\n"


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner_module, "BATCH", 7)


class Killed(BaseException):
    """Ends a server in the middle of an import."""


def killing(method: Callable[..., Awaitable[Any]], calls: int, error: BaseException) -> Callable[..., Awaitable[Any]]:
    """Return the method, which raises an error at one of its calls."""
    left = [calls]

    async def call(*arguments: Any, **named: Any) -> Any:
        left[0] -= 1
        if left[0] == 0:
            raise error
        return await method(*arguments, **named)

    return call


@pytest.mark.parametrize("calls", [1, 2, 5, 9])
async def test_a_killed_import_is_continued(
    app: AppContext, world: World, monkeypatch: pytest.MonkeyPatch, clock: Clock, calls: int
) -> None:
    import_id = await start(app, world.referrals, CONTENT)
    record_step, release = progress.record_step, ImportRunner._release
    monkeypatch.setattr(progress, "record_step", killing(record_step, calls, Killed()))
    monkeypatch.setattr(ImportRunner, "_release", killing(release, 1, Killed()))  # who is killed releases nothing
    with pytest.raises(Killed):
        await ImportRunner(lambda: app).run_next()
    monkeypatch.setattr(progress, "record_step", record_step)
    monkeypatch.setattr(ImportRunner, "_release", release)
    assert (await result_of(app, import_id)).stored.processed_rows == 7 * (calls - 1)
    assert not await ImportRunner(lambda: app).run_next()  # its lease has not ended
    clock.advance(seconds=LEASE.total_seconds() + 1)
    assert await ImportRunner(lambda: app).run_next()
    done = await result_of(app, import_id)
    assert (done.stored.state, done.counts) == ("SUCCEEDED", (ROWS + 1, ROWS + 1, ROWS, 0, 0, 1))
    assert [row for row, _, _ in done.errors] == [ROWS + 2]
    assert sorted(lead.last_name for lead in await all_leads(app)) == sorted(f"L{at}" for at in range(ROWS))


async def test_a_stopping_server_gives_the_import_back_at_once(app: AppContext, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    import_id = await start(app, world.referrals, CONTENT)
    monkeypatch.setattr(Writer, "write", killing(Writer.write, 3, asyncio.CancelledError()))
    with pytest.raises(asyncio.CancelledError):
        await ImportRunner(lambda: app).run_next()
    assert await ImportRunner(lambda: app).run_next()
    assert (await result_of(app, import_id)).counts[2] == ROWS


async def test_a_server_that_was_too_slow_writes_nothing_more(app: AppContext, world: World, clock: Clock) -> None:
    import_id = await start(app, world.referrals, CONTENT)
    async with app.database.transaction() as connection:
        slow = await progress.take(connection, world.general, app.now(), app.now())
    assert slow is not None
    clock.advance(seconds=1)
    assert await ImportRunner(lambda: app, timedelta(seconds=5)).run_next()
    async with app.database.transaction() as connection:
        step = progress.Step(0, 0, processed=1)
        assert not await progress.record_step(connection, import_id, world.general, app.now(), step)


async def test_an_import_that_always_fails_is_given_up(app: AppContext, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    import_id = await start(app, world.referrals, CONTENT)

    async def fail(*_: object) -> None:
        raise RuntimeError("unexpected")

    monkeypatch.setattr(Writer, "write", fail)
    runner = ImportRunner(lambda: app)
    for _ in range(5):
        assert await runner.run_next()
    done = await result_of(app, import_id)
    assert (done.stored.state, len(done.errors)) == ("FAILED", 1)
    assert "unexpected" not in done.errors[0][2]
    assert not await runner.run_next()


async def test_two_servers_share_the_imports(app: AppContext, world: World) -> None:
    ids = [await start(app, world.referrals, CONTENT.replace("L", f"{name}-")) for name in "ABC"]
    runners = [ImportRunner(lambda: app) for _ in range(3)]
    await asyncio.gather(*(one.run_next() for one in runners))
    assert [(await result_of(app, one)).stored.state for one in ids] == ["SUCCEEDED"] * 3
    assert len(await all_leads(app)) == 3 * ROWS
