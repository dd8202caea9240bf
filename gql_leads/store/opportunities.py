"""Accounts, contacts and opportunities of a partner, visible to its members and to the vendor's managers.

Reads are raw SQL: lists with the access policy's conditions, keyset pages and batches for DataLoaders.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar
from uuid import UUID

from gql_leads.domain.conversion import Known, MatchKeys
from gql_leads.domain.leads.filters import Interval
from gql_leads.domain.leads.history import FieldChange
from gql_leads.domain.matching.addresses import email_key
from gql_leads.domain.matching.names import company_name
from gql_leads.domain.opportunities.events import OpportunityEvent, OpportunityEventKind, snapshot
from gql_leads.domain.opportunities.records import ALL, Account, Contact, Opportunity, OpportunityFilter
from gql_leads.domain.values.text_folding import fold, search_text
from gql_leads.domain.viewer import Viewer
from gql_leads.store.database.connection import Connection
from gql_leads.store.leads.derived_columns import person_search_text
from gql_leads.store.models import MODELS
from gql_leads.store.models.opportunities import OpportunityTimelineEntry
from gql_leads.store.organization.lists import searching
from gql_leads.store.sql import pagination
from gql_leads.store.sql.builder import FALSE, TRUE, Sql, all_of, any_of, is_one_of, negation
from gql_leads.store.sql.pagination import Key, Page, Select, Window
from gql_leads.store.sql.rows import Row, as_uuid, decode, encode_columns, to_millis, uuid_or_none
from gql_leads.store.unit_of_work import UnitOfWork, history_changes

Record = TypeVar("Record", Account, Contact, Opportunity)

NEWEST = (Key("t.created_at", descending=True), Key("t.id", descending=True))
LAST_ENTRY_FIRST = (Key("e.id", descending=True),)


@dataclass(frozen=True, slots=True)
class Kind(Generic[Record]):
    """One kind of record: its table and its facts, each of which is a column."""

    table: str
    facts: type[Record]

    @property
    def columns(self) -> Sql:
        """Return every attribute as a column."""
        return Sql(", ".join(f"t.{field.name} AS {field.name}" for field in fields(self.facts)))

    @property
    def source(self) -> Sql:
        """Return the FROM clause."""
        return Sql(f"FROM {self.table} t")


ACCOUNTS = Kind("account", Account)
CONTACTS = Kind("contact", Contact)
OPPORTUNITIES = Kind("opportunity", Opportunity)
AnyKind = Kind[Account] | Kind[Contact] | Kind[Opportunity]


def seen(viewer: Viewer, alias: str = "t") -> Sql:
    """Return the condition of the records that the viewer may see."""
    if viewer.is_vendor:
        return TRUE if viewer.sees_everything else FALSE
    return Sql(f"{alias}.partner_id = ?", (viewer.partner_id,))


def matching(asked: OpportunityFilter, viewer: Viewer) -> Sql:
    """Return the condition of the opportunities that the filter selects."""
    mine = Sql("t.owner_id = ?", (viewer.member_id,))
    return all_of(
        TRUE if asked.is_mine is None else mine if asked.is_mine else negation(mine),
        TRUE if asked.stages is None else is_one_of("t.stage", asked.stages),
        TRUE if asked.account_ids is None else is_one_of("t.account_id", asked.account_ids),
        TRUE if asked.partner_ids is None else is_one_of("t.partner_id", asked.partner_ids),
        TRUE if asked.owner_ids is None else is_one_of("t.owner_id", asked.owner_ids),
        *_inside(asked.updated_at),
    )


def _inside(asked: Interval | None) -> tuple[Sql, ...]:
    start, end = (None, None) if asked is None else (asked.start, asked.end)
    return (
        TRUE if start is None else Sql("t.updated_at >= ?", (start,)),
        TRUE if end is None else Sql("t.updated_at < ?", (end,)),
    )


@dataclass(frozen=True, slots=True)
class Query:
    """A kind of record with a search and a filter."""

    kind: AnyKind
    search: str | None = None
    filter: OpportunityFilter = ALL

    def where(self, viewer: Viewer) -> Sql:
        """Return the condition of the rows: access policy, filter and search."""
        return all_of(seen(viewer), matching(self.filter, viewer), searching(self.search))


async def converted_into(connection: Connection, lead_id: UUID) -> tuple[UUID, UUID, UUID | None]:
    """Return the ids of the account, the contact and the opportunity into which the lead was converted."""
    row = await connection.fetch_one("SELECT account_id, contact_id, opportunity_id FROM lead WHERE id = ?", lead_id)
    assert row is not None, "the lead was converted"
    return as_uuid(row["account_id"]), as_uuid(row["contact_id"]), uuid_or_none(row["opportunity_id"])


async def page(connection: Connection, viewer: Viewer, query: Query, window: Window) -> Page:
    """Return one page of the records, newest first."""
    select = Select(query.kind.columns, query.kind.source, query.where(viewer), NEWEST)
    return await pagination.read_page(connection, select, window)


async def total(connection: Connection, viewer: Viewer, query: Query) -> int:
    """Return the number of records that the query selects."""
    return await pagination.count(connection, query.kind.source.text, query.where(viewer))


async def pages_of_accounts(
    connection: Connection, viewer: Viewer, kind: AnyKind, window: Window, accounts: Iterable[UUID]
) -> dict[UUID, Page]:
    """Return the same page of the contacts or opportunities of each account."""
    select = Select(kind.columns, kind.source, seen(viewer), NEWEST)
    return await pagination.read_pages(connection, select, window, "t.account_id", accounts)


async def totals_of_accounts(connection: Connection, viewer: Viewer, kind: AnyKind, accounts: Iterable[UUID]) -> dict[UUID, int]:
    """Return the number of contacts or opportunities of each account."""
    return await pagination.counts(connection, kind.source.text, seen(viewer), "t.account_id", accounts)


async def by_id(connection: Connection, viewer: Viewer, kind: AnyKind, ids: Collection[UUID]) -> dict[UUID, Row]:
    """Return the visible ones of these records by their ids."""
    rows = await _rows(connection, kind, all_of(is_one_of("t.id", ids), seen(viewer)))
    return {as_uuid(row["id"]): row for row in rows}


async def record(connection: Connection, viewer: Viewer, kind: Kind[Record], record_id: UUID) -> Record | None:
    """Return the record, or None if the viewer may not see it."""
    row = (await by_id(connection, viewer, kind, [record_id])).get(record_id)
    return None if row is None else decode(kind.facts, row)


async def of_partner(connection: Connection, kind: Kind[Record], partner_id: UUID, where: Sql) -> list[Record]:
    """Return the partner's records that match, without an access policy."""
    return [decode(kind.facts, row) for row in await _rows(connection, kind, all_of(Sql("t.partner_id = ?", (partner_id,)), where))]


