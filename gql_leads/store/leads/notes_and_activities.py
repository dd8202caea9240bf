"""Reads of notes and activities, which belong to a lead or to an opportunity.

Those of a lead are read by the partner that held it at the time and by the vendor, not by senders; those of an opportunity by its partner
and by the vendor's managers.

Raw SQL because one statement reads a page for each of many leads (`make bench`, q3).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Final
from uuid import UUID

from gql_leads.domain.viewer import Viewer
from gql_leads.store import opportunities
from gql_leads.store.access import access_policy
from gql_leads.store.database.connection import Connection
from gql_leads.store.organization import lists as organization
from gql_leads.store.sql import pagination
from gql_leads.store.sql.builder import Sql, all_of, any_of
from gql_leads.store.sql.pagination import Key, Page, Select, Window
from gql_leads.store.sql.projection import Projection
from gql_leads.store.sql.rows import Row


class Parent(Enum):
    """The records whose notes and activities are read."""

    LEAD = "lead_id"
    OPPORTUNITY = "opportunity_id"
    ANY = "id"


@dataclass(frozen=True, eq=False)  # the two instances are compared by identity
class Kind:
    """Notes or activities: the table, its alias, and the role of the member who wrote them."""

    table: str
    alias: str
    member: str

    @cached_property
    def order(self) -> tuple[Key, ...]:
        """The order, newest first."""
        return Key(f"{self.alias}.created_at", descending=True), Key(f"{self.alias}.id", descending=True)

    def source(self, parent: Parent) -> Sql:
        """Return the FROM clause, joined with the lead `l`, the opportunity `o`, or what there is of both."""
        lead, opportunity = f"lead l ON l.id = {self.alias}.lead_id", f"opportunity o ON o.id = {self.alias}.opportunity_id"
        joins = {
            Parent.LEAD: f"JOIN {lead}",
            Parent.OPPORTUNITY: f"JOIN {opportunity}",
            Parent.ANY: f"LEFT JOIN {lead} LEFT JOIN {opportunity}",
        }
        return Sql(f"FROM {self.table} {self.alias} {joins[parent]}")

    def parent_id(self, parent: Parent) -> str:
        """Return the column with the parent's id."""
        return f"{self.alias}.{parent.value}"


NOTES: Final = Kind("note", "n", "author")
ACTIVITIES: Final = Kind("activity", "a", "owner")


@access_policy.memoized
def seen(viewer: Viewer, kind: Kind, parent: Parent) -> Sql:
    """Return the condition for rows that the viewer may read."""
    of_lead = all_of(access_policy.visible_to(viewer), access_policy.full_view(viewer))
    of_opportunity = opportunities.seen(viewer, "o")
    of_any = any_of(all_of(Sql("l.id IS NOT NULL"), of_lead), all_of(Sql("o.id IS NOT NULL"), of_opportunity))
    condition = {
        Parent.LEAD: of_lead,
        Parent.OPPORTUNITY: of_opportunity,
        # PostgreSQL takes the bare condition for a rare one, and sorts all rows of a partner in place of walking the index of the list.
        Parent.ANY: "CASE WHEN " + of_any + " THEN TRUE ELSE FALSE END",
    }
    return all_of(access_policy.history(viewer, kind.alias), condition[parent])


@access_policy.memoized
def select(viewer: Viewer, kind: Kind, parent: Parent, projection: Projection, order: tuple[Key, ...] | None = None) -> Select:
    """Return the SELECT of a projection; the member who wrote a row is masked as the viewer may know them."""
    columns, joined = organization.with_member(viewer, kind.alias, projection, kind.member)
    return Select(columns, kind.source(parent) + joined, seen(viewer, kind, parent), order or kind.order)


async def pages(
    connection: Connection,
    viewer: Viewer,
    kind: Kind,
    projection: Projection,
    window: Window,
    ids: Iterable[UUID],
    parent: Parent = Parent.LEAD,
) -> dict[UUID, Page]:
    """Read the same page for each lead or opportunity, newest first."""
    return await pagination.read_pages(connection, select(viewer, kind, parent, projection), window, kind.parent_id(parent), ids)


async def totals(connection: Connection, viewer: Viewer, kind: Kind, ids: Iterable[UUID], parent: Parent = Parent.LEAD) -> dict[UUID, int]:
    """Return the number of rows of each lead or opportunity."""
    return await pagination.counts(connection, kind.source(parent).text, seen(viewer, kind, parent), kind.parent_id(parent), ids)


async def by_id(connection: Connection, viewer: Viewer, kind: Kind, projection: Projection, ids: Collection[UUID]) -> dict[UUID, Row]:
    """Read rows by id; rows that the viewer may not read are left out."""
    return await pagination.read_by_id(connection, select(viewer, kind, Parent.ANY, projection), ids)
