"""The CSV written by the database equals, byte for byte, the one that Python writes from rows."""

import csv
import io
import re
from datetime import UTC, date, datetime

import pytest

from gql_leads import exports
from gql_leads.domain.leads.filters import Filter
from gql_leads.domain.leads.lead import LeadOutcome, LeadStage
from gql_leads.domain.leads.sorting import LeadSort, LeadSortField
from gql_leads.domain.values.money import Money
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.store.leads import lists
from gql_leads.store.leads.csv_expressions import CsvFormat
from gql_leads.store.leads.lists import LeadQuery
from gql_leads.store.sql import csv_copy
from gql_leads.store.sql.pagination import Window
from gql_leads.store.sql.rows import Row, from_millis
from tests.factories import World
from tests.fixtures import load_viewer, make_lead

NASTY = {
    'a "quoted", one': b'"a ""quoted"", one"',
    "two\r\nlines": b'"two\r\nlines"',
    "true\nfalse\n": b'"true\nfalse\n"',
    '"\n"': b'"""\n"""',
    "\r": b'"\'\r"',
    "=1+1": b"'=1+1",
    "''@x": b"'''@x",
    "'plain'": b"'plain'",
    "-": b"'-",
    "\ttab": b'"\'\ttab"',
    '=","': b'"\'="","""',
    "": b"",
    "\\.": b"\\.",
    "NULL": b"NULL",
    " Ж😀 ": '" Ж😀 "'.encode(),
    "foo;=1+1;bar": b'"foo;=1+1;bar"',
    ";": b'";"',
    "a\tb": b'"a\tb"',
    "a ,b": b'"a ,b"',
    " ": b'" "',
    "end ": b'"end "',
    " begin": b'" begin"',
    "in the middle": b"in the middle",
    '";", ; \'': b'""";"", ; \'"',
    "a;\r\n;b": b'"a;\r\n;b"',
    "+33612345678": b"+33612345678",
    "'+33612345678": b"''+33612345678",
    "+1 425 555 0181 x12": b"'+1 425 555 0181 x12",
    "+1;2": b'"\'+1;2"',
    "+": b"'+",
    "＝1＋1": "'＝1＋1".encode(),
    "＋1": "'＋1".encode(),
    "－1": "'－1".encode(),
    "＠x;": '"\'＠x;"'.encode(),
    "''＝": "'''＝".encode(),
    "％": "％".encode(),
    "+\n+": b'"\'+\n+"',
}


async def nasty_leads(app: AppContext, world: World) -> None:
    at = datetime(2026, 1, 31, 23, 59, 59, 999000, tzinfo=UTC)
    for number, text in enumerate(NASTY):
        await make_lead(
            app, partner=world.acme, reference=f"L-{number:06d}", first_name=text, message=text, company=text or None, industry=text,
            created_at=at if number % 2 else datetime(1999, 12, 31, tzinfo=UTC),
            expected_close_date=date(2026, 12, 24), is_test=bool(number % 2),
            deal_minor=number, deal_currency=("EUR", "JPY", "KWD")[number % 3], email=None if number % 3 else "x@x.example",
        )  # fmt: skip
    await make_lead(app, partner=world.acme, stage=LeadStage.ARCHIVED, outcome=LeadOutcome.EXPIRED, last_name="Hidden")
    await make_lead(app, last_name="Hidden")


async def test_every_cell_equals_the_python_writers_bytes(app: AppContext, world: World) -> None:
    await nasty_leads(app, world)
    content = b"".join([part async for part in exports.csv_of(app.reader(world.rep), LeadQuery())])
    assert content.startswith(b"\xef\xbb\xbfReference,Type,")
    assert content.endswith(b"\r\n")
    assert b"Hidden" not in content
    for number, cell in enumerate(NASTY.values()):
        line = content.partition(f"\r\nL-{number:06d},".encode())[2]
        assert line.startswith(b"OFFER,API,,NEW,RECEIVED,,HIGH," + cell + b",Bosu,,"), cell
    for line in (b",0.00,EUR,", b",1,JPY,", b",0.002,KWD,", b",0.15,EUR,", b"2026-01-31T23:59:59.999Z", b"1999-12-31T00:00:00.000Z"):
        assert line in content
    assert content.count(b",2026-12-24,") == len(NASTY)


