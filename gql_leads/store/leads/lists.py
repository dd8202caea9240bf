"""The one door from rows to what a viewer may see of leads.

The audience is the first condition of every statement, and what is hidden comes out of SQL as NULL. Only the columns that are asked for are
read, and the objects beside a lead (`partner__name` …) are joined only where something of them is asked for.
"""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from gql_leads.domain.attributes import VisibilityClass
from gql_leads.domain.leads.filters import EVERYTHING, Filter
from gql_leads.domain.leads.lead import ATTRIBUTES
from gql_leads.domain.leads.sorting import LeadSort
from gql_leads.domain.rules import Rules
from gql_leads.domain.viewer import Viewer
from gql_leads.store import organization
from gql_leads.store.access import access_policy
from gql_leads.store.database.connection import Connection
from gql_leads.store.leads import lifecycle, predicates, sort_keys
from gql_leads.store.search import search_plan
from gql_leads.store.search.search_plan import Found, Reach
from gql_leads.store.sql.builder import FALSE, TRUE, Sql, all_of, is_one_of, join, negation
from gql_leads.store.sql.pagination import Page, Select, Span, Window, merged, merged_lists, read_lists, read_page
from gql_leads.store.sql.projection import Projection, named
from gql_leads.store.sql.rows import Row, as_uuid

Key = TypeVar("Key", bound=Hashable)
LookedUp = Mapping[str | None, Found]
"""What the index says of each search."""

FROM = "FROM lead l"
CONTACT_COLUMNS = frozenset(name for name, one in ATTRIBUTES.items() if one.visibility is VisibilityClass.CONTACT)
"""NULL while the contact is hidden."""
WORK_COLUMNS = frozenset(name for name, one in ATTRIBUTES.items() if one.visibility is VisibilityClass.WORK)
"""NULL in the sender's reduced view."""
COMPUTED = frozenset({"contact_hidden", "is_reduced", "urgency", "is_favorite"})
COLUMNS = frozenset(ATTRIBUTES) | COMPUTED
"""Every column that can be asked for."""


@dataclass(frozen=True, slots=True)
class LeadReader:
    """Who reads, through what, and when."""

    connection: Connection
    viewer: Viewer
    now: datetime
    rules: Rules


@dataclass(frozen=True, slots=True)
class LeadQuery:
    """Which leads, in which order."""

    search: str | None = None
    filter: Filter = EVERYTHING
    sort: tuple[LeadSort, ...] = ()
    within: Sql = TRUE
    """What holds beside, such as being in one column of a board."""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """A query, and where a lead is one that an index has found for its search."""

    query: LeadQuery
    found: Found

    def where(self, reader: LeadReader) -> Sql:
        """The condition of the rows: the audience first."""
        viewer = reader.viewer
        seen = access_policy.restorable(viewer) if self.query.filter.is_deleted else access_policy.visible_to(viewer)
        return all_of(seen, self._asked(reader), self._searched(viewer))

    def branches(self, reader: LeadReader) -> list[Sql]:
        """The same as disjoint conditions, each of which an index serves."""
        viewer = reader.viewer
        seen = access_policy.disjoint_predicates(viewer, with_waiting=self.query.filter.may_include_waiting)
        if self.query.filter.is_deleted:
            seen = (access_policy.restorable(viewer),)
        asked, waiting = self._asked(reader), [all_of(one, access_policy.PRESENT) for one in access_policy.waiting(viewer)]
        return [
            all_of(self._reached(reader, branch), asked, self._searched(viewer, waiting=True))
            if branch in waiting
            else all_of(branch, asked, self._searched(viewer))
            for branch in seen
        ]

    def _reached(self, reader: LeadReader, waiting: Sql) -> Sql:
        """What waits, such that it is reached by what was found: how little that is, SQLite does not know."""
        is_walked = self.found.waiting in (TRUE, FALSE) or reader.connection.dialect == "postgres"
        return waiting if is_walked else "+(" + waiting + ")"

    def _searched(self, viewer: Viewer, *, waiting: bool = False) -> Sql:
        found = self.found.waiting if waiting else self.found.anywhere
        return all_of(found, predicates.searching(self.query.search, viewer, waiting=waiting))

    def _asked(self, reader: LeadReader) -> Sql:
        return all_of(self.query.within, predicates.matching(self.query.filter, reader.viewer, reader.now, reader.rules))


