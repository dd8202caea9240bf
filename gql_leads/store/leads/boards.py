"""Boards: the columns of a grouped list, and the same page of each column by one statement.

Raw SQL because one statement reads all columns (`make bench`, analytics).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from gql_leads.domain.leads.boards import ENUM_COLUMNS, MOST_COLUMNS, LeadBoardGrouping
from gql_leads.domain.leads.filters import Filter
from gql_leads.domain.values.text_folding import fold
from gql_leads.store.leads import facets, lists
from gql_leads.store.leads.facets import FacetField
from gql_leads.store.leads.lists import FROM, LeadQuery, LeadReader, SearchPlan
from gql_leads.store.search import search_plan
from gql_leads.store.sql.pagination import Page, Window
from gql_leads.store.sql.projection import Projection
from gql_leads.store.sql.rows import as_uuid


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a board.

    `value` is None for leads without one; `name` is the name of the object that the value identifies; `total` is None unless counted.
    """

    value: str | None
    name: str | None
    total: int | None
    query: LeadQuery


async def columns(reader: LeadReader, query: LeadQuery, grouping: LeadBoardGrouping, *, counted: bool) -> list[Column]:
    """Return the columns in the order in which the board shows them.

    Enum values keep their declared order. Objects follow by name, after the column of leads without a value.

    Enum columns need no read unless they are counted.
    """
    words = ENUM_COLUMNS.get(grouping)
    found = await _totals(reader, query, grouping) if counted or words is None else {}
    if words is not None:
        totals = {word: found.get(word.value, (None, 0))[1] if counted else None for word in words}
        return [Column(word.value, None, total, _with_word(query, grouping, word)) for word, total in totals.items()]
    named = sorted(found.items(), key=lambda one: (one[0] is not None, fold(one[1][0] or ""), one[0] or ""))
    return [Column(value, name, total, _with_value(query, grouping, value)) for value, (name, total) in named]


async def pages(reader: LeadReader, asked: Iterable[Column], projection: Projection, window: Window) -> dict[Column, Page]:
    """Read the same page of each column, newest first."""
    wanted = list(asked)
    found = await lists.candidates_by_search(reader, (column.query.search for column in wanted), search_plan.PAGE)
    plan = {column: SearchPlan(column.query, found[column.query.search]) for column in wanted}
    branches = {
        # The leads of one object are few and found by its index; the access policy is then one more condition.
        column: one.branches(reader) if column.name is None else [one.where(reader)]
        for column, one in plan.items()
    }
    return await lists.pages(reader, branches, projection, window)


async def _totals(reader: LeadReader, query: LeadQuery, grouping: LeadBoardGrouping) -> dict[str | None, tuple[str | None, int]]:
    """Return the name and number of leads of each value that occurs."""
    value, name = facets.masked(reader, FacetField(grouping)), FacetField(grouping).name_of("grouped.value")
    plan = await lists.plan_search(reader, query, search_plan.COUNT)
    statement = (
        f"SELECT CAST(value AS TEXT) AS value, {name} AS name, total FROM (SELECT " + value + f" AS value, count(*) AS total {FROM} WHERE "
    ) + plan.where(reader)
    # The column without a value always comes first, then the columns with the most leads.
    statement += " GROUP BY 1) AS grouped ORDER BY value IS NULL DESC, total DESC, value LIMIT ?"
    rows = await reader.connection.fetch(statement, MOST_COLUMNS + 1)
    found = {row["value"]: (row["name"], row["total"]) for row in rows}
    if None not in found and len(found) > MOST_COLUMNS:
        del found[next(reversed(found))]
    return found


def _with_word(query: LeadQuery, grouping: LeadBoardGrouping, word: StrEnum) -> LeadQuery:
    """Return the query of an enum column."""
    return _with(query, **{FacetField(grouping).column: (word,)})


def _with_value(query: LeadQuery, grouping: LeadBoardGrouping, value: str | None) -> LeadQuery:
    """Return the query of an object's column, or of the column without a value."""
    field = FacetField(grouping)
    return _with(query, **({facets.WITH_NONE[field]: False} if value is None else {field.column: (as_uuid(value),)}))


def _with(query: LeadQuery, **asked: Any) -> LeadQuery:
    """Return the query with one more condition in its filter, which knows where no lead can wait."""
    return replace(query, filter=replace(query.filter, all_of=(*(query.filter.all_of or ()), Filter(**asked))))
