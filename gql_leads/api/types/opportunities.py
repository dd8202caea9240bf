"""Accounts, contacts and opportunities: the records that leads are converted into."""

from collections.abc import Callable, Collection
from functools import partial
from typing import Any, Final
from uuid import UUID

import strawberry

from gql_leads.api.resolving.construction import construct
from gql_leads.api.resolving.context import Context, Info
from gql_leads.api.resolving.lead_lists import load_lead
from gql_leads.api.resolving.references import loader_of
from gql_leads.api.resolving.relay_connections import After, Connection, ConnectionType, First, Paging
from gql_leads.api.resolving.selections import Selection
from gql_leads.api.types.activities import ACTIVITIES, Activity
from gql_leads.api.types.leads.lead import Lead
from gql_leads.api.types.node import Node
from gql_leads.api.types.notes import NOTES, Note
from gql_leads.api.types.opportunity_timeline import OpportunityTimelineConnection, timeline_of_opportunity
from gql_leads.api.types.organization import Member, member_by_id
from gql_leads.api.values.ids import encode_id
from gql_leads.api.values.money import Money, money
from gql_leads.api.values.scalars import CountryCode, Date, DateTime, EmailAddress, EventCursor, PhoneNumber
from gql_leads.domain.leads.lead import CloseReason
from gql_leads.domain.opportunities.records import CLOSED, OpportunityAction, OpportunityStage, allowed_actions
from gql_leads.domain.viewer import Viewer
from gql_leads.store import opportunities
from gql_leads.store.leads.notes_and_activities import Parent
from gql_leads.store.opportunities import ACCOUNTS, CONTACTS, OPPORTUNITIES, AnyKind, Query
from gql_leads.store.sql.rows import Row, as_uuid, uuid_or_none


@strawberry.type(description="A customer of a partner: a company, or a private person. Other partners cannot see it.")
class Account(Node):
    name: str = strawberry.field(description="The name of the company or person.")
    is_person: bool = strawberry.field(description="True for a private person without a company.")
    country: CountryCode | None = strawberry.field(description="The country of its head office.")
    domain: str | None = strawberry.field(
        description="The domain of the company's e-mail addresses: given with `saveAccount`, or learned from the address of a contact."
    )
    uuid: strawberry.Private[UUID]

    @strawberry.field(description="The contacts of the account, newest first.")
    async def contacts(self, info: Info, first: First = 20, after: After = strawberry.UNSET) -> "Connection[Contact]":
        page: Connection[Contact] = await _of_account(info, self.uuid, CONTACTS, Paging(first, after))
        return page

    @strawberry.field(description="The opportunities of the account, newest first.")
    async def opportunities(self, info: Info, first: First = 20, after: After = strawberry.UNSET) -> "OpportunityConnection":
        page: OpportunityConnection = await _of_account(info, self.uuid, OPPORTUNITIES, Paging(first, after))
        return page


@strawberry.type(description="A contact person of a partner. Other partners cannot see it.")
class Contact(Node):
    first_name: str | None = strawberry.field(description="The first name.")
    last_name: str = strawberry.field(description="The last name, or the whole name if it is not known in parts.")
    email: EmailAddress | None = strawberry.field(description="The e-mail address, as the customer wrote it.")
    phone: PhoneNumber | None = strawberry.field(description="The phone number.")
    title: str | None = strawberry.field(description="The job title.")
    account_id: strawberry.Private[UUID | None]

    @strawberry.field(description="The account of the contact.")
    async def account(self, info: Info) -> Account | None:
        return None if self.account_id is None else await account_by_id(info.context, self.account_id)


@strawberry.type(description="A sales opportunity of a partner. Other partners cannot see it.")
class Opportunity(Node):
    version: int = strawberry.field(
        description="Starts at 1 and increases by one with every change. Pass it as `expectedVersion` to refuse an update of outdated data."
    )
    name: str = strawberry.field(description="The name.")
    stage: OpportunityStage = strawberry.field(description="The sales stage.")
    close_reason: CloseReason | None = strawberry.field(description="The reason for which it was lost; null for all others.")
    amount: Money | None = strawberry.field(description="The expected value.")
    expected_close_date: Date | None = strawberry.field(description="The date by which the customer is expected to decide.")
    created_at: DateTime = strawberry.field(description="The time of creation.")
    updated_at: DateTime = strawberry.field(description="The time of the last change.")
    closed_at: DateTime | None = strawberry.field(description="The time when it was won or lost; null while it is open.")
    allowed_actions: list[OpportunityAction] = strawberry.field(description="The actions that the viewer may take now.")
    account_id: strawberry.Private[UUID]
    contact_id: strawberry.Private[UUID | None]
    owner_id: strawberry.Private[UUID]
    lead_id: strawberry.Private[UUID | None]
    uuid: strawberry.Private[UUID]

    @strawberry.field(description="The account of the customer.")
    async def account(self, info: Info) -> Account:
        return await account_by_id(info.context, self.account_id)  # type: ignore[return-value]

    @strawberry.field(description="The contact person.")
    async def contact(self, info: Info) -> Contact | None:
        return None if self.contact_id is None else await contact_by_id(info.context, self.contact_id)

    @strawberry.field(description="The owner.")
    async def owner(self, info: Info) -> Member:
        return await member_by_id(info.context, self.owner_id)  # type: ignore[return-value]

    @strawberry.field(description="The lead that was converted into it; null if there is none, or it is not visible.")
    async def lead(self, info: Info) -> Lead | None:
        return None if self.lead_id is None else await load_lead(info.context, self.lead_id, Selection.under(info))

    @strawberry.field(description="The notes, newest first.")
    async def notes(self, info: Info, first: First = 20, after: After = strawberry.UNSET) -> Connection[Note]:
        return await NOTES.page_of(info, Parent.OPPORTUNITY, self.uuid, Paging(first, after))

    @strawberry.field(description="The activities, open and completed, newest first.")
    async def activities(self, info: Info, first: First = 20, after: After = strawberry.UNSET) -> Connection[Activity]:
        return await ACTIVITIES.page_of(info, Parent.OPPORTUNITY, self.uuid, Paging(first, after))

    @strawberry.field(description="The history of the opportunity: who changed what, newest first.")
    async def timeline(self, info: Info, first: First = 20, after: After = strawberry.UNSET) -> OpportunityTimelineConnection:
        return await timeline_of_opportunity(info, self.uuid, Paging(first, after))


