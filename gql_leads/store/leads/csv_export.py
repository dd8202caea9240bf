"""Parts of a list of leads, as lines of CSV."""

from collections.abc import Iterator, Sequence
from typing import Final

from gql_leads.store.leads import lists
from gql_leads.store.leads.csv_expressions import Said, cell
from gql_leads.store.leads.lists import Narrowed, Reading
from gql_leads.store.sql import pagination
from gql_leads.store.sql.pagination import Span, Values, Window
from gql_leads.store.sql.projection import Shape

NOTHING: Final = Shape(frozenset())


async def end_of_part(reading: Reading, narrow: Narrowed, after: Values | None, size: int) -> Values | None:
    """Up to where the next so many leads go; None where there are no more behind them."""
    window = Window(size, after=after)
    return await pagination.read_end(reading.connection, lists.select(reading, narrow, NOTHING, window), window)


async def lines(reading: Reading, narrow: Narrowed, shape: Shape, columns: Sequence[tuple[str, Said]], span: Span) -> Iterator[bytes]:
    """All leads of a part, in pieces."""
    select = lists.select(reading, narrow, shape, span)
    cells = ", ".join(cell(column, said, reading.connection.dialect) for column, said in columns)
    return await reading.connection.copy(f"SELECT {cells} FROM (" + pagination.span_statement(select, span) + ") AS page")
