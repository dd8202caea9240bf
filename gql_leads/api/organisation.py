"""Partners, their people and what they offer, queues and campaigns. Each is made whole from its row."""

from functools import lru_cache, partial
from typing import Any, Final
from uuid import UUID

import strawberry

from gql_leads.api.connections import After, Connection, First, Paging, Rows
from gql_leads.api.context import Context, Info
from gql_leads.api.ids import to_global
from gql_leads.api.making import made
from gql_leads.api.node import Node
from gql_leads.api.responsiveness import Responsiveness, responsiveness_of
from gql_leads.api.scalars import CountryCode, Date, DateTime, EmailAddress
from gql_leads.domain import claiming
from gql_leads.domain.lead import CallToAction, CompanySize, ListingKind
from gql_leads.domain.viewer import MemberRole
from gql_leads.store import organisation, queues
from gql_leads.store.organisation import Kind
from gql_leads.store.paging import as_uuid
from gql_leads.store.rows import Row, reader, to_millis

_texts = lru_cache(maxsize=1_024)(reader(tuple[str, ...]))


@strawberry.type(description="A person who may come in: of a partner, or of the vendor.")
class Member(Node):
    name: str = strawberry.field(description="As people call them.")
    email: EmailAddress = strawberry.field(description="The address they sign in with.")
    roles: list[MemberRole] = strawberry.field(description="What they may do.")
    is_active: bool = strawberry.field(description="Whether they may come in.")
    partner_id: strawberry.Private[UUID | None]

    @strawberry.field(description="Null for the vendor's own people.")
    async def partner(self, info: Info) -> "Partner | None":
        return None if self.partner_id is None else await partner_by_id(info.context, self.partner_id)


@strawberry.type(description="What a partner offers on the marketplace.")
class Listing(Node):
    name: str = strawberry.field(description="Its title on the marketplace.")
    kind: ListingKind = strawberry.field(description="What it offers.")
    calls_to_action: list[CallToAction] = strawberry.field(description="What a customer can click on.")
    is_published: bool = strawberry.field(description="Whether customers see it.")
    partner_id: strawberry.Private[UUID]

    @strawberry.field(description="Who offers it.")
    async def partner(self, info: Info) -> "Partner":
        return await partner_by_id(info.context, self.partner_id)  # type: ignore[return-value]


@strawberry.type(description="A partner's public face at one location; profile leads go to its contact.")
class BusinessProfile(Node):
    location: str = strawberry.field(description="Where it is.")
    country: CountryCode | None = strawberry.field(description="The country it is in.")
    contact_email: EmailAddress | None = strawberry.field(description="Who gets its leads. Null to other partners.")
    keywords: list[str] = strawberry.field(description="What it is found by.")
    company_sizes: list[CompanySize] = strawberry.field(description="The sizes of customers it works for.")
    partner_id: strawberry.Private[UUID]

    @strawberry.field(description="Whose it is.")
    async def partner(self, info: Info) -> "Partner":
        return await partner_by_id(info.context, self.partner_id)  # type: ignore[return-value]


@strawberry.type(description="A company that sells on the marketplace.")
class Partner(Node):
    name: str = strawberry.field(description="The company's name.")
    country: CountryCode | None = strawberry.field(description="Where it is at home.")
    is_active: bool = strawberry.field(description="Whether its people may come in and get leads.")
    uuid: strawberry.Private[UUID]

    @strawberry.field(description="Share of leads answered, and how fast: what raises a partner in matching. Null to other partners.")
    async def responsiveness(self, info: Info) -> Responsiveness | None:
        return await responsiveness_of(info.context, self.uuid)

    @strawberry.field(description="Its people, by name. Empty to other partners.")
    async def members(self, info: Info, first: First = 50, after: After = strawberry.UNSET) -> Connection[Member]:
        return await _of_partner(info, self.uuid, organisation.MEMBERS, Paging(first, after))

    @strawberry.field(description="Its public faces, by location.")
    async def profiles(self, info: Info, first: First = 50, after: After = strawberry.UNSET) -> Connection[BusinessProfile]:
        return await _of_partner(info, self.uuid, organisation.PROFILES, Paging(first, after))

    @strawberry.field(description="What it offers, by name. Published ones, to other partners.")
    async def listings(self, info: Info, first: First = 50, after: After = strawberry.UNSET) -> Connection[Listing]:
        return await _of_partner(info, self.uuid, organisation.LISTINGS, Paging(first, after))


