"""The DataLoader reads the keys of a level at once, even if some callers are cancelled."""

import asyncio
from collections.abc import Mapping

import pytest

from gql_leads.api.resolving.dataloader import DataLoader


class Source:
    """Answers every number with its double, and remembers what it was asked."""

    def __init__(self, *, fails: bool = False) -> None:
        self.asked: list[list[int]] = []
        self.is_asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self._fails = fails

    async def read(self, numbers: list[int]) -> Mapping[int, int]:
        self.asked.append(numbers)
        self.is_asked.set()
        await self.may_answer.wait()
        if self._fails:
            raise ValueError("no answer")
        return {number: 2 * number for number in numbers if number}


def asking(dataloader: DataLoader, source: Source, *numbers: int) -> list[asyncio.Task[int | None]]:
    return [asyncio.create_task(dataloader.load("double", number, source.read)) for number in numbers]


async def test_questions_of_a_turn_are_read_at_once() -> None:
    dataloader, source = DataLoader(), Source()
    source.may_answer.set()
    assert await asyncio.gather(*asking(dataloader, source, 1, 2, 1, 0)) == [2, 4, 2, None]
    assert await dataloader.load("double", 1, source.read) == 2
    assert source.asked == [[1, 2, 0], [1]]


@pytest.mark.parametrize("has_begun", [True, False])
async def test_others_are_answered_though_the_first_has_gone(has_begun: bool) -> None:
    dataloader, source = DataLoader(), Source()
    first, *others = asking(dataloader, source, 1, 2, 1)
    await (source.is_asked.wait() if has_begun else asyncio.sleep(0))
    first.cancel()
    source.may_answer.set()
    assert await asyncio.gather(*others) == [4, 2]
    assert first.cancelled()
    assert len(source.asked) == (2 if has_begun else 1)


async def test_one_who_goes_takes_no_answer_from_another() -> None:
    dataloader, source = DataLoader(), Source()
    first, second, third = asking(dataloader, source, 1, 2, 2)
    await source.is_asked.wait()
    second.cancel()
    source.may_answer.set()
    assert [await first, await third] == [2, 4]


async def test_nobody_else_waits_and_nothing_is_read_again() -> None:
    dataloader, source = DataLoader(), Source()
    tasks = asking(dataloader, source, 1, 2)
    await source.is_asked.wait()
    for task in reversed(tasks):
        task.cancel()
    await asyncio.wait(tasks)
    await asyncio.sleep(0)
    assert len(source.asked) == 1


async def test_error_reaches_every_waiting_caller() -> None:
    dataloader, source = DataLoader(), Source(fails=True)
    source.may_answer.set()
    told = await asyncio.gather(*asking(dataloader, source, 1, 2), return_exceptions=True)
    assert [str(error) for error in told] == ["no answer"] * 2


async def test_who_asks_in_the_operations_own_task_waits_for_nobody() -> None:
    dataloader, source = DataLoader(asyncio.current_task()), Source()
    source.may_answer.set()
    others = asking(dataloader, source, 1, 2)
    assert await dataloader.load("double", 3, source.read) == 6
    assert await dataloader.load("double", 0, source.read) is None
    assert await asyncio.gather(*others) == [2, 4]
    assert source.asked == [[3], [0], [1, 2]]
