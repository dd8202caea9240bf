"""What a client sends is taken in a part at a time."""

import asyncio
from abc import ABC, abstractmethod
from typing import Final

TAKEN_AT_ONCE: Final = 4_000
"""Bytes of a connection that are taken in before everybody else has their turn: they may be some hundred requests or frames."""


class PartByPart(ABC):
    """Takes in what was read a part at a time, so that thousands of tiny requests or frames delay nobody else."""

    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    _held: bytes = b""
    """Received, and not taken in yet. While there is any, nothing more is read."""

    def data_received(self, data: bytes) -> None:
        """Take in the first part, behind whatever waits."""
        is_first = not self._held
        self._held += data
        if is_first:
            self._take_in()

    def _take_in(self) -> None:
        """Take in the next part, as soon as nothing that came of those before stands in its way."""
        if not self._is_ready():
            self.transport.pause_reading()
            return
        part, self._held = self._held[:TAKEN_AT_ONCE], self._held[TAKEN_AT_ONCE:]
        self._take(part)
        if self.transport.is_closing():
            self._held = b""
        elif self._held:
            self.transport.pause_reading()
            self._take_in_soon()

    def _take_in_soon(self) -> None:
        self.loop.call_soon(self._take_in_rest)

    def _take_in_rest(self) -> None:
        if self._held and not self.transport.is_closing():
            self._take_in()
            self._read_on()

    def _is_ready(self) -> bool:
        """Whether the next part may be taken in now; whoever changes that has it taken in."""
        return True

    @abstractmethod
    def _take(self, part: bytes) -> None:
        """Take in a part."""

    @abstractmethod
    def _read_on(self) -> None:
        """Read again, if nothing is held and nothing else speaks against it."""
