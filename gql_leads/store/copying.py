"""Pages of leads as lines of CSV."""

from collections.abc import Sequence

from gql_leads.store import leads
from gql_leads.store.cells import Said, cell
from gql_leads.store.leads import LeadQuery, Reading, Shape
from gql_leads.store.paging import Values, Window, cursor_values, page_statement, place_statement
from gql_leads.store.sql import Sql


async def lines(
    reading: Reading, query: LeadQuery, shape: Shape, columns: Sequence[tuple[str, Said]], window: Window
) -> tuple[bytes, Values | None]:
    """One page as lines of CSV, and behind which values there may be another one; None where there is none.

    The first column must be the reference: by it the last line's place in the order is looked up, at the same moment of the database.
    """
    select = leads.select(reading, await leads.narrowed(reading, query), shape, window)
    cells = ", ".join(cell(column, said, reading.connection.dialect) for column, said in columns)
    page = f"SELECT {cells} FROM (" + page_statement(select, window) + f") AS page LIMIT {window.size:d}"

    def place(reference: str) -> Sql:
        return place_statement(leads.FROM, Sql("l.reference = ?", (reference,)), select.order)

    written, last = await reading.connection.copy(page, window.size, place)
    return written, cursor_values(last, select.order) if last else None
