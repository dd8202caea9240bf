"""Boards: the columns of a list that is grouped, and the same page of each by one statement."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from gql_leads.domain.leads.boards import ENUM_COLUMNS, MOST_COLUMNS, LeadBoardGrouping
from gql_leads.domain.leads.filters import Filter
from gql_leads.domain.text_folding import fold
from gql_leads.store.access import access_policy
from gql_leads.store.leads import lists
from gql_leads.store.leads.facets import FacetField
from gql_leads.store.leads.lists import FROM, LeadQuery, LeadReader, Narrowed
from gql_leads.store.search import search_plan
from gql_leads.store.sql.builder import TRUE, Sql, all_of, negation
from gql_leads.store.sql.pagination import Page, Window
from gql_leads.store.sql.projection import Projection


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its value (None: what has none), the name of the object it identifies, and its leads; `total` is None uncounted."""

    value: str | None
    name: str | None
    total: int | None
    query: LeadQuery


async def columns(reader: LeadReader, query: LeadQuery, grouping: LeadBoardGrouping, *, counted: bool) -> list[Column]:
    """The columns in their order; those of what has a name by name, behind that of what has no value. Words need no look at the leads."""
    words = ENUM_COLUMNS.get(grouping)
    found = await _totals(reader, query, grouping) if counted or words is None else {}
    if words is not None:
        totals = {word: found.get(word.value, (None, 0))[1] if counted else None for word in words}
        return [Column(word.value, None, total, _with_word(query, grouping, word)) for word, total in totals.items()]
    named = sorted(found.items(), key=lambda one: (one[0] is not None, fold(one[1][0] or ""), one[0] or ""))
    return [Column(value, name, total, _within(reader, query, grouping, value)) for value, (name, total) in named]


async def pages(reader: LeadReader, asked: Iterable[Column], projection: Projection, window: Window) -> dict[Column, Page]:
    """The same page of each column's leads, newest first."""
    wanted = list(asked)
    found = await lists.looked_up(reader, (column.query.search for column in wanted), search_plan.PAGE)
    narrow = {column: Narrowed(column.query, found[column.query.search]) for column in wanted}
    branches = {
        # An object's leads are few, and found by it; the sight is then one condition more.
        column: one.branches(reader) if column.name is None else [one.where(reader)]
        for column, one in narrow.items()
    }
    return await lists.pages(reader, branches, projection, window)


async def _totals(reader: LeadReader, query: LeadQuery, grouping: LeadBoardGrouping) -> dict[str | None, tuple[str | None, int]]:
    """Name and number of leads of each value that has any."""
    value, name = _value(reader, grouping), FacetField(grouping).name_of("grouped.value")
    narrow = await lists.narrowed(reader, query, search_plan.COUNT)
    statement = (
        f"SELECT CAST(value AS TEXT) AS value, {name} AS name, total FROM (SELECT " + value + f" AS value, count(*) AS total {FROM} WHERE "
    ) + narrow.where(reader)
    # What has no value is there whatever else is; the fullest others come behind it.
    statement += " GROUP BY 1) AS grouped ORDER BY value IS NULL DESC, total DESC, value LIMIT ?"
    rows = await reader.connection.fetch(statement, MOST_COLUMNS + 1)
    found = {row["value"]: (row["name"], row["total"]) for row in rows}
    if None not in found and len(found) > MOST_COLUMNS:
        del found[next(reversed(found))]
    return found


def _with_word(query: LeadQuery, grouping: LeadBoardGrouping, word: StrEnum) -> LeadQuery:
    """The leads of one column, which the filter is told of: it knows in which nothing can wait."""
    asked: dict[str, Any] = {FacetField(grouping).column: (word,)}
    return replace(query, filter=replace(query.filter, all_of=(*(query.filter.all_of or ()), Filter(**asked))))


def _within(reader: LeadReader, query: LeadQuery, grouping: LeadBoardGrouping, value: str | None) -> LeadQuery:
    """The leads of one column."""
    column, seen = f"l.{FacetField(grouping).column}", _seen(reader, grouping)
    within = all_of(seen, Sql(f"{column} = ?", (value,))) if value is not None else negation(all_of(seen, Sql(f"{column} IS NOT NULL")))
    return replace(query, within=within)


def _value(reader: LeadReader, grouping: LeadBoardGrouping) -> Sql:
    column, seen = Sql(f"l.{FacetField(grouping).column}"), _seen(reader, grouping)
    return column if seen == TRUE else "CASE WHEN " + seen + " THEN " + column + " END"


def _seen(reader: LeadReader, grouping: LeadBoardGrouping) -> Sql:
    """Where the viewer may know the value: senders see no owners."""
    return access_policy.full_view(reader.viewer) if grouping is LeadBoardGrouping.OWNER else TRUE
