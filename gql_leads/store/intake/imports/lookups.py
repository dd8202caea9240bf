"""Look-ups for a whole batch of imported rows, each with one statement.

Raw SQL where the access policy's conditions or a comparison with many given rows are part of the statement.

Every look-up of leads uses an index, also while PostgreSQL has no statistics of a table that grows: a scan of all leads for each batch
would make an import slower with each of its rows.
"""

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from tortoise.expressions import Q

from gql_leads.domain.leads.lead import Lead, LeadSource, ListingKind
from gql_leads.domain.matching.addresses import email_key
from gql_leads.domain.values.text_folding import fold
from gql_leads.store.access import access_policy
from gql_leads.store.campaigns import COLUMNS as CAMPAIGN_COLUMNS
from gql_leads.store.campaigns import Campaign
from gql_leads.store.database.connection import Connection
from gql_leads.store.models.campaigns import Campaign as CampaignModel
from gql_leads.store.models.organization import BusinessProfile, Listing, ListingExternalId, Member, Partner
from gql_leads.store.models.queues import LeadQueue
from gql_leads.store.sql.builder import TRUE, Sql, all_of, is_one_of, join
from gql_leads.store.sql.rows import as_uuid, decode
from gql_leads.store.unit_of_work import LEAD, LockedLead, UnitOfWork

_SOURCES: Final = tuple(LeadSource)


@asynccontextmanager
async def custom_plans(connection: Connection) -> AsyncIterator[None]:
    """Have PostgreSQL make custom plans in this block: a generic plan may have been made while there were few leads."""
    if connection.dialect == "postgres":
        await connection.execute("SET LOCAL plan_cache_mode = force_custom_plan")
    yield
    if connection.dialect == "postgres":
        await connection.execute("SET LOCAL plan_cache_mode = auto")


async def leads_by_reference(uow: UnitOfWork, references: Collection[str]) -> dict[str, LockedLead]:
    """Return the leads with these references that the actor sees, by reference. They are not locked."""
    if not references:
        return {}
    full_view = access_policy.full_view(uow.actor)
    found = leads_by(uow.connection, "reference", references, access_policy.visible_to(uow.actor))
    rows = await uow.connection.fetch(f"SELECT {LEAD}, " + full_view + " AS is_full_view FROM " + found)
    return {row["reference"]: LockedLead(decode(Lead, row), not row["is_full_view"]) for row in rows}


async def taken_references(connection: Connection, references: Collection[str]) -> set[str]:
    """Return those of the references that some lead has, without an access policy."""
    if not references:
        return set()
    rows = await connection.fetch("SELECT l.reference AS reference FROM " + leads_by(connection, "reference", references))
    return {row["reference"] for row in rows}


class ExternalReference(NamedTuple):
    """An id in another system, and the scope within which it is unique for its source."""

    source: str
    reference: str
    scope: str


async def external_references(connection: Connection, references: Collection[str]) -> dict[ExternalReference, UUID | None]:
    """Return the scoped ones of these external references; of a deleted lead with its id, because it gives them up."""
    if not references:
        return {}
    found = leads_by(connection, "external_reference", references, Sql("l.reference_scope IS NOT NULL"))
    rows = await connection.fetch("SELECT l.id, l.source, l.external_reference, l.reference_scope, l.deleted_at FROM " + found)
    return {
        ExternalReference(row["source"], row["external_reference"], row["reference_scope"]): (
            None if row["deleted_at"] is None else as_uuid(row["id"])
        )
        for row in rows
    }


async def give_up_external_references(connection: Connection, lead_ids: Collection[UUID]) -> None:
    """Let new leads have the external references of these deleted leads."""
    if lead_ids:
        await connection.execute("UPDATE lead SET reference_scope = NULL WHERE deleted_at IS NOT NULL AND " + is_one_of("id", lead_ids))


