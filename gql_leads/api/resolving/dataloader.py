"""What the objects of one level ask for, gathered so that it is read by one statement."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping
from typing import Any, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
Read = Callable[[list[Key]], Awaitable[Mapping[Key, Value]]]
Waiters = dict[Any, list["asyncio.Future[Any]"]]
"""Who waits for the answer of each key, beside whoever asked first."""


class DataLoader:
    """Has the first who asks a question read for all who ask it in the same turn.

    Remembers nothing: a stream's context lives long. What is executed side by side has tasks of its own. So whoever asks in the task of the
    operation itself is alone, and waits for nobody.
    """

    def __init__(self, operation: "asyncio.Task[Any] | None" = None) -> None:
        self._operation = operation
        self._asked: dict[Hashable, Waiters] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def load(self, question: Hashable, key: Key, read: Read[Key, Value]) -> Value | None:
        """The answer for this key."""
        if self._operation is not None and asyncio.current_task() is self._operation:
            return (await read([key])).get(key)
        others = self._asked.get(question)
        if others is not None:
            answer: asyncio.Future[Value | None] = asyncio.get_running_loop().create_future()
            others.setdefault(key, []).append(answer)
            return await answer
        others = self._asked[question] = {key: []}
        try:
            try:
                await asyncio.sleep(0)
            finally:
                del self._asked[question]
            found = await read(list(others))
        except asyncio.CancelledError:
            self._go_on(others, read)
            raise
        except Exception as error:
            _reject(others, error)
            raise
        _resolve(others, found)
        return found.get(key)

    def _go_on(self, askers: Waiters, read: Read[Any, Any]) -> None:
        """Read for the others where the first has gone."""
        waiting = {key: answers for key, answers in askers.items() if not all(answer.done() for answer in answers)}
        if waiting:
            task = asyncio.ensure_future(_read_and_resolve(waiting, read))
            self._running.add(task)
            task.add_done_callback(self._running.discard)


async def _read_and_resolve(askers: Waiters, read: Read[Any, Any]) -> None:
    try:
        found = await read(list(askers))
    except Exception as error:  # noqa: BLE001 - whoever asked gets it
        _reject(askers, error)
    else:
        _resolve(askers, found)


def _resolve(askers: Waiters, found: Mapping[Any, Any]) -> None:
    for key, answers in askers.items():
        for answer in answers:
            if not answer.done():
                answer.set_result(found.get(key))


def _reject(askers: Waiters, error: Exception) -> None:
    for answers in askers.values():
        for answer in answers:
            if not answer.done():
                answer.set_exception(error)
                answer.exception()  # seen, even where the one who asked has gone
