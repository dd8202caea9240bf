"""Time slices: computations give way in turn, one in a turn of the event loop."""

import asyncio

import pytest

from gql_leads.store.events import time_slices
from gql_leads.store.events.time_slices import TimeSlices


async def test_one_computation_goes_on_in_each_turn_of_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time_slices, "LONGEST", 0.0)
    slices, steps = TimeSlices(), list[tuple[int, str]]()
    turn, is_running = 0, True

    def count_turn() -> None:
        nonlocal turn
        turn += 1
        if is_running:
            asyncio.get_running_loop().call_soon(count_turn)

    async def compute(name: str, number: int) -> None:
        current = slices.start()
        for _ in range(number):
            await current.give_way()
            steps.append((turn, name))

    count_turn()
    await asyncio.gather(*(compute(name, 10) for name in "abc"), compute("d", 2))
    is_running = False
    turns = [at for at, _ in steps]
    assert len(set(turns)) == len(turns) == 32
    assert [name for _, name in steps[:8]] == ["a", "b", "c", "d"] * 2
    assert [name for _, name in steps[8:]] == ["a", "b", "c"] * 8


async def test_computation_goes_on_without_a_pause_within_its_slice_and_others_are_not_held_up_by_one_that_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slices = TimeSlices()
    monkeypatch.setattr(time_slices, "LONGEST", 60.0)
    current, passed = slices.start(), asyncio.Event()
    asyncio.get_running_loop().call_soon(passed.set)
    for _ in range(1_000):
        await current.give_way()
    assert not passed.is_set()
    first, second = asyncio.create_task(slices.next_turn()), asyncio.create_task(slices.next_turn())
    await asyncio.sleep(0)
    first.cancel()
    await second
    assert first.cancelled()
    await slices.next_turn()
