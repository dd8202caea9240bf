"""Fair reads: process received data in chunks, with a turn for all other connections in between."""

import asyncio
from abc import ABC, abstractmethod
from typing import Final

CHUNK_SIZE: Final = 4_000
"""Bytes of one connection processed per turn of the event loop; they can be hundreds of requests or frames."""


class FairReads(ABC):
    """A protocol mixin that processes received data in chunks, one per turn of the event loop."""

    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    _buffered: bytes = b""
    """Data received and not yet processed. Reading is paused while there is any."""

    def data_received(self, data: bytes) -> None:
        """Buffer the data, and process the first chunk if nothing was buffered before."""
        is_first = not self._buffered
        self._buffered += data
        if is_first:
            self._process_next()

    def _process_next(self) -> None:
        """Process the next chunk, unless the protocol is not ready for it."""
        if not self._can_process():
            self.transport.pause_reading()
            return
        chunk, self._buffered = self._buffered[:CHUNK_SIZE], self._buffered[CHUNK_SIZE:]
        self._process(chunk)
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
        """Return True if the next chunk may be processed; who makes it True again must call `_schedule_rest`."""
        return True

    @abstractmethod
    def _process(self, chunk: bytes) -> None:
        """Process a chunk."""

    @abstractmethod
    def _resume_reading(self) -> None:
        """Resume reading if nothing is buffered and nothing else requires the pause."""
