"""Both databases format CSV cells as Python does."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import product

from gql_leads.domain.values.codes import CURRENCIES
from gql_leads.domain.values.money import MOST_DIGITS, Money
from gql_leads.services.app_context import AppContext
from gql_leads.store.leads.csv_expressions import CsvFormat, csv_expression
from gql_leads.store.sql.builder import Sql, join
from tests.fixtures import Clock, open_app_context

AT_ONCE = 200
LEADING = (
    "",
    "'",
    "=",
    "+",
    "-",
    "@",
    "＝",
    "＋",
    "－",
    "＠",
    "％",
    "＊",
    "￥",
    "\t",
    "\r",
    "\n",
    " ",
    '"',
    ",",
    "0",
    "A",
    "a",
    "é",
    "😀",
    "?",
    "\\",
)
FORMULA = r"'*[=+\-@\t\r＝＋－＠]"
INSTANTS = (
    datetime(1, 1, 1, tzinfo=UTC), datetime(1582, 10, 10, 1, 2, 3, 4000, UTC), datetime(1969, 12, 31, 23, 59, 59, 999000, UTC),
    datetime(1970, 1, 1, tzinfo=UTC), datetime(2024, 2, 29, 12, tzinfo=UTC), datetime(2026, 11, 21, 9, 30, 59, 999000, UTC),
    *(datetime(9999, 12, 31, 23, 59, 59, 990000, UTC) + timedelta(milliseconds=rest) for rest in range(10)),
)  # fmt: skip


async def format_cells(app: AppContext, csv_format: CsvFormat, kind: str, facts: Iterable[tuple[object, str | None]]) -> list[str | None]:
    """Return the cells of values, each given with its currency."""
    given, connection = list(facts), app.database.reading
    values: list[str | None] = []
    for start in range(0, len(given), AT_ONCE):
        rows = join(" UNION ALL ", (row(number, kind, fact) for number, fact in enumerate(given[start : start + AT_ONCE])))
        asked = f"SELECT {csv_expression('fact', csv_format, connection.dialect)} AS cell FROM (" + rows + ") AS facts ORDER BY number"
        found = [row["cell"] for row in await connection.fetch(asked.text, *asked.parameters)]
        values += [None if one is None else str(one) for one in found]
    return values


def row(number: int, kind: str, fact: tuple[object, str | None]) -> Sql:
    return Sql(f"SELECT {number} AS number, CAST(? AS {kind}) AS fact, CAST(? AS TEXT) AS deal_currency", fact)


def without_currency(facts: Iterable[object]) -> Sequence[tuple[object, str | None]]:
    return [(fact, None) for fact in facts]


async def test_texts_are_escaped_against_formulas_and_can_be_restored(app: AppContext) -> None:
    texts = ["".join(pieces) for pieces in product(LEADING, LEADING, ("", "=1", "x", "12"))]
    values = await format_cells(app, CsvFormat.HARMLESS, "TEXT", without_currency([*texts, None]))
    assert values.pop() is None
    for text, found in zip(texts, values, strict=True):
        assert (found or "") == (f"'{text}" if re.match(FORMULA, text) and not re.fullmatch(r"\+[0-9]+", text) else text)
        assert ("" if found is None else found[1:] if re.match(f"'{FORMULA}", found) else found) == text


async def test_instants_of_any_year_are_formatted_to_the_millisecond(app: AppContext) -> None:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    millis = [(instant - epoch) // timedelta(milliseconds=1) for instant in INSTANTS]
    values = await format_cells(app, CsvFormat.INSTANT, "BIGINT", without_currency([*millis, None]))
    assert values == [*(f"{instant.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z" for instant in INSTANTS), None]


async def test_date_style_of_the_server_does_not_change_an_instant(app: AppContext) -> None:
    url = app.database.url
    if app.database.dialect == "postgres":
        await app.database.writing.execute(f"""ALTER DATABASE "{url.rpartition("/")[2]}" SET datestyle TO 'German, DMY'""")
    async with open_app_context(url, Clock()) as opened:
        values = await format_cells(opened, CsvFormat.INSTANT, "BIGINT", without_currency([1_700_000_000_000]))
    assert values == ["2023-11-14T22:13:20.000Z"]


async def test_amount_has_the_decimal_digits_of_its_currency(app: AppContext) -> None:
    minors = (0, 1, 9, 10, 99, 100, 1_000, 10_005, 1_250_000, 10**MOST_DIGITS - 1)
    amounts = list(product(minors, CURRENCIES))
    values = await format_cells(app, CsvFormat.MONEY, "BIGINT", [*amounts, (None, "EUR"), (5, None), (None, None)])
    assert values == [*(Money(minor, currency).text for minor, currency in amounts), None, None, None]


async def test_flags_are_true_or_false(app: AppContext) -> None:
    assert await format_cells(app, CsvFormat.FLAG, "BOOLEAN", without_currency([True, False, None])) == ["true", "false", None]