async def visible_external_references(uow: UnitOfWork, references: Collection[str]) -> set[str]:
    """Return those of the external references that a lead in the actor's sight has, from any source."""
    if not references:
        return set()
    viewer = uow.actor
    where = all_of(
        access_policy.visible_to(viewer),
        Sql(f"NOT {access_policy.contact_hidden(viewer)}"),
    )
    found = leads_by(uow.connection, "external_reference", references, where)
    rows = await uow.connection.fetch("SELECT l.external_reference AS reference FROM " + found)
    return {row["reference"] for row in rows}


def leads_by(connection: Connection, column: str, values: Collection[str], where: Sql = TRUE) -> Sql:
    """Return the FROM clause of the leads `l` that have one of the values in the column, and match.

    The unary plus of SQLite and PostgreSQL's OFFSET keep the planners from starting with an index of the condition; OFFSET also from
    joining the values with a scan of all leads. They are one parameter there, so that the statement is always the same.
    """
    # The index of external references begins with the source.
    sources = is_one_of("l.source", _SOURCES) if column == "external_reference" else TRUE
    if connection.dialect == "sqlite":
        return "lead l WHERE " + all_of(sources, is_one_of(f"l.{column}", values), _unhurried(connection, where))
    given = Sql("jsonb_array_elements_text(CAST(? AS jsonb)) AS given (value)", (sorted(values),))
    known = f" CROSS JOIN LATERAL (SELECT * FROM lead l WHERE l.{column} = given.value AND " + sources + " OFFSET 0) l WHERE "
    return given + known + where


@dataclass(frozen=True, slots=True)
class Request:
    """A row's request: the customer (by e-mail, else by phone), the listing, and the time in which it counts."""

    number: int
    email_key: str | None
    phone_key: str | None
    listing_id: UUID | None
    title_key: str | None
    since: datetime
    until: datetime


async def repeated_requests(uow: UnitOfWork, requests: Sequence[Request]) -> set[int]:
    """Return the numbers of the requests that a lead in the actor's sight makes already.

    Scalar subqueries, because PostgreSQL would join EXISTS with a scan of all leads.
    """
    viewer, is_postgres = uow.actor, uow.connection.dialect == "postgres"
    asked = [one for one in requests if one.email_key is not None or one.phone_key is not None]
    if not asked:
        return set()
    uuid_type, collation, same = ("uuid", ' COLLATE "C"', "IS NOT DISTINCT FROM") if is_postgres else ("TEXT", "", "IS")
    types = ("BIGINT", "TEXT", "TEXT", uuid_type, "TEXT", "BIGINT", "BIGINT")
    typed = f"({', '.join(f'CAST(? AS {one})' for one in types)})"
    rows = join(
        ", ",
        [
            Sql(typed, (one.number, one.email_key, one.phone_key, one.listing_id, one.title_key, one.since, one.until))
            for one in asked
        ],
    )  # fmt: skip
    where = all_of(
        Sql(f"l.listing_id {same} a.listing AND (a.listing IS NOT NULL OR l.listing_key {same} a.title{collation})"),
        Sql("l.created_at BETWEEN a.since AND a.until"),
        _unhurried(uow.connection, access_policy.visible_to(viewer)),
        Sql(f"NOT {access_policy.contact_hidden(viewer)}"),
    )
    found = join(
        " OR ",
        [
            f"(SELECT 1 FROM lead l WHERE l.{key} = a.{column}{collation} AND " + where + " LIMIT 1) IS NOT NULL"
            for key, column in (("email_key", "email"), ("phone_key", "phone"))
        ],
    )
    statement = (
        "WITH asked (number, email, phone, listing, title, since, until) AS (VALUES " + rows + ") SELECT a.number FROM asked a WHERE "
    )
    return {row["number"] for row in await uow.connection.fetch(statement + found)}


def _unhurried(connection: Connection, condition: Sql) -> Sql:
    """Keep SQLite from starting with an index of this condition; the key of the lead is the better one."""
    return "+(" + condition + ")" if connection.dialect == "sqlite" else condition


