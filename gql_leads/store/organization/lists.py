"""Partners, members, listings, profiles and campaigns, as far as a viewer may know of them.

A partner's member sees of other partners the name, country, published listings, and profiles without e-mail address, but no members.
Reads are raw SQL: lists with the access policy's conditions, keyset pages and batches for DataLoaders.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from gql_leads.domain.matching.addresses import email_key
from gql_leads.domain.values.text_folding import search_term
from gql_leads.domain.viewer import MemberRole, Viewer
from gql_leads.store.database.connection import Connection
from gql_leads.store.models import MODELS
from gql_leads.store.models.organization import Member
from gql_leads.store.sql import pagination
from gql_leads.store.sql.builder import TRUE, Sql, all_of, any_of, is_one_of, join
from gql_leads.store.sql.pagination import Key, Page, Select, Window
from gql_leads.store.sql.projection import Projection, named
from gql_leads.store.sql.rows import Row, as_uuid, encode_columns

PARTNER = ("id", "name", "country", "is_active")
MEMBER = ("id", "name", "email", "roles", "is_active", "is_service", "partner_id")
LISTING = ("id", "name", "kind", "calls_to_action", "is_published", "external_ids", "partner_id")
PROFILE = ("id", "location", "country", "contact_email", "keywords", "company_sizes", "partner_id")
CAMPAIGN = ("id", "name", "code", "starts_on", "ends_on")
QUEUE = ("id", "name", "is_general", "max_open_claims", "max_claims_per_day")
OWN_ONLY = frozenset({"contact_email", "external_ids"})
"""Columns that are NULL for members of other partners."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record: its table, what is read of it, and how it is ordered."""

    table: str
    columns: tuple[str, ...]
    sorted_by: str

    @property
    def order(self) -> tuple[Key, ...]:
        """Return the sort keys: name, then id."""
        return Key(f"t.{self.sorted_by}"), Key("t.id")

    @property
    def source(self) -> Sql:
        """Return the FROM clause."""
        return Sql(f"FROM {self.table} t")


PARTNERS = Kind("partner", PARTNER, "name_key")
MEMBERS = Kind("member", MEMBER, "name_key")
LISTINGS = Kind("listing", LISTING, "name_key")
PROFILES = Kind("business_profile", PROFILE, "location_key")

CAMPAIGNS = Kind("campaign", CAMPAIGN, "name_key")


def known(kind: Kind, viewer: Viewer) -> Sql:
    """Return the condition of the records of this kind that the viewer may know of."""
    if viewer.is_vendor:
        return TRUE
    if kind is PARTNERS:
        return TRUE
    own = Sql("t.partner_id = ?", (viewer.partner_id,))
    if kind is MEMBERS:
        return any_of(own, Sql("t.partner_id IS NULL"))
    return any_of(own, Sql("t.is_published")) if kind is LISTINGS else TRUE


def listed(kind: Kind, viewer: Viewer) -> Sql:
    """Return the condition of the records in lists: partners see only active partners and their own members there."""
    if kind is PARTNERS and not viewer.is_vendor:
        return any_of(Sql("t.id = ?", (viewer.partner_id,)), Sql("t.is_active"))
    if kind is MEMBERS and not viewer.is_vendor:
        return Sql("t.partner_id = ?", (viewer.partner_id,))
    return known(kind, viewer)


def searching(term: str | None, name_key: str = "name_key") -> Sql:
    """Return the condition that the search text of a row `t` contains the literal text; TRUE for a blank one.

    A row that an older server wrote has no search text yet: it is found by its folded name.
    """
    wanted = search_term(term)
    if not wanted:
        return TRUE
    unfilled = Sql(f"t.search_text = '' AND instr(t.{name_key}, ?) <> 0", (wanted,))
    return any_of(Sql("instr(t.search_text, ?) <> 0", (wanted,)), unfilled)


async def page(connection: Connection, viewer: Viewer, kind: Kind, search: str | None, window: Window) -> Page:
    """Return one page of a kind, sorted by name."""
    where = all_of(listed(kind, viewer), searching(search, kind.sorted_by))
    return await pagination.read_page(connection, _select(kind, viewer, where), window)