async def known(connection: Connection, viewer: Viewer, partner_id: UUID, keys: Collection[MatchKeys]) -> Known:
    """Return the visible records of the partner that have one of the keys; two statements for any number of leads."""
    own = all_of(Sql("t.partner_id = ?", (partner_id,)), seen(viewer))
    emails = sorted({one.email for one in keys if one.email is not None})
    contacts = [decode(Contact, row) for row in await _rows(connection, CONTACTS, all_of(own, is_one_of("t.email_key", emails)))]
    names = sorted({key for one in keys for key in one.company_keys})
    alike = any_of(
        is_one_of("t.company_key", names),
        is_one_of("t.company_rest", names),
        is_one_of("t.domain", sorted({one.domain for one in keys if one.domain is not None})),
        is_one_of("t.id", sorted({one.account_id for one in contacts if one.account_id is not None})),
    )
    return Known([decode(Account, row) for row in await _rows(connection, ACCOUNTS, all_of(own, alike))], contacts)


async def _rows(connection: Connection, kind: AnyKind, where: Sql) -> Sequence[Row]:
    """Return the rows, oldest first."""
    if where == FALSE:
        return ()
    return await connection.fetch("SELECT " + kind.columns + " " + kind.source + " WHERE " + where + " ORDER BY t.created_at, t.id")


