"""Reads of leads for a viewer: lists, pages, counts and single leads.

The access policy is the first condition of every statement, and masked columns come out of SQL as NULL. Only requested columns are read;
relations (`partner__name` …) are joined only if one of their columns is requested. Raw SQL because Tortoise objects take 5 times as long
(`make bench`, q1 and q2).
"""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from gql_leads.domain.attributes import VisibilityClass
from gql_leads.domain.leads.filters import EVERYTHING, Filter
from gql_leads.domain.leads.lead import ATTRIBUTES, Lead
from gql_leads.domain.leads.sorting import LeadSort
from gql_leads.domain.rules import Rules
from gql_leads.domain.viewer import Viewer
from gql_leads.store.access import access_policy
from gql_leads.store.database.connection import Connection
from gql_leads.store.leads import lifecycle, predicates, sort_keys
from gql_leads.store.organization import lists as organization
from gql_leads.store.search import search_plan
from gql_leads.store.search.search_plan import Candidates, Threshold
from gql_leads.store.sql.builder import FALSE, TRUE, Sql, all_of, is_one_of, join, negation
from gql_leads.store.sql.pagination import Page, Select, Span, Window, merged, merged_lists, read_lists, read_page
from gql_leads.store.sql.projection import Projection, named
from gql_leads.store.sql.rows import Row, as_uuid, decode

Key = TypeVar("Key", bound=Hashable)
CandidatesBySearch = Mapping[str | None, Candidates]
"""Search candidates by search term."""

FROM = "FROM lead l"
CONTACT_COLUMNS = frozenset(name for name, one in ATTRIBUTES.items() if one.visibility is VisibilityClass.CONTACT)
"""Columns that are NULL while the contact is hidden."""
MASKED_COLUMNS = frozenset(name for name, one in ATTRIBUTES.items() if one.visibility is VisibilityClass.MASKED)
"""Texts that are shown without the contact's names and addresses while the contact is hidden."""
WORK_COLUMNS = frozenset(name for name, one in ATTRIBUTES.items() if one.visibility is VisibilityClass.WORK)
"""Columns that are NULL in the sender's reduced view."""
COMPUTED = frozenset({"contact_hidden", "is_reduced", "urgency", "is_favorite"})
COLUMNS = frozenset(ATTRIBUTES) | COMPUTED
"""Every column that a projection can have."""


@dataclass(frozen=True, slots=True)
class LeadReader:
    """Connection, viewer, time and rules of a read."""

    connection: Connection
    viewer: Viewer
    now: datetime
    rules: Rules


@dataclass(frozen=True, slots=True)
class LeadQuery:
    """A search, filter and order of leads."""

    search: str | None = None
    filter: Filter = EVERYTHING
    sort: tuple[LeadSort, ...] = ()
    within: Sql = TRUE
    """A further condition that no filter expresses, such as being among the viewer's recent leads."""


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """A query with the search candidates of an index."""

    query: LeadQuery
    found: Candidates

    def where(self, reader: LeadReader) -> Sql:
        """Return the condition of the rows; the access policy comes first."""
        viewer = reader.viewer
        visible = access_policy.restorable(viewer) if self.query.filter.is_deleted else access_policy.visible_to(viewer)
        return all_of(visible, self._asked(reader), self._searched(viewer))

    def branches(self, reader: LeadReader) -> list[Sql]:
        """Return the same as disjoint conditions that an index serves."""
        viewer = reader.viewer
        visible = access_policy.disjoint_predicates(viewer, with_waiting=self.query.filter.may_include_waiting)
        if self.query.filter.is_deleted:
            visible = (access_policy.restorable(viewer),)
        asked, waiting = self._asked(reader), [all_of(one, access_policy.PRESENT) for one in access_policy.waiting(viewer)]
        return [
            all_of(self._without_index(reader, branch), asked, self._searched(viewer, waiting=True))
            if branch in waiting
            else all_of(branch, asked, self._searched(viewer))
            for branch in visible
        ]

    def _without_index(self, reader: LeadReader, waiting: Sql) -> Sql:
        """Make SQLite start from the search candidates; it cannot estimate how few they are."""
        is_walked = self.found.waiting in (TRUE, FALSE) or reader.connection.dialect == "postgres"
        return waiting if is_walked else "+(" + waiting + ")"

    def _searched(self, viewer: Viewer, *, waiting: bool = False) -> Sql:
        found = self.found.waiting if waiting else self.found.anywhere
        return all_of(found, predicates.searching(self.query.search, viewer, waiting=waiting))

    def _asked(self, reader: LeadReader) -> Sql:
        return all_of(self.query.within, predicates.matching(self.query.filter, reader.viewer, reader.now, reader.rules))


