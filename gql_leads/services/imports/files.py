"""Recognition of a file: what it is, its encoding and its separator."""

import codecs
import csv
from collections import Counter
from collections.abc import AsyncIterator
from typing import Final

from gql_leads.services.imports.csv_records import ReadChunk, UnreadableFile
from gql_leads.store.events.time_slices import TimeSlice

DELIMITERS: Final = (",", ";", "\t")
ENCODINGS: Final = {
    "utf-8": "utf-8", "utf8": "utf-8", "utf-8-sig": "utf-8", "us-ascii": "utf-8", "ascii": "utf-8",
    "cp1252": "cp1252", "windows-1252": "cp1252", "iso-8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252",
    "utf-16": "utf-16", "utf-16le": "utf-16-le", "utf-16-le": "utf-16-le", "utf-16be": "utf-16-be", "utf-16-be": "utf-16-be",
}  # fmt: skip
"""Python's name of each encoding that a member may give. ISO 8859-1 is a subset of CP1252 but for control characters."""
SAMPLE: Final = 4_096
"""Bytes that show the separator and UTF-16 without a byte order mark."""
_BEGINNINGS: Final = {
    b"\x1f\x8b": "This file is compressed by gzip. Unpack it and upload the CSV file itself.",
    b"PK\x03\x04": "This is an Excel workbook or a ZIP file. Save the sheet as CSV (UTF-8) and upload that file.",
    b"\xd0\xcf\x11\xe0": "This is an Excel workbook. Save the sheet as CSV (UTF-8) and upload that file.",
    b"%PDF": "This is a PDF. Upload a CSV file.",
    b"BZh": "This file is compressed by bzip2. Unpack it and upload the CSV file itself.",
    b"\xfd7zXZ": "This file is compressed by xz. Unpack it and upload the CSV file itself.",
}


def what_is_wrong(beginning: bytes) -> str | None:
    """Return why a file that begins with these bytes is no CSV file; None if it may be one."""
    return next((message for mark, message in _BEGINNINGS.items() if beginning.startswith(mark)), None)


async def find_encoding(read_chunk: ReadChunk, given: str | None, time_slice: TimeSlice) -> str:
    """Return the encoding of the file as Python names it, `utf-16-le` and `utf-16-be` for UTF-16.

    Without a byte order mark it is UTF-8 if all of it can be read so, and else CP1252.
    """
    beginning = (await read_chunk(0) or b"")[:SAMPLE]
    if marked := _marked(beginning):
        return marked
    if given in ("utf-16", "utf-16-le") or (given is None and _has_nulls(beginning, 1)):
        return "utf-16-le"
    if given == "utf-16-be" or (given is None and _has_nulls(beginning, 0)):
        return "utf-16-be"
    if given == "cp1252" or await _is_utf8(read_chunk, time_slice):
        return given or "utf-8"
    if given is not None:
        raise UnreadableFile("The file is not written in UTF-8, as `encoding` says. Leave `encoding` out, or give the right one.")
    return "cp1252"


def length_of_mark(beginning: bytes, encoding: str) -> int:
    """Return the number of bytes of the byte order mark."""
    return len(codecs.BOM_UTF8) if encoding == "utf-8" and beginning.startswith(codecs.BOM_UTF8) else 0


def find_delimiter(header: str) -> str:
    """Return the separator that occurs most often in the header, outside of quotes."""
    outside = "".join(header.split('"')[::2])
    counts = Counter({delimiter: outside.count(delimiter) for delimiter in DELIMITERS})
    return counts.most_common(1)[0][0]


def header_line(beginning: bytes, encoding: str) -> str:
    """Return the first record of the file as it is written, as far as these bytes show it."""
    lines = beginning.decode(encoding, "ignore").splitlines(keepends=True)
    line = ""
    for one in lines:
        line += one
        if line.count('"') % 2 == 0:
            break
    return line


async def transcoded(read_chunk: ReadChunk, encoding: str) -> AsyncIterator[bytes]:
    """Yield the file in UTF-8, in pieces of any size."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    number = 0
    while (piece := await read_chunk(number)) is not None:
        text = decoder.decode(piece)
        yield (text.removeprefix("\ufeff") if number == 0 else text).encode("utf-8", "replace")
        number += 1
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")


def _marked(beginning: bytes) -> str | None:
    if beginning.startswith(codecs.BOM_UTF8):
        return "utf-8"
    if beginning.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    return "utf-16-be" if beginning.startswith(codecs.BOM_UTF16_BE) else None


def _has_nulls(beginning: bytes, offset: int) -> bool:
    """Return whether most of every second byte, and nearly none of the others, is zero, as in UTF-16 of Latin text."""
    nulls, others = beginning[offset::2], beginning[1 - offset :: 2]
    return len(nulls) > 1 and nulls.count(0) * 2 > len(nulls) and others.count(0) * 10 < len(others)


async def _is_utf8(read_chunk: ReadChunk, time_slice: TimeSlice) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    number = 0
    try:
        while (piece := await read_chunk(number)) is not None:
            decoder.decode(piece)
            number += 1
            await time_slice.give_way()
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def csv_line(cells: list[str]) -> str:
    """Return the cells as one line of CSV."""
    lines: list[str] = []
    csv.writer(_Lines(lines), lineterminator="\r\n").writerow(cells)
    return lines[0]


class _Lines:
    """A file-like object that collects what is written."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def write(self, text: str) -> None:
        """Add a text."""
        self._lines.append(text)
