"""An eagerly started awaitable behaves as if it had been awaited from the beginning."""

import asyncio
from collections.abc import Awaitable

import pytest

from gql_leads.graphql_server.execution.eager_start import Suspended, start_eagerly


class TwoStepTask:
    """Wait for two events and record which of them happened."""

    def __init__(self) -> None:
        self.gates = asyncio.Event(), asyncio.Event()
        self.steps: list[str] = []

    async def run(self) -> None:
        try:
            for number, gate in enumerate(self.gates):
                await gate.wait()
                self.steps.append(f"passed {number}")
        except asyncio.CancelledError:
            self.steps.append("cancelled")
            await asyncio.sleep(0)
            self.steps.append("cleaned")
            raise


async def finish(rest: Awaitable[None] | None) -> None:
    assert rest is not None
    await rest


async def test_awaitable_that_never_suspends_finishes_at_once() -> None:
    sending = TwoStepTask()
    for gate in sending.gates:
        gate.set()
    assert start_eagerly(sending.run()) is None
    assert sending.steps == ["passed 0", "passed 1"]


async def test_suspended_awaitable_continues_in_a_task() -> None:
    sending = TwoStepTask()
    sending.gates[0].set()
    rest = start_eagerly(sending.run())
    assert sending.steps == ["passed 0"]
    task = asyncio.create_task(finish(rest))
    await asyncio.sleep(0)
    sending.gates[1].set()
    await task
    assert sending.steps == ["passed 0", "passed 1"]


async def test_future_may_be_done_before_the_task_starts() -> None:
    sending = TwoStepTask()
    rest = start_eagerly(sending.run())
    for gate in sending.gates:
        gate.set()
    await asyncio.sleep(0)
    await finish(rest)
    assert sending.steps == ["passed 0", "passed 1"]


async def test_cancellation_reaches_the_suspended_awaitable() -> None:
    sending = TwoStepTask()
    task = asyncio.create_task(finish(start_eagerly(sending.run())))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sending.steps == ["cancelled", "cleaned"]


async def test_exception_is_raised_before_and_after_suspension() -> None:
    gate = asyncio.Event()

    async def fail_after(is_late: bool) -> None:
        if is_late:
            await gate.wait()
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        start_eagerly(fail_after(False))
    rest = start_eagerly(fail_after(True))
    gate.set()
    with pytest.raises(ConnectionResetError):
        await finish(rest)


async def test_result_is_returned_with_and_without_suspension() -> None:
    gate = asyncio.Event()

    async def answer(is_late: bool) -> int:
        if is_late:
            await gate.wait()
        return 7

    assert start_eagerly(answer(False)) == 7
    rest = start_eagerly(answer(True))
    gate.set()
    assert isinstance(rest, Suspended)
    assert await rest == 7
