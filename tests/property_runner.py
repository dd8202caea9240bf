"""Run coroutines from synchronous tests: Hypothesis cannot drive async test functions."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import ParamSpec, Self, TypeVar

Result = TypeVar("Result")
Parameters = ParamSpec("Parameters")


class PropertyRunner:
    """One event loop that outlives the examples of a property test."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        self._runner.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._runner.close()

    def call(self, function: Callable[Parameters, Awaitable[Result]], *args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        """Call an async function and return its result."""

        async def awaited() -> Result:
            return await function(*args, **kwargs)

        return self._runner.run(awaited())

    @contextmanager
    def opened(self, manager: AbstractAsyncContextManager[Result]) -> Iterator[Result]:
        """Enter an async context manager for the duration of a `with` block."""
        value = self.call(manager.__aenter__)
        try:
            yield value
        finally:
            self.call(manager.__aexit__, None, None, None)
