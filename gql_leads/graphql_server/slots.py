"""Slots: limit how much a member does at once in this process; who finds none waits in turn."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Slots:
    """A number of slots for each key."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._taken: dict[str, int] = {}
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    def take_free(self, key: str) -> bool:
        """Take a slot and return True, or return False if none is free."""
        taken = self._taken.get(key, 0)
        if taken >= self._number:
            return False
        self._taken[key] = taken + 1
        return True

    async def take(self, key: str) -> None:
        """Take a slot, when those who asked earlier have theirs."""
        if self.take_free(key):
            return
        granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(key, deque())
        waiting.append(granted)
        try:
            await granted
        except asyncio.CancelledError:
            if granted.done() and not granted.cancelled():  # cancelled after the slot was granted
                self.release(key)
            raise

    def release(self, key: str) -> None:
        """Give a slot back: to the first who waits, if anybody does."""
        waiting = self._waiting.get(key)
        while waiting:
            granted = waiting.popleft()
            if not waiting:
                del self._waiting[key]
            if not granted.done():
                granted.set_result(None)
                return
        taken = self._taken.pop(key) - 1
        if taken:
            self._taken[key] = taken

    @asynccontextmanager
    async def slot(self, key: str) -> AsyncIterator[None]:
        """Hold a slot."""
        await self.take(key)
        try:
            yield
        finally:
            self.release(key)
