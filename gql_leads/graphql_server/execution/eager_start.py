"""Coroutines that are begun at once, outside any task or timeout: most have nothing to wait for, and either costs more than they do."""

from collections.abc import Awaitable, Generator
from functools import partial
from typing import Any, Generic, TypeVar

Answer = TypeVar("Answer")


def start_eagerly(awaitable: Awaitable[Answer]) -> "Answer | Suspended[Answer]":
    """Run an awaitable up to where it has to wait: what is left of it then, which must be awaited, or its answer where it is done."""
    steps = awaitable.__await__()
    try:
        waits_for = steps.send(None)
    except StopIteration as done:
        answer: Answer = done.value
        return answer
    return Suspended(steps, waits_for)


class Suspended(Generic[Answer]):
    """What is left of an awaitable that waits for something."""

    __slots__ = ("_steps", "_waits_for")

    def __init__(self, steps: Generator[Any, Any, Answer], waits_for: Any) -> None:
        self._steps = steps
        self._waits_for = waits_for

    def __await__(self) -> Generator[Any, Any, Answer]:
        """Go on as if it had been awaited from the beginning."""
        while True:
            try:
                answer = yield self._waits_for
            except BaseException as error:  # noqa: BLE001 - a cancellation above all: it is the awaitable's own affair
                go_on = partial(self._steps.throw, error)
            else:
                go_on = partial(self._steps.send, answer)
            try:
                self._waits_for = go_on()
            except StopIteration as done:
                return done.value  # type: ignore[no-any-return]  # whatever the steps return