@strawberry.type(description="One page of opportunities.")
class OpportunityConnection(Connection[Opportunity]):
    event_cursor: EventCursor = strawberry.field(
        description="A position in the event log from before these rows were read: subscribe with it as `after` to miss no change."
    )


def account(row: Row, _: Viewer) -> Account:
    """Return an account from its row."""
    return construct(
        Account,
        id=encode_id("Account", row["id"]),
        uuid=as_uuid(row["id"]),
        name=row["name"],
        is_person=bool(row["is_person"]),
        domain=row["domain"],
        country=row["country"],
    )


def contact(row: Row, _: Viewer) -> Contact:
    """Return a contact from its row."""
    return construct(
        Contact,
        id=encode_id("Contact", row["id"]),
        account_id=uuid_or_none(row["account_id"]),
        first_name=row["first_name"],
        last_name=row["last_name"],
        email=row["email"],
        phone=row["phone"],
        title=row["title"],
    )


def opportunity(row: Row, viewer: Viewer) -> Opportunity:
    """Return an opportunity from its row, with the actions that the viewer may take."""
    return construct(
        Opportunity,
        id=encode_id("Opportunity", row["id"]),
        uuid=as_uuid(row["id"]),
        version=row["version"],
        name=row["name"],
        stage=row["stage"],
        close_reason=row["close_reason"],
        amount=money(row["amount_minor"], row["amount_currency"]),
        expected_close_date=row["expected_close_date"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        closed_at=_closed_at(row),
        allowed_actions=list(allowed_actions(viewer, OpportunityStage(row["stage"]))),
        account_id=as_uuid(row["account_id"]),
        contact_id=uuid_or_none(row["contact_id"]),
        owner_id=as_uuid(row["owner_id"]),
        lead_id=uuid_or_none(row["lead_id"]),
    )


def _closed_at(row: Row) -> Any:
    """Return the time of closing. A server of release 0.4 stores none, but closing is the last change."""
    return (row["closed_at"] or row["updated_at"]) if row["stage"] in CLOSED else None


ROW_MAPPINGS: Final[dict[AnyKind, tuple[str, Callable[[Row, Viewer], Any]]]] = {
    ACCOUNTS: ("Account", account),
    CONTACTS: ("Contact", contact),
    OPPORTUNITIES: ("Opportunity", opportunity),
}


async def account_by_id(context: Context, uuid: UUID) -> Account | None:
    """Return an account, or None if it is not visible."""
    found: Account | None = await _by_id(context, ACCOUNTS, uuid)
    return found


async def contact_by_id(context: Context, uuid: UUID) -> Contact | None:
    """Return a contact, or None if it is not visible."""
    found: Contact | None = await _by_id(context, CONTACTS, uuid)
    return found


@loader_of("Opportunity")
async def _load_opportunity(context: Context, uuid: UUID, _: Selection) -> Opportunity | None:
    return await opportunity_by_id(context, uuid)


async def opportunity_by_id(context: Context, uuid: UUID) -> Opportunity | None:
    """Return an opportunity, or None if it is not visible."""
    found: Opportunity | None = await _by_id(context, OPPORTUNITIES, uuid)
    return found


async def opportunities_by_id(context: Context, ids: Collection[UUID]) -> dict[UUID, Opportunity]:
    """Return the visible ones of these opportunities by their ids."""
    rows = await opportunities.by_id(context.connection, context.viewer, OPPORTUNITIES, ids)
    return {uuid: opportunity(row, context.viewer) for uuid, row in rows.items()}


async def page_newest_first(info: Info, query: Query, paging: Paging) -> Any:
    """Return one page of the records that the query lists, newest first."""
    arguments = info.context.connection, info.context.viewer, query
    rows = _rows(query.kind, info.context.viewer)
    return await rows.page(info, paging, partial(opportunities.page, *arguments), partial(opportunities.total, *arguments))


async def _by_id(context: Context, kind: AnyKind, uuid: UUID) -> Any:
    reader, row = context.reader, context.dry_run_rows.get((kind.table, uuid))
    if row is None:
        row = await context.dataloader.load(kind, uuid, lambda ids: opportunities.by_id(reader.connection, reader.viewer, kind, ids))
    return None if row is None else ROW_MAPPINGS[kind][1](row, reader.viewer)


async def _of_account(info: Info, account_id: UUID, kind: AnyKind, paging: Paging) -> Any:
    arguments = info.context.connection, info.context.viewer, kind
    pages, totals = partial(opportunities.pages_of_accounts, *arguments), partial(opportunities.totals_of_accounts, *arguments)
    return await _rows(kind, info.context.viewer, 20).page_of_parent(info, account_id, paging, pages, totals)


def _rows(kind: AnyKind, viewer: Viewer, size: int | None = None) -> ConnectionType:
    type_name, make = ROW_MAPPINGS[kind]
    connection = OpportunityConnection if kind is OPPORTUNITIES else Connection
    return ConnectionType(type_name, lambda row: make(row, viewer), kind.table, opportunities.NEWEST, size, connection)