async def page(reader: LeadReader, query: LeadQuery, projection: Projection, window: Window) -> Page:
    """One page of the leads that the query lists."""
    narrow = await listed(reader, query)
    return await read_page(reader.connection, select(reader, narrow, projection, window), window)


async def listed(reader: LeadReader, query: LeadQuery) -> Narrowed:
    """The query, narrowed to be listed: in another order than the newest first, all that is found is read, and sorted."""
    return await narrowed(reader, query, search_plan.COUNT if query.sort else search_plan.PAGE)


async def narrowed(reader: LeadReader, query: LeadQuery, reach: Reach) -> Narrowed:
    """The query, with what an index of trigrams says of its search."""
    found = await looked_up(reader, [query.search], reach)
    return Narrowed(query, found[query.search])


async def looked_up(reader: LeadReader, searches: Iterable[str | None], reach: Reach) -> LookedUp:
    """What an index of trigrams says of each of these searches."""
    is_of_everybody = access_policy.full_view(reader.viewer) == TRUE
    return {
        search: await search_plan.look_up(reader.connection, search, reader.now, reach, is_of_everybody=is_of_everybody)
        for search in set(searches)
    }


def select(reader: LeadReader, narrow: Narrowed, projection: Projection, window: Window | Span) -> Select:
    """What reads such a page."""
    sort = narrow.query.sort
    order = sort_keys.order(sort, reader.viewer)
    branches = narrow.branches(reader)
    # Rows that must be sorted are sorted by their keys alone: what is selected, and what stands beside them, is read of the page.
    is_walked = len(branches) == 1 and (not sort or isinstance(window, Span))
    source, where = (Sql(FROM), branches[0]) if is_walked else (merged("lead", branches, order, window, reader.connection.dialect), TRUE)
    return Select(columns(reader, projection), source + joins(reader.viewer, projection), where, order)


async def pages(reader: LeadReader, lists: Mapping[Key, Sequence[Sql]], projection: Projection, window: Window) -> dict[Key, Page]:
    """The same page of each of several lists, newest first, each given as disjoint conditions."""
    order = sort_keys.order((), reader.viewer)
    source = merged_lists("lead", list(lists.values()), order, window, reader.connection.dialect) + joins(reader.viewer, projection)
    return await read_lists(reader.connection, Select(columns(reader, projection), source, TRUE, order), window, tuple(lists))


async def total(reader: LeadReader, query: LeadQuery) -> int:
    """How many leads the query lists."""
    narrow = await narrowed(reader, query, search_plan.COUNT)
    statement = counting(narrow.branches(reader))
    row = await reader.connection.fetch_one(statement)
    return int(row["total"]) if row else 0


def counting(branches: Sequence[Sql], value: str = "", source: str = FROM) -> Sql:
    """How many leads satisfy one of these disjoint conditions, each of which an index serves; by this value of theirs if one is given."""
    selected, grouped = (f"{value} AS value, ", " GROUP BY 1") if value else ("", "")
    parts = [f"SELECT {selected}count(*) AS total {source} WHERE " + branch + grouped for branch in branches]
    if len(parts) == 1:
        return parts[0]
    return (
        f"SELECT {'value, ' if value else ''}CAST(sum(total) AS BIGINT) AS total FROM ("
        + join(" UNION ALL ", parts)
        + f") AS part{grouped}"
    )


async def ids(connection: Connection, where: Sql) -> list[UUID]:
    """All leads `l` that fit, in the order of their ids."""
    rows = await connection.fetch(f"SELECT l.id AS id {FROM} WHERE " + where + " ORDER BY l.id")
    return [as_uuid(row["id"]) for row in rows]


async def is_known(connection: Connection, reference: str) -> bool:
    """Whether people may be quoting this code of a lead, whoever sees it."""
    return await connection.fetch_one("SELECT 1 AS taken FROM lead WHERE reference = ?", reference) is not None