@pytest.mark.parametrize("sort", [(), *((LeadSort(field, True), LeadSort(LeadSortField.STATUS)) for field in LeadSortField)])
async def test_the_parts_equal_those_written_from_rows(
    app: AppContext, world: World, monkeypatch: pytest.MonkeyPatch, sort: tuple[LeadSort, ...]
) -> None:
    await nasty_leads(app, world)
    in_parts_of(monkeypatch, 3)
    for who in (world.rep, world.admin, world.seller, await load_viewer(app, world.rival)):
        for query in (LeadQuery(sort=sort), LeadQuery("bosu", Filter(stage=(LeadStage.RECEIVED,)), sort)):
            parts = [part async for part in exports.csv_of(app.reader(who), query)]
            whole = await from_rows(app, who, query)
            assert b"".join(parts) == whole
            assert len(parts) == max(1, -(-(len(read(whole)) - 1) // 3))


@pytest.mark.parametrize("size", [1, 2, 5, 7, 17, 18, 100])
async def test_a_part_may_end_anywhere(app: AppContext, world: World, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    await nasty_leads(app, world)
    in_parts_of(monkeypatch, size)
    content = b"".join([part async for part in exports.csv_of(app.reader(world.admin), LeadQuery())])
    assert content == await from_rows(app, world.admin, LeadQuery())


async def test_a_part_may_arrive_in_pieces(app: AppContext, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_copy, "ENOUGH", 1)
    for message in ("one line " * 3_000, "two\nlines " * 3_000):
        for number in range(20):
            await make_lead(app, partner=world.acme, reference=f"L-{len(message)}-{number:02d}", message=message)
        parts = [part async for part in exports.csv_of(app.reader(world.admin), LeadQuery())]
        assert b"".join(parts) == await from_rows(app, world.admin, LeadQuery())
        assert all(part.endswith(b"false\r\n") for part in parts[1:])
        assert len(parts) > 1 or app.database.dialect == "sqlite"


@pytest.mark.parametrize(
    "sort", [(), (LeadSort(LeadSortField.COMPANY),), (LeadSort(LeadSortField.COMPANY, True), LeadSort(LeadSortField.STATUS))]
)
async def test_concurrent_changes_do_not_affect_other_rows(
    app: AppContext, world: World, monkeypatch: pytest.MonkeyPatch, sort: tuple[LeadSort, ...]
) -> None:
    companies = [None, "Alpha", "Beta", "Gamma"]
    for number in range(24):
        await make_lead(app, partner=world.acme if number % 3 else None, reference=f"L-{number:06d}", company=companies[number % 4])
    moving = {f"L-{number:06d}" for number in range(0, 24, 5)}
    in_parts_of(monkeypatch, 3)
    for who in (world.rep, world.admin):
        content = b""
        async for part in exports.csv_of(app.reader(who), LeadQuery(sort=sort)):
            content += part
            for reference in moving:  # Reverse the order, then restore it.
                await app.database.writing.execute(
                    "UPDATE lead SET company_key = CASE WHEN company_key = 'zeta' THEN 'aleph' ELSE 'zeta' END WHERE reference = ?",
                    reference,
                )
            await make_lead(app, partner=world.acme, company="Omega")
        told = [line[0] for line in read(content) if line[0].startswith("L-0000") and line[0] not in moving]
        assert sorted(told) == sorted({f"L-{number:06d}" for number in range(24)} - moving)


def in_parts_of(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(exports, "ROWS_AT_ONCE", {"postgres": size, "sqlite": size})


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


async def from_rows(app: AppContext, who: Viewer, query: LeadQuery) -> bytes:
    """Return the file as Python writes it from the list's rows."""
    page = await lists.page(app.reader(who), query, exports.PROJECTION, Window(1_000))
    lines: list[list[str | None]] = [[column.heading for column in exports.COLUMNS]]
    lines += [[said(row, column) for column in exports.COLUMNS] for row in page.rows]
    return "".join(",".join(quoted(cell or "") for cell in line) + "\r\n" for line in lines).encode("utf-8-sig")


def quoted(cell: str) -> str:
    """Return a cell in quotes if it contains a separator of any program, a quote or a line break, or a space at an end."""
    return '"' + cell.replace('"', '""') + '"' if re.search(r'[,;\t"\r\n]|^ | \Z', cell) else cell


def said(row: Row, column: exports.Column) -> str | None:
    value, currency = row[column.column], row["deal_currency"]
    match column.csv_format:
        case _ if value is None:
            return None
        case CsvFormat.HARMLESS:
            return f"'{value}" if re.match(r"(?!\+[0-9]+\Z)'*[=+\-@\t\r＝＋－＠]", value) else str(value)
        case CsvFormat.FLAG:
            return "true" if value else "false"
        case CsvFormat.INSTANT:
            return f"{from_millis(value).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
        case CsvFormat.MONEY:
            return Money(value, currency).text if currency else None
    return str(value)