async def lock_partner(connection: Connection, partner_id: UUID | None) -> None:
    """Lock the partner's records until the transaction ends; call it before any other lock.

    Concurrent conversions of one company then make one account, and the log has the changes of an opportunity in their order: PostgreSQL
    assigns the transaction id at the first lock of a row, but not at an advisory lock, so that no wait comes after it.
    """
    if connection.dialect == "postgres" and partner_id is not None:
        await connection.fetch("SELECT pg_advisory_xact_lock(?)", partner_id.int & (2**63 - 1))


async def lock_partner_of_lead(connection: Connection, lead_id: UUID) -> None:
    """Lock the records of the partner that has the lead, for a change of the records that it was converted into."""
    row = await connection.fetch_one("SELECT partner_id FROM lead WHERE id = ?", lead_id)
    await lock_partner(connection, None if row is None else uuid_or_none(row["partner_id"]))


async def insert(connection: Connection, kind: Kind[Record], made: Record) -> None:
    """Insert a new record."""
    await MODELS[kind.table].create(using_db=connection.client, **encode_columns(stored(made)))


async def update(connection: Connection, kind: Kind[Record], before: Record, after: Record) -> None:
    """Write the columns that differ."""
    old = stored(before)
    written = {name: value for name, value in stored(after).items() if value != old[name]}
    if written:
        await MODELS[kind.table].filter(id=after.id).using_db(connection.client).update(**encode_columns(written))


async def record_change(
    uow: UnitOfWork, before: Opportunity | None, after: Opportunity, kind: OpportunityEventKind, changes: Sequence[FieldChange] = ()
) -> None:
    """Write the history entry of a change, and record its event."""
    actor = uow.viewer
    event = OpportunityEvent(
        opportunity_id=after.id,
        kind=kind,
        occurred_at=uow.now,
        actor_id=actor.member_id if actor else None,
        actor_partner_id=actor.partner_id if actor else None,
        before=None if before is None else snapshot(before),
        after=snapshot(after),
        changed=tuple(one.field for one in changes),
    )
    await OpportunityTimelineEntry.create(
        using_db=uow.connection.client, opportunity_id=after.id, kind=kind.value, occurred_at=to_millis(uow.now), actor_id=event.actor_id,
        changes=history_changes(changes),
    )  # fmt: skip
    uow.record_event(event)


async def pages_of_timelines(connection: Connection, viewer: Viewer, window: Window, ids: Iterable[UUID]) -> dict[UUID, Page]:
    """Return the same page of the timeline of each opportunity, newest first, with the actors."""
    columns = Sql(
        "e.id AS id, e.kind AS kind, e.occurred_at AS occurred_at, e.changes AS changes,"
        " a.id AS actor_id, a.name AS actor_name, a.email AS actor_email, a.roles AS actor_roles, a.is_active AS actor_is_active,"
        " a.is_service AS actor_is_service,"
        " a.partner_id AS actor_partner_id"
    )
    source = "FROM opportunity_timeline_entry e JOIN opportunity t ON t.id = e.opportunity_id LEFT JOIN member a ON a.id = e.actor_id"
    select = Select(columns, Sql(source), seen(viewer), LAST_ENTRY_FIRST)
    return await pagination.read_pages(connection, select, window, "e.opportunity_id", ids)


def stored(one: Account | Contact | Opportunity) -> dict[str, Any]:
    """Return the row of a record: its facts, and the columns made from them to search and to match it by."""
    facts = {field.name: getattr(one, field.name) for field in fields(one)}
    match one:
        case Account():
            name = None if one.is_person else company_name(one.name)
            keys = {"company_key": name.core if name else None, "company_rest": name.rest if name else None}
            return facts | keys | {"name_key": fold(one.name), "search_text": search_text(one.name)}
        case Contact():
            email = email_key(one.email) if one.email else None
            searched = person_search_text(one.first_name, one.last_name, one.email)
            return facts | {"name_key": fold(one.full_name), "email_key": email, "search_text": searched}
        case Opportunity():
            return facts | {"name_key": fold(one.name), "search_text": search_text(one.name)}
