"""What a client sends is taken in a part at a time."""

import asyncio
from abc import ABC, abstractmethod
from typing import Final

CHUNK_SIZE: Final = 4_000
"""Bytes of a connection that are taken in before everybody else has their turn: they may be some hundred requests or frames."""


class FairReads(ABC):
    """Takes in what was read a part at a time, so that thousands of tiny requests or frames delay nobody else."""

    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    _buffered: bytes = b""
    """Received, and not taken in yet. While there is any, nothing more is read."""

    def data_received(self, data: bytes) -> None:
        """Take in the first part, behind whatever waits."""
        is_first = not self._buffered
        self._buffered += data
        if is_first:
            self._process_next()

    def _process_next(self) -> None:
        """Take in the next part, as soon as nothing that came of those before stands in its way."""
        if not self._can_process():
            self.transport.pause_reading()
            return
        part, self._buffered = self._buffered[:CHUNK_SIZE], self._buffered[CHUNK_SIZE:]
        self._take(part)
        if self.transport.is_closing():
            self._buffered = b""
        elif self._buffered:
            self.transport.pause_reading()
            self._schedule_rest()

    def _schedule_rest(self) -> None:
        self.loop.call_soon(self._process_rest)

    def _process_rest(self) -> None:
        if self._buffered and not self.transport.is_closing():
            self._process_next()
            self._resume_reading()

    def _can_process(self) -> bool:
        """Whether the next part may be taken in now; whoever changes that has it taken in."""
        return True

    @abstractmethod
    def _take(self, part: bytes) -> None:
        """Take in a part."""

    @abstractmethod
    def _resume_reading(self) -> None:
        """Read again, if nothing is held and nothing else speaks against it."""
