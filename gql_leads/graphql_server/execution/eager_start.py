"""Eager start: run a coroutine up to its first suspension without a task; most never suspend."""

from collections.abc import Awaitable, Generator
from functools import partial
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")


def start_eagerly(awaitable: Awaitable[Result]) -> "Result | Suspended[Result]":
    """Run an awaitable up to its first suspension; return its result, or the rest of it, which must be awaited."""
    steps = awaitable.__await__()
    try:
        future = steps.send(None)
    except StopIteration as done:
        result: Result = done.value
        return result
    return Suspended(steps, future)


class Suspended(Generic[Result]):
    """The rest of an awaitable that waits for a future."""

    __slots__ = ("_future", "_steps")

    def __init__(self, steps: Generator[Any, Any, Result], future: Any) -> None:
        self._steps = steps
        self._future = future

    def __await__(self) -> Generator[Any, Any, Result]:
        """Continue as if the awaitable had been awaited from the beginning."""
        while True:
            try:
                result = yield self._future
            except BaseException as error:  # noqa: BLE001 - cancellation above all, which the awaitable must handle
                resume = partial(self._steps.throw, error)
            else:
                resume = partial(self._steps.send, result)
            try:
                self._future = resume()
            except StopIteration as done:
                return done.value  # type: ignore[no-any-return]  # the steps return a `Result`