async def page(reader: LeadReader, query: LeadQuery, projection: Projection, window: Window) -> Page:
    """Read one page of a query's leads."""
    plan = await listed(reader, query)
    return await read_page(reader.connection, select(reader, plan, projection, window), window)


async def listed(reader: LeadReader, query: LeadQuery) -> SearchPlan:
    """Plan a query to list its leads; an order other than newest first reads and sorts every match."""
    return await plan_search(reader, query, search_plan.COUNT if query.sort else search_plan.PAGE)


async def plan_search(reader: LeadReader, query: LeadQuery, reach: Threshold) -> SearchPlan:
    """Plan a query with the candidates of the trigram index."""
    found = await candidates_by_search(reader, [query.search], reach)
    return SearchPlan(query, found[query.search])


async def candidates_by_search(reader: LeadReader, searches: Iterable[str | None], reach: Threshold) -> CandidatesBySearch:
    """Return the candidates of several searches."""
    is_of_everybody = access_policy.full_view(reader.viewer) == TRUE
    return {
        search: await search_plan.find_candidates(reader.connection, search, reader.now, reach, is_of_everybody=is_of_everybody)
        for search in set(searches)
    }


def select(reader: LeadReader, plan: SearchPlan, projection: Projection, window: Window | Span) -> Select:
    """Return the SELECT of a page or range."""
    sort = plan.query.sort
    order = sort_keys.order(sort, reader.viewer)
    branches = plan.branches(reader)
    # Sort by the keys alone, and read the other columns and relations for the page's rows only.
    is_walked = len(branches) == 1 and (not sort or isinstance(window, Span))
    source, where = (Sql(FROM), branches[0]) if is_walked else (merged("lead", branches, order, window, reader.connection.dialect), TRUE)
    return Select(columns(reader, projection), source + joins(reader.viewer, projection), where, order)


async def pages(reader: LeadReader, lists: Mapping[Key, Sequence[Sql]], projection: Projection, window: Window) -> dict[Key, Page]:
    """Read the same page of several lists, newest first, each given as disjoint conditions."""
    order = sort_keys.order((), reader.viewer)
    source = merged_lists("lead", list(lists.values()), order, window, reader.connection.dialect) + joins(reader.viewer, projection)
    return await read_lists(reader.connection, Select(columns(reader, projection), source, TRUE, order), window, tuple(lists))


async def total(reader: LeadReader, query: LeadQuery) -> int:
    """Return the number of leads of a query."""
    plan = await plan_search(reader, query, search_plan.COUNT)
    statement = counting(plan.branches(reader))
    row = await reader.connection.fetch_one(statement)
    return int(row["total"]) if row else 0


async def visible_up_to(connection: Connection, viewer: Viewer, most: int) -> int:
    """Return the number of leads that the viewer sees, or `most` if there are more."""
    branches = access_policy.disjoint_predicates(viewer, with_waiting=True)
    found = join(" UNION ALL ", [f"SELECT 1 AS one {FROM} WHERE " + branch for branch in branches])
    row = await connection.fetch_one("SELECT count(*) AS total FROM (" + found + f" LIMIT {most:d}) AS few")
    return int(row["total"]) if row else 0


def counting(branches: Sequence[Sql], value: Sql | None = None, source: str = FROM) -> Sql:
    """Return the statement that counts leads of disjoint conditions, in total or by a value."""
    selected, grouped = (value + " AS value, ", " GROUP BY 1") if value else (Sql(""), "")
    parts = ["SELECT " + selected + f"count(*) AS total {source} WHERE " + branch + grouped for branch in branches]
    if len(parts) == 1:
        return parts[0]
    return (
        f"SELECT {'value, ' if value else ''}CAST(sum(total) AS BIGINT) AS total FROM ("
        + join(" UNION ALL ", parts)
        + f") AS part{grouped}"
    )


async def ids(connection: Connection, where: Sql) -> list[UUID]:
    """Return the ids of all matching leads `l`, in order."""
    rows = await connection.fetch(f"SELECT l.id AS id {FROM} WHERE " + where + " ORDER BY l.id")
    return [as_uuid(row["id"]) for row in rows]


async def held_by(connection: Connection, partner_id: UUID, after: UUID | None, most: int) -> list[Lead]:
    """Return some of the partner's undeleted leads, in order of their ids after an id, without an access policy."""
    where = all_of(Sql("l.partner_id = ?", (partner_id,)), access_policy.PRESENT, TRUE if after is None else Sql("l.id > ?", (after,)))
    rows = await connection.fetch(f"SELECT l.* {FROM} WHERE " + where + f" ORDER BY l.id LIMIT {most:d}")
    return [decode(Lead, row) for row in rows]