async def total(connection: Connection, viewer: Viewer, kind: Kind, search: str | None) -> int:
    """Return the number of records in the list."""
    return await pagination.count(connection, kind.source.text, all_of(listed(kind, viewer), searching(search, kind.sorted_by)))


async def pages_of_partners(
    connection: Connection, viewer: Viewer, kind: Kind, window: Window, partners: Iterable[UUID]
) -> dict[UUID, Page]:
    """Return the same page of the records of each partner."""
    select = _select(kind, viewer, listed(kind, viewer))
    return await pagination.read_pages(connection, select, window, "t.partner_id", partners)


async def totals_of_partners(connection: Connection, viewer: Viewer, kind: Kind, partners: Iterable[UUID]) -> dict[UUID, int]:
    """Return the number of records of each partner."""
    return await pagination.counts(connection, kind.source.text, listed(kind, viewer), "t.partner_id", partners)


async def by_id(connection: Connection, viewer: Viewer, kind: Kind, ids: Collection[UUID]) -> dict[UUID, Row]:
    """Return those of the records that the viewer may know of, by their ids."""
    if not ids:
        return {}
    where = all_of(is_one_of("t.id", ids), known(kind, viewer))
    statement = "SELECT " + _columns(kind, viewer) + " " + kind.source + " WHERE " + where
    return {as_uuid(row["id"]): row for row in await connection.fetch(statement)}


async def lock_listing(connection: Connection, listing_id: UUID) -> Row | None:
    """Lock the listing against renames, so that a lead inserted for it gets the current name."""
    locking = " FOR SHARE" if connection.dialect == "postgres" else ""
    return await connection.fetch_one(f"SELECT name, kind, partner_id, is_published FROM listing WHERE id = ?{locking}", listing_id)


async def insert(connection: Connection, kind: Kind, columns: Mapping[str, object]) -> None:
    """Insert a new record."""
    await MODELS[kind.table].create(using_db=connection.client, **encode_columns(columns))


async def update(connection: Connection, kind: Kind, record_id: UUID, columns: Mapping[str, object]) -> None:
    """Update these columns of a record."""
    if columns:
        await MODELS[kind.table].filter(id=record_id).using_db(connection.client).update(**encode_columns(columns))


async def lock_administrators(connection: Connection) -> set[UUID]:
    """Lock the vendor's active members, in the order of their ids; return the persons who are administrators."""
    locked = Member.select_for_update(no_key=True).using_db(connection.client)
    members = await locked.filter(partner_id=None, is_active=True).order_by("id")
    return {member.id for member in members if MemberRole.ADMINISTRATOR in member.roles and not member.is_service}


async def member_by_email(connection: Connection, email: str) -> Row | None:
    """Return the member with this address, compared without case, or None."""
    return await Member.filter(email_key=email_key(email)).using_db(connection.client).first().values(*MEMBER)


def _select(kind: Kind, viewer: Viewer, where: Sql) -> Select:
    return Select(_columns(kind, viewer), kind.source, where, kind.order)


def shown(viewer: Viewer, alias: str, column: str) -> Sql:
    """Return a column of a record, or NULL in its place if the viewer may not see it."""
    value = f"COALESCE({alias}.external_ids, '[]')" if column == "external_ids" else f"{alias}.{column}"
    if column in OWN_ONLY and not viewer.is_vendor:
        return Sql(f"CASE WHEN {alias}.partner_id = ? THEN {value} END", (viewer.partner_id,))
    return Sql(value)


def with_member(viewer: Viewer, alias: str, projection: Projection, name: str) -> tuple[Sql, Sql]:
    """Return the selected columns of the alias, and the join of its member if one is selected."""
    own = [Sql(f"{alias}.{column} AS {column}") for column in projection.own]
    member = [shown(viewer, "t", column) + f" AS {named(name, column)}" for _, column in projection.joined]
    joined = f" LEFT JOIN member t ON t.id = {alias}.{name}_id AND " + known(MEMBERS, viewer) if member else Sql("")
    return join(", ", [*own, *member]) if own or member else Sql(f"{alias}.id AS id"), joined


def _columns(kind: Kind, viewer: Viewer) -> Sql:
    return join(", ", [shown(viewer, "t", column) + f" AS {column}" for column in kind.columns])
