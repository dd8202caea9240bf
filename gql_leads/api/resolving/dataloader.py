"""A DataLoader: collects the keys that the objects of one level ask for and reads them with one statement."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping
from typing import Any, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
Read = Callable[[list[Key]], Awaitable[Mapping[Key, Value]]]
Waiters = dict[Any, list["asyncio.Future[Any]"]]
"""The futures that wait for each key. The first caller of a batch has none: it reads the batch itself."""


class DataLoader:
    """Batches the calls of one event loop turn: the first caller reads the keys of all callers of the same batch.

    Values are not cached, because the context of a stream lives long. Resolvers that run concurrently have tasks of their own, so
    a call from the operation's own task (`operation`) cannot have company and is read at once.
    """

    def __init__(self, operation: "asyncio.Task[Any] | None" = None) -> None:
        self._operation = operation
        self._pending: dict[Hashable, Waiters] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def load(self, batch: Hashable, key: Key, read: Read[Key, Value]) -> Value | None:
        """Return the value of a key, None if `read` returns none; calls with an equal `batch` are read together."""
        if self._operation is not None and asyncio.current_task() is self._operation:
            return (await read([key])).get(key)
        waiters = self._pending.get(batch)
        if waiters is not None:
            future: asyncio.Future[Value | None] = asyncio.get_running_loop().create_future()
            waiters.setdefault(key, []).append(future)
            return await future
        waiters = self._pending[batch] = {key: []}
        try:
            try:
                await asyncio.sleep(0)
            finally:
                del self._pending[batch]
            found = await read(list(waiters))
        except asyncio.CancelledError:
            self._read_for_remaining(waiters, read)
            raise
        except Exception as error:
            _reject(waiters, error)
            raise
        _resolve(waiters, found)
        return found.get(key)

    def _read_for_remaining(self, waiters: Waiters, read: Read[Any, Any]) -> None:
        """Start a task that reads for the other callers after the first one was cancelled."""
        remaining = {key: futures for key, futures in waiters.items() if not all(future.done() for future in futures)}
        if remaining:
            task = asyncio.ensure_future(_read_and_resolve(remaining, read))
            self._running.add(task)
            task.add_done_callback(self._running.discard)


async def _read_and_resolve(waiters: Waiters, read: Read[Any, Any]) -> None:
    try:
        found = await read(list(waiters))
    except Exception as error:  # noqa: BLE001 - passed on to the waiting callers
        _reject(waiters, error)
    else:
        _resolve(waiters, found)


def _resolve(waiters: Waiters, found: Mapping[Any, Any]) -> None:
    for key, futures in waiters.items():
        for future in futures:
            if not future.done():
                future.set_result(found.get(key))


def _reject(waiters: Waiters, error: Exception) -> None:
    for futures in waiters.values():
        for future in futures:
            if not future.done():
                future.set_exception(error)
                future.exception()  # marks it as retrieved, in case the caller was cancelled