@strawberry.type(description="Something the vendor runs to win customers.")
class Campaign(Node):
    name: str = strawberry.field(description="What people call it.")
    code: str = strawberry.field(description="What forms and files name it by, compared without case.")
    starts_on: Date | None = strawberry.field(description="Its first day.")
    ends_on: Date | None = strawberry.field(description="Its last day.")


@strawberry.type(description="What the viewer's partner has taken from a queue, and whether it may take more.")
class ClaimAllowance:
    open_claims: int = strawberry.field(description="Claimed leads that are neither finished nor given back.")
    claims_today: int = strawberry.field(description="Claims since midnight UTC.")
    can_claim: bool = strawberry.field(description="Whether one more claim is within the limits.")
    resets_at: DateTime = strawberry.field(description="When the day's claims are counted anew.")


@strawberry.type(description="Leads that wait for whoever claims them first.")
class LeadQueue(Node):
    name: str = strawberry.field(description="What people call it.")
    max_open_claims_per_partner: int | None = strawberry.field(
        description="How many open claims one partner may have from it. Null: no limit."
    )
    max_claims_per_partner_per_day: int | None = strawberry.field(
        description="How many leads one partner may claim from it a day, in UTC. Null: no limit."
    )
    uuid: strawberry.Private[UUID]

    @strawberry.field(description="How many leads wait in it, of those in the viewer's sight.")
    async def waiting(self, info: Info) -> int:
        reading = info.context.reading
        return await info.context.batches.load("waiting", self.uuid, lambda ids: queues.waiting(reading, ids)) or 0

    @strawberry.field(
        description="Who may claim from it; empty: every active partner. To a partner's member, of those named only their own."
    )
    async def partners(self, info: Info) -> list[Partner]:
        reading = info.context.reading
        rows = await info.context.batches.load("named", self.uuid, lambda ids: queues.named_partners(reading, ids))
        return [partner(row) for row in rows or ()]

    @strawberry.field(description="The viewer's partner's own use of its limits. Null to the vendor.")
    async def allowance(self, info: Info) -> ClaimAllowance | None:
        return await allowance_of(info.context, self.uuid)


async def allowance_of(context: Context, queue_id: UUID) -> ClaimAllowance | None:
    """The viewer's partner's use of the queue's limits."""
    reading = context.reading
    found = await context.batches.load("allowance", queue_id, lambda ids: queues.allowances(reading, ids))
    if found is None:
        return None
    limits, use = found
    return ClaimAllowance(
        open_claims=use.open_claims,
        claims_today=use.claims_today,
        can_claim=claiming.can_claim(limits, use),
        resets_at=DateTime(to_millis(claiming.resets_at(reading.now))),
    )


def partner(row: Row, prefix: str = "") -> Partner:
    """The partner in the row's columns of this prefix."""
    return made(
        Partner,
        id=to_global("Partner", row[f"{prefix}id"]),
        uuid=as_uuid(row[f"{prefix}id"]),
        name=row[f"{prefix}name"],
        country=row[f"{prefix}country"],
        is_active=bool(row[f"{prefix}is_active"]),
    )


def member(row: Row, prefix: str = "") -> Member:
    """The member in the row's columns of this prefix."""
    partner_id = row[f"{prefix}partner_id"]
    return made(
        Member,
        id=to_global("Member", row[f"{prefix}id"]),
        name=row[f"{prefix}name"],
        email=row[f"{prefix}email"],
        roles=_texts(row[f"{prefix}roles"]),
        is_active=bool(row[f"{prefix}is_active"]),
        partner_id=None if partner_id is None else as_uuid(partner_id),
    )