async def by_id(reader: LeadReader, ids: Collection[UUID], projection: Projection, *, deleted: bool = False) -> dict[UUID, Row]:
    """Those of the leads that are in sight; with `deleted`, of the deleted ones that the viewer may restore."""
    if not ids:
        return {}
    selected = "SELECT l.id AS lead_id, " + columns(reader, projection)
    statement = selected + _of_those_in_sight(reader.viewer, projection, deleted=deleted) + is_one_of("l.id", ids)
    rows = await reader.connection.fetch(statement)
    return {as_uuid(row["lead_id"]): row for row in rows}


@access_policy.memoized
def _of_those_in_sight(viewer: Viewer, projection: Projection, *, deleted: bool) -> Sql:
    """The leads in sight with what stands beside them, up to a further condition."""
    seen = access_policy.restorable(viewer) if deleted else access_policy.visible_to(viewer)
    return f" {FROM}" + joins(viewer, projection) + " WHERE " + seen + " AND "


def columns(reader: LeadReader, projection: Projection) -> Sql:
    """What is selected of leads `l`, and of what stands beside them."""
    steady = _steady_columns(reader.viewer, projection)
    if "urgency" in projection.columns:
        return steady + ", " + lifecycle.urgency(reader.now, reader.rules) + " AS urgency"
    return steady


@access_policy.memoized
def _steady_columns(viewer: Viewer, projection: Projection) -> Sql:
    """The columns that mean the same at any time."""
    own = [_column(viewer, name) + f" AS {name}" for name in projection.own if name != "urgency"]
    beside = [organization.shown(viewer, name, column) + f" AS {named(name, column)}" for name, column in projection.beside]
    return join(", ", [*own, *beside]) if own or beside else Sql("l.id AS id")


def _column(viewer: Viewer, name: str) -> Sql:
    match name:
        case "contact_hidden":
            return Sql(access_policy.hidden_reason(viewer))
        case "is_favorite":
            return predicates.favorite(viewer)
        case "is_reduced":
            return negation(access_policy.full_view(viewer))
        case _ if name in CONTACT_COLUMNS:
            return Sql(access_policy.unless_hidden(viewer, f"l.{name}"))
        case _ if name in WORK_COLUMNS:
            return _in_full_only(viewer, f"l.{name}")
        case _:
            return Sql(f"l.{name}")


def _in_full_only(viewer: Viewer, expression: str) -> Sql:
    full_view = access_policy.full_view(viewer)
    return Sql(expression) if full_view == TRUE else "CASE WHEN " + full_view + f" THEN {expression} END"


@access_policy.memoized
def joins(viewer: Viewer, projection: Projection) -> Sql:
    """The joins of what stands beside leads `l`."""
    return join("", [" " + JOINS[name].clause(viewer) for name in projection.joins])


@dataclass(frozen=True, slots=True)
class Join:
    """An object beside a lead: its table, the lead's column that names it, its columns, and from whom it is kept."""

    table: str
    key: str
    columns: tuple[str, ...]
    of_the_work: bool = False

    def clause(self, viewer: Viewer) -> Sql:
        """The join, with what the viewer may not see of it left out."""
        name = self.key.removesuffix("_id")
        on = Sql(f"LEFT JOIN {self.table} {name} ON {name}.id = l.{self.key}")
        if self.of_the_work and access_policy.full_view(viewer) != TRUE:
            on = on + " AND " + access_policy.full_view(viewer)
        if name == "sender" and not viewer.is_vendor:
            own = Sql("(l.sender_partner_id IS NULL OR l.sender_partner_id = ?)", (viewer.partner_id,))
            on = on + " AND " + own
        return on


JOINS = {
    "listing": Join("listing", "listing_id", organization.LISTING),
    "profile": Join("business_profile", "profile_id", organization.PROFILE),
    "partner": Join("partner", "partner_id", organization.PARTNER),
    "queue": Join("lead_queue", "queue_id", organization.QUEUE, of_the_work=True),
    "owner": Join("member", "owner_id", organization.MEMBER, of_the_work=True),
    "sender": Join("member", "sender_id", organization.MEMBER),
    "closed_by": Join("member", "closed_by_id", organization.MEMBER, of_the_work=True),
}
WHOLE = Projection(COLUMNS | {named(name, column) for name, beside in JOINS.items() for column in beside.columns})
"""All that can be asked for."""