class PartnerRow(NamedTuple):
    """A partner by its name."""

    id: UUID
    is_active: bool


class MemberRow(NamedTuple):
    """A member by e-mail address or name."""

    id: UUID
    partner_id: UUID | None
    is_active: bool


class ListingRow(NamedTuple):
    """A listing by its name."""

    id: UUID
    partner_id: UUID
    name: str
    kind: ListingKind


async def partners(connection: Connection, names: Iterable[str]) -> dict[str, PartnerRow]:
    """Return the partners with these names, by folded name."""
    rows = Partner.filter(name_key__in=_keys(names)).using_db(connection.client)
    return {row["name_key"]: PartnerRow(row["id"], row["is_active"]) for row in await rows.values("name_key", "id", "is_active")}


async def active_partners(connection: Connection, ids: Collection[UUID]) -> set[UUID]:
    """Return those of the partners that are active."""
    return {row["id"] for row in await Partner.filter(id__in=list(ids), is_active=True).using_db(connection.client).values("id")}


async def queues(connection: Connection, names: Iterable[str]) -> dict[str, UUID]:
    """Return the queues with these names, by folded name."""
    rows = LeadQueue.filter(name_key__in=_keys(names)).using_db(connection.client)
    return {row["name_key"]: row["id"] for row in await rows.values("name_key", "id")}


async def members(connection: Connection, texts: Collection[str]) -> dict[str, list[MemberRow]]:
    """Return the members whose e-mail address or name is one of the texts, by folded text, the active ones first."""
    keys = sorted({*_keys(texts), *map(email_key, texts)})
    rows = Member.filter(Q(email_key__in=keys) | Q(name_key__in=keys)).using_db(connection.client)
    found: dict[str, list[MemberRow]] = {}
    for row in await rows.order_by("-is_active", "id").values("email_key", "name_key", "id", "partner_id", "is_active"):
        member = MemberRow(row["id"], row["partner_id"], row["is_active"])
        for key in {row["email_key"], row["name_key"]}:
            found.setdefault(key, []).append(member)
    return found


async def listings(connection: Connection, names: Iterable[str]) -> dict[str, list[ListingRow]]:
    """Return the listings with one of the texts as a marketplace's id, else as their name, by folded text."""
    keys = _keys(names)
    ids = await ListingExternalId.filter(key__in=keys).using_db(connection.client).values("key", "listing_id")
    rows = Listing.filter(Q(name_key__in=keys) | Q(id__in=[row["listing_id"] for row in ids])).using_db(connection.client)
    found: dict[str, list[ListingRow]] = {}
    by_id: dict[UUID, ListingRow] = {}
    for row in await rows.order_by("id").values("name_key", "id", "partner_id", "name", "kind"):
        by_id[row["id"]] = ListingRow(row["id"], row["partner_id"], row["name"], ListingKind(row["kind"]))
        found.setdefault(row["name_key"], []).append(by_id[row["id"]])
    return found | {row["key"]: [by_id[row["listing_id"]]] for row in ids}


async def campaigns(connection: Connection, codes: Iterable[str]) -> dict[str, Campaign]:
    """Return the campaigns with these codes, by folded code."""
    rows = CampaignModel.filter(code_key__in=_keys(codes)).using_db(connection.client)
    return {fold(row["code"]): decode(Campaign, row) for row in await rows.values(*CAMPAIGN_COLUMNS)}


async def profiles(connection: Connection, partner_id: UUID) -> list[UUID]:
    """Return the business profiles of a partner, the oldest first."""
    rows = BusinessProfile.filter(partner_id=partner_id).using_db(connection.client)
    return [row["id"] for row in await rows.order_by("created_at", "id").values("id")]


def _keys(texts: Iterable[str]) -> list[str]:
    return sorted({fold(one) for one in texts})