def listing(row: Row, prefix: str = "") -> Listing:
    """The listing in the row's columns of this prefix."""
    return made(
        Listing,
        id=to_global("Listing", row[f"{prefix}id"]),
        name=row[f"{prefix}name"],
        kind=row[f"{prefix}kind"],
        calls_to_action=_texts(row[f"{prefix}calls_to_action"]),
        is_published=bool(row[f"{prefix}is_published"]),
        partner_id=as_uuid(row[f"{prefix}partner_id"]),
    )


def profile(row: Row, prefix: str = "") -> BusinessProfile:
    """The business profile in the row's columns of this prefix."""
    return made(
        BusinessProfile,
        id=to_global("BusinessProfile", row[f"{prefix}id"]),
        location=row[f"{prefix}location"],
        country=row[f"{prefix}country"],
        contact_email=row[f"{prefix}contact_email"],
        keywords=_texts(row[f"{prefix}keywords"]),
        company_sizes=_texts(row[f"{prefix}company_sizes"]),
        partner_id=as_uuid(row[f"{prefix}partner_id"]),
    )


def queue(row: Row, prefix: str = "") -> LeadQueue:
    """The queue in the row's columns of this prefix."""
    return made(
        LeadQueue,
        id=to_global("LeadQueue", row[f"{prefix}id"]),
        uuid=as_uuid(row[f"{prefix}id"]),
        name=row[f"{prefix}name"],
        max_open_claims_per_partner=row[f"{prefix}max_open_claims"],
        max_claims_per_partner_per_day=row[f"{prefix}max_claims_per_day"],
    )


def campaign(row: Row, prefix: str = "") -> Campaign:
    """The campaign in the row's columns of this prefix."""
    return made(
        Campaign,
        id=to_global("Campaign", row[f"{prefix}id"]),
        name=row[f"{prefix}name"],
        code=row[f"{prefix}code"],
        starts_on=row[f"{prefix}starts_on"],
        ends_on=row[f"{prefix}ends_on"],
    )


ROWS: Final = {
    kind: Rows(type_name, make, kind.table, kind.order, 50)
    for kind, type_name, make in (
        (organisation.PARTNERS, "Partner", partner),
        (organisation.MEMBERS, "Member", member),
        (organisation.LISTINGS, "Listing", listing),
        (organisation.PROFILES, "BusinessProfile", profile),
        (organisation.CAMPAIGNS, "Campaign", campaign),
    )
}


async def row_by_id(context: Context, kind: Kind, uuid: UUID) -> Row | None:
    """The row of a record the viewer may know of, read together with all others that its level asks for."""
    reading = context.reading
    return await context.batches.load(kind, uuid, lambda ids: organisation.by_id(reading.connection, reading.viewer, kind, ids))


async def queue_by_id(context: Context, uuid: UUID) -> LeadQueue | None:
    """The queue, if it is in sight."""
    reading = context.reading
    row = await context.batches.load("queue", uuid, lambda ids: queues.by_id(reading, ids))
    return None if row is None else queue(row)


async def partner_by_id(context: Context, uuid: UUID) -> Partner | None:
    """A partner."""
    row = await row_by_id(context, organisation.PARTNERS, uuid)
    return None if row is None else partner(row)


async def member_by_id(context: Context, uuid: UUID) -> Member | None:
    """A member the viewer may know of."""
    row = await row_by_id(context, organisation.MEMBERS, uuid)
    return None if row is None else member(row)


async def campaign_by_id(context: Context, uuid: UUID) -> Campaign | None:
    """A campaign."""
    row = await row_by_id(context, organisation.CAMPAIGNS, uuid)
    return None if row is None else campaign(row)


async def listed(info: Info, kind: Kind, search: str | None, paging: Paging) -> Connection[Any]:
    """One page of a kind, by name."""
    asked = info.context.reading.connection, info.context.viewer, kind, search
    return await ROWS[kind].page(info, paging, partial(organisation.page, *asked), partial(organisation.total, *asked))


async def _of_partner(info: Info, partner_id: UUID, kind: Kind, paging: Paging) -> Connection[Any]:
    asked = info.context.reading.connection, info.context.viewer, kind
    pages, totals = partial(organisation.pages_of_partners, *asked), partial(organisation.totals_of_partners, *asked)
    return await ROWS[kind].page_below(info, partner_id, paging, pages, totals)
