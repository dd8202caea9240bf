"""Time slices: long computations on events give way to other tasks.

Only one of them continues in a turn of the event loop, so their number does not matter to other tasks.
"""

import asyncio
import time
from collections import deque
from typing import Final

LONGEST: Final = 0.003
"""Seconds that a computation may take before it gives way."""


class TimeSlices:
    """The queue of the computations of one process that wait for their next slice."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()

    def start(self) -> "TimeSlice":
        """Return a slice for a computation that starts now."""
        return TimeSlice(self)

    async def next_turn(self) -> None:
        """Wait until the computations that wait already had a slice each."""
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[None] = loop.create_future()
        self._waiting.append(turn)
        if len(self._waiting) == 1:
            loop.call_soon(self._grant)
        await turn

    def _grant(self) -> None:
        turn = self._waiting[0]
        if not turn.done():
            turn.set_result(None)
        self._waiting.popleft()
        if self._waiting:  # its own turn of the loop, after whatever else is ready
            turn.get_loop().call_soon(self._grant)


class TimeSlice:
    """The current slice of one computation."""

    __slots__ = ("_ends", "_slices")

    def __init__(self, slices: TimeSlices) -> None:
        self._slices = slices
        self._ends = time.perf_counter() + LONGEST

    async def give_way(self) -> None:
        """Give way to other tasks if the slice is used up; call this often."""
        if time.perf_counter() >= self._ends:
            await self._slices.next_turn()
            self._ends = time.perf_counter() + LONGEST
