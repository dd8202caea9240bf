"""Records of a CSV file that arrives in pieces, with flat memory, from any position at which a record begins.

A position is an offset in bytes. The encodings read here (UTF-8 and CP1252) have the same line ends as ASCII, so lines are split before
they are decoded. A file in UTF-16 is rewritten first (`files`).
"""

import csv
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Final

from gql_leads.store.events.time_slices import TimeSlice
from gql_leads.store.intake.imports import uploads

LONGEST_RECORD: Final = 4_000_000
"""Bytes of the longest record: 200 cells of 10,000 characters are half as long at least."""
csv.field_size_limit(LONGEST_RECORD)

ReadChunk = Callable[[int], Awaitable[bytes | None]]
"""Returns the piece of the file with this number; None behind the last."""


class UnreadableFile(Exception):
    """The file cannot be read; the message says what to do, `row` where."""

    def __init__(self, message: str, row: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.row = row


@dataclass(frozen=True, slots=True)
class Record:
    """A record of the file: its number from 1, its cells, and the position behind it."""

    number: int
    cells: list[str]
    end: int
    problem: str | None = None
    """Why its cells cannot be told apart; there are none then."""

    @property
    def is_blank(self) -> bool:
        """True for an empty line, and for one of separators alone."""
        return self.problem is None and not any(self.cells)


class _MoreNeeded(Exception):
    """The pieces read so far end within a record."""


class RecordReader:
    """Reads the records of a file from a position on."""

    def __init__(self, read_chunk: ReadChunk, encoding: str, delimiter: str, position: int, record: int, time_slice: TimeSlice) -> None:
        self._read_chunk = read_chunk
        self._encoding = encoding
        self._delimiter = delimiter
        self._chunk, self._skipped = divmod(position, uploads.CHUNK)
        self._position = position
        self._record = record
        self._time_slice = time_slice
        self._lines: list[bytes] = []
        self._at = 0
        self._rest = b""
        self._is_last = False
        self._reader = self._new_reader()

    async def read(self, most: int) -> list[Record]:
        """Return at most so many of the next records; none at the end of the file."""
        records: list[Record] = []
        while len(records) < most:
            record = self._next()
            if record is not None:
                records.append(record)
            elif self._is_last:
                break
            else:
                await self._load()
            await self._time_slice.give_way()
        return records

    def _next(self) -> Record | None:
        """Return the next record; None if the next piece is needed, or at the end."""
        start, problem, cells = self._at, None, []
        try:
            cells = next(self._reader)
        except StopIteration:
            return None
        except _MoreNeeded:
            length = sum(map(len, self._lines[start:]))
            self._at, self._reader = start, self._new_reader()
            if length <= LONGEST_RECORD:
                return None
            problem = "A quote is opened in this row and never closed. Close it, or write it twice where it is part of the text."
        except csv.Error:
            problem = "The quotes of this row do not fit. Close each quote before the separator, and write one inside a cell twice."
        if problem is not None:  # read on at the next line: the rows behind it may be right
            self._at, self._reader = start + 1, self._new_reader()
        self._position += sum(map(len, self._lines[start : self._at])) if self._at - start > 1 else len(self._lines[start])
        self._record += 1
        return Record(self._record, cells, self._position, problem)

    def _new_reader(self) -> Iterator[list[str]]:
        return csv.reader(self._texts(), delimiter=self._delimiter, strict=True)

    def _texts(self) -> Iterator[str]:
        """Yield the lines, decoded; raise _MoreNeeded where the pieces read so far end."""
        while True:
            if self._at >= len(self._lines):
                if self._is_last:
                    return
                raise _MoreNeeded
            line = self._lines[self._at]
            self._at += 1
            yield line.decode(self._encoding, "replace")

    async def _load(self) -> None:
        """Read the next piece."""
        piece = await self._read_chunk(self._chunk)
        self._chunk += 1
        del self._lines[: self._at]
        self._at = 0
        if piece is None:
            self._is_last = True
            self._lines += [self._rest] if self._rest else []
            self._rest = b""
        else:
            text, self._skipped = self._rest + piece[self._skipped :], 0
            lines = text.splitlines(keepends=True)
            # The last line may go on in the next piece, also where it ends in CR: LF may follow.
            self._rest = lines.pop() if lines and not lines[-1].endswith(b"\n") else b""
            self._lines += lines
            if len(self._rest) > LONGEST_RECORD:
                message = f"A line of the file is longer than {LONGEST_RECORD:,} bytes. Check that it is a CSV file."
                raise UnreadableFile(message, self._record + 1)
        self._reader = self._new_reader()
