"""Export parts: ranges of a list of leads as lines of CSV.

Raw SQL because an export reads whole tables (`make bench`, export).
"""

from collections.abc import Iterator, Sequence
from typing import Final

from gql_leads.store.leads import lists
from gql_leads.store.leads.csv_expressions import CsvFormat, csv_expression
from gql_leads.store.leads.lists import LeadReader, SearchPlan
from gql_leads.store.sql import pagination
from gql_leads.store.sql.pagination import Span, Values, Window
from gql_leads.store.sql.projection import Projection

NOTHING: Final = Projection(frozenset())


async def end_of_part(reader: LeadReader, plan: SearchPlan, after: Values | None, size: int) -> Values | None:
    """Return the cursor values after the next `size` leads; None if no more than these are left."""
    window = Window(size, after=after)
    return await pagination.read_end(reader.connection, lists.select(reader, plan, NOTHING, window), window)


async def read_csv(
    reader: LeadReader, plan: SearchPlan, projection: Projection, columns: Sequence[tuple[str, CsvFormat]], span: Span
) -> Iterator[bytes]:
    """Return the lines of all leads of a range, in pieces."""
    select = lists.select(reader, plan, projection, span)
    expressions = ", ".join(csv_expression(column, csv_format, reader.connection.dialect) for column, csv_format in columns)
    return await reader.connection.copy(f"SELECT {expressions} FROM (" + pagination.span_statement(select, span) + ") AS page")