async def is_known(connection: Connection, reference: str) -> bool:
    """Return whether a reference is taken, whoever may see its lead."""
    return await connection.fetch_one("SELECT 1 AS taken FROM lead WHERE reference = ?", reference) is not None


async def by_id(reader: LeadReader, ids: Collection[UUID], projection: Projection, *, deleted: bool = False) -> dict[UUID, Row]:
    """Read leads by id if the viewer sees them; `deleted` reads deleted leads that the viewer may restore."""
    if not ids:
        return {}
    selected = "SELECT l.id AS lead_id, " + columns(reader, projection)
    statement = selected + _from_visible(reader.viewer, projection, deleted=deleted) + is_one_of("l.id", ids)
    rows = await reader.connection.fetch(statement)
    return {as_uuid(row["lead_id"]): row for row in rows}


@access_policy.memoized
def _from_visible(viewer: Viewer, projection: Projection, *, deleted: bool) -> Sql:
    """Return FROM and WHERE for visible leads with their relations, up to a further condition."""
    visible = access_policy.restorable(viewer) if deleted else access_policy.visible_to(viewer)
    return f" {FROM}" + joins(viewer, projection) + " WHERE " + visible + " AND "


def columns(reader: LeadReader, projection: Projection) -> Sql:
    """Return the SELECT list of leads `l` and their relations."""
    steady = _steady_columns(reader.viewer, projection)
    if "urgency" in projection.columns:
        return steady + ", " + lifecycle.urgency(reader.now, reader.rules) + " AS urgency"
    return steady


@access_policy.memoized
def _steady_columns(viewer: Viewer, projection: Projection) -> Sql:
    """Return the columns that do not depend on the time."""
    own = [_column(viewer, name) + f" AS {name}" for name in projection.own if name != "urgency"]
    joined = [organization.shown(viewer, name, column) + f" AS {named(name, column)}" for name, column in projection.joined]
    return join(", ", [*own, *joined]) if own or joined else Sql("l.id AS id")


def _column(viewer: Viewer, name: str) -> Sql:
    match name:
        case "contact_hidden":
            return Sql(access_policy.hidden_reason(viewer))
        case "is_favorite":
            return predicates.favorite(viewer)
        case "is_reduced":
            return negation(access_policy.full_view(viewer))
        case "version" | "updated_at":
            return access_policy.as_shown(viewer, name)
        case _ if name in CONTACT_COLUMNS:
            return Sql(access_policy.unless_hidden(viewer, f"l.{name}"))
        case _ if name in MASKED_COLUMNS:
            return Sql(f"CASE WHEN {access_policy.contact_hidden(viewer)} THEN l.{name}_masked ELSE l.{name} END")
        case _ if name in WORK_COLUMNS:
            return _in_full_only(viewer, f"l.{name}")
        case _:
            return Sql(f"l.{name}")


def _in_full_only(viewer: Viewer, expression: str) -> Sql:
    full_view = access_policy.full_view(viewer)
    return Sql(expression) if full_view == TRUE else "CASE WHEN " + full_view + f" THEN {expression} END"


@access_policy.memoized
def joins(viewer: Viewer, projection: Projection) -> Sql:
    """Return the joins of a projection's relations."""
    return join("", [" " + JOINS[name].clause(viewer) for name in projection.joins])


@dataclass(frozen=True, slots=True)
class Join:
    """A relation of a lead: its table, the lead's foreign key, its columns, and whether senders may not see it."""

    table: str
    key: str
    columns: tuple[str, ...]
    hidden_from_senders: bool = False

    def clause(self, viewer: Viewer) -> Sql:
        """Return the JOIN clause, with the conditions that mask the relation from the viewer."""
        name = self.key.removesuffix("_id")
        on = Sql(f"LEFT JOIN {self.table} {name} ON {name}.id = l.{self.key}")
        if self.hidden_from_senders and access_policy.full_view(viewer) != TRUE:
            on = on + " AND " + access_policy.full_view(viewer)
        if name == "sender" and not viewer.is_vendor:
            on = on + " AND " + access_policy.sender_visible(viewer)
        return on


JOINS = {
    "listing": Join("listing", "listing_id", organization.LISTING),
    "profile": Join("business_profile", "profile_id", organization.PROFILE),
    "partner": Join("partner", "partner_id", organization.PARTNER),
    "queue": Join("lead_queue", "queue_id", organization.QUEUE, hidden_from_senders=True),
    "owner": Join("member", "owner_id", organization.MEMBER, hidden_from_senders=True),
    "sender": Join("member", "sender_id", organization.MEMBER),
    "closed_by": Join("member", "closed_by_id", organization.MEMBER, hidden_from_senders=True),
}
WHOLE = Projection(COLUMNS | {named(name, column) for name, joined in JOINS.items() for column in joined.columns})
"""Every column and every relation."""
