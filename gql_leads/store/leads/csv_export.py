"""Parts of a list of leads, as lines of CSV."""

from collections.abc import Iterator, Sequence
from typing import Final

from gql_leads.store.leads import lists
from gql_leads.store.leads.csv_expressions import Said, cell
from gql_leads.store.leads.lists import LeadReader, Narrowed
from gql_leads.store.sql import pagination
from gql_leads.store.sql.pagination import Span, Values, Window
from gql_leads.store.sql.projection import Projection

NOTHING: Final = Projection(frozenset())


async def end_of_part(reader: LeadReader, narrow: Narrowed, after: Values | None, size: int) -> Values | None:
    """Up to where the next so many leads go; None where there are no more behind them."""
    window = Window(size, after=after)
    return await pagination.read_end(reader.connection, lists.select(reader, narrow, NOTHING, window), window)


async def lines(
    reader: LeadReader, narrow: Narrowed, projection: Projection, columns: Sequence[tuple[str, Said]], span: Span
) -> Iterator[bytes]:
    """All leads of a part, in pieces."""
    select = lists.select(reader, narrow, projection, span)
    cells = ", ".join(cell(column, said, reader.connection.dialect) for column, said in columns)
    return await reader.connection.copy(f"SELECT {cells} FROM (" + pagination.span_statement(select, span) + ") AS page")
