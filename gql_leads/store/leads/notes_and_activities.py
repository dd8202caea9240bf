"""Notes and activities of leads.

Read by the partner that held the lead at the time and by the vendor, not by senders.

Raw SQL because one statement reads a page for each of many leads (`make bench`, q3).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from uuid import UUID

from gql_leads.domain.viewer import Viewer
from gql_leads.store import organization
from gql_leads.store.access import access_policy
from gql_leads.store.database.connection import Connection
from gql_leads.store.sql import pagination
from gql_leads.store.sql.builder import Sql, all_of
from gql_leads.store.sql.pagination import Key, Page, Select, Window
from gql_leads.store.sql.projection import Projection
from gql_leads.store.sql.rows import Row


@dataclass(frozen=True, eq=False)  # the two instances are compared by identity
class Kind:
    """Notes or activities: the table, its alias, and the role of the member who wrote them."""

    table: str
    alias: str
    member: str

    @cached_property
    def source(self) -> Sql:
        """The FROM clause, joined with the lead `l`."""
        return Sql(f"FROM {self.table} {self.alias} JOIN lead l ON l.id = {self.alias}.lead_id")

    @cached_property
    def order(self) -> tuple[Key, ...]:
        """The order, newest first."""
        return Key(f"{self.alias}.created_at", descending=True), Key(f"{self.alias}.id", descending=True)

    @cached_property
    def lead(self) -> str:
        """The column with the lead's id."""
        return f"{self.alias}.lead_id"


NOTES: Final = Kind("note", "n", "author")
ACTIVITIES: Final = Kind("activity", "a", "owner")


@access_policy.memoized
def _seen(viewer: Viewer, kind: Kind) -> Sql:
    """Return the condition for rows that the viewer may read."""
    return all_of(access_policy.visible_to(viewer), access_policy.full_view(viewer), access_policy.history(viewer, kind.alias))


@access_policy.memoized
def _select(viewer: Viewer, kind: Kind, projection: Projection) -> Select:
    """Return the SELECT of a projection; the member who wrote a row is masked as the viewer may know them."""
    columns, joined = organization.with_member(viewer, kind.alias, projection, kind.member)
    return Select(columns, kind.source + joined, _seen(viewer, kind), kind.order)


async def pages(
    connection: Connection, viewer: Viewer, kind: Kind, projection: Projection, window: Window, leads: Iterable[UUID]
) -> dict[UUID, Page]:
    """Read the same page for each lead, newest first."""
    return await pagination.read_pages(connection, _select(viewer, kind, projection), window, kind.lead, leads)


async def totals(connection: Connection, viewer: Viewer, kind: Kind, leads: Iterable[UUID]) -> dict[UUID, int]:
    """Return the number of rows of each lead."""
    return await pagination.counts(connection, kind.source.text, _seen(viewer, kind), kind.lead, leads)


async def by_id(connection: Connection, viewer: Viewer, kind: Kind, projection: Projection, ids: Collection[UUID]) -> dict[UUID, Row]:
    """Read rows by id; rows that the viewer may not read are left out."""
    return await pagination.read_by_id(connection, _select(viewer, kind, projection), ids)
