"""Records are the same wherever the pieces of the file end, and from whatever record reading continues."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql_leads.services.imports import csv_records
from gql_leads.services.imports.csv_records import ReadChunk, Record, RecordReader
from gql_leads.store.events.time_slices import TimeSlices
from gql_leads.store.intake.imports import uploads
from tests.property_runner import PropertyRunner


def chunks_of(content: bytes, size: int) -> ReadChunk:
    async def read_chunk(number: int) -> bytes | None:
        return content[number * size : (number + 1) * size] or None

    return read_chunk


async def read(content: bytes, size: int, position: int = 0, record: int = 0, encoding: str = "utf-8") -> list[Record]:
    reader = RecordReader(chunks_of(content, size), encoding, ",", position, record, TimeSlices().start())
    records: list[Record] = []
    while found := await reader.read(2):
        records += found
    return records


CELLS = st.text(st.sampled_from('a,"\r\n;é'), max_size=4)


def test_records_do_not_depend_on_the_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    with PropertyRunner() as runner:

        @given(st.lists(st.lists(CELLS, min_size=2, max_size=3), max_size=5), st.integers(1, 9), st.sampled_from(["\r\n", "\n", "\r"]))
        def same(rows: list[list[str]], size: int, line_end: str) -> None:
            monkeypatch.setattr(uploads, "CHUNK", size)
            text = io.StringIO(newline="")
            csv.writer(text, lineterminator=line_end, quoting=csv.QUOTE_ALL).writerows(rows)
            content = text.getvalue().encode()
            records = runner.call(read, content, size)
            assert [one.cells for one in records] == rows
            assert [one.number for one in records] == list(range(1, len(rows) + 1))
            for one in records:
                assert runner.call(read, content, size, one.end, one.number) == records[one.number :]

        same()


async def test_cp1252_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [one.cells for one in await read("Straße,€\n".encode("cp1252"), uploads.CHUNK, encoding="cp1252")] == [["Straße", "€"]]


async def test_a_row_with_wrong_quotes_is_one_bad_row() -> None:
    records = await read(b'a,b\n"c,d\ne,f\n"g"h,i\nj,k\n', uploads.CHUNK)
    assert [(one.cells, one.problem is None) for one in records] == [
        (["a", "b"], True), ([], False), (["e", "f"], True), ([], False), (["j", "k"], True),
    ]  # fmt: skip


async def test_a_quote_that_is_never_closed_ends_no_other_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "CHUNK", 64)
    monkeypatch.setattr(csv_records, "LONGEST_RECORD", 200)
    records = await read(b'"a,b\n' + b"c,d\n" * 200, 64)
    assert [one.problem is None for one in records] == [False] + [True] * 200
    assert records[-1].end == 5 + 800


async def test_blank_records_are_told_from_others() -> None:
    assert [one.is_blank for one in await read(b"\n,,\n , \n", uploads.CHUNK)] == [True, True, False]
