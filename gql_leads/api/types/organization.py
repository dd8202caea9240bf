"""Partners, their members, listings and business profiles, and campaigns."""

from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Any, Final
from uuid import UUID

import strawberry

from gql_leads.api.resolving.context import Context, Info
from gql_leads.api.resolving.relay_connections import After, Connection, ConnectionType, First, Paging
from gql_leads.api.resolving.row_mapping import FieldSource, boolean, column, full_mapper, global_id, uuid_column
from gql_leads.api.types.node import Node
from gql_leads.api.types.responsiveness import Responsiveness, responsiveness_of
from gql_leads.api.values.field_metadata import RESPONSIVENESS
from gql_leads.api.values.scalars import CountryCode, Date, EmailAddress
from gql_leads.domain.leads.lead import CallToAction, CompanySize, ListingKind
from gql_leads.domain.viewer import MemberRole, Viewer
from gql_leads.store.organization import lists as organization
from gql_leads.store.organization.lists import Kind
from gql_leads.store.sql.rows import Row, reader

_texts_or_none = lru_cache(maxsize=1_024)(reader(tuple[str, ...] | None))
_texts = lru_cache(maxsize=1_024)(reader(tuple[str, ...]))


@strawberry.type(description="A user of this service: of a partner, or of the vendor.")
class Member(Node):
    name: str = strawberry.field(description="The name.")
    email: EmailAddress = strawberry.field(description="The e-mail address for signing in.")
    roles: list[MemberRole] = strawberry.field(description="The roles.")
    is_active: bool = strawberry.field(description="False if the member is deactivated and cannot sign in.")
    is_service: bool = strawberry.field(description="True for the member as which an API key acts. Its address cannot sign in or get mail.")
    partner_id: strawberry.Private[UUID | None]

    @strawberry.field(description="The partner; null for members of the vendor.")
    async def partner(self, info: Info) -> "Partner | None":
        return None if self.partner_id is None else await partner_by_id(info.context, self.partner_id)


@strawberry.type(description="An offer of a partner on the marketplace.")
class Listing(Node):
    name: str = strawberry.field(description="The title on the marketplace.")
    kind: ListingKind = strawberry.field(description="The kind of offer.")
    calls_to_action: list[CallToAction] = strawberry.field(description="The buttons that a customer can click.")
    is_published: bool = strawberry.field(description="True if customers can see it.")
    external_ids: list[str] | None = strawberry.field(
        description="The ids that marketplaces know it by, such as `publisher.offer`. Null for other partners."
    )
    partner_id: strawberry.Private[UUID]

    @strawberry.field(description="The partner that offers it.")
    async def partner(self, info: Info) -> "Partner":
        return await partner_by_id(info.context, self.partner_id)  # type: ignore[return-value]


@strawberry.type(description="The public profile of a partner at one location; PROFILE leads go to its contact address.")
class BusinessProfile(Node):
    location: str = strawberry.field(description="The location.")
    country: CountryCode | None = strawberry.field(description="The country of the location.")
    contact_email: EmailAddress | None = strawberry.field(description="The address that receives its leads. Null for other partners.")
    keywords: list[str] = strawberry.field(description="The keywords for matching.")
    company_sizes: list[CompanySize] = strawberry.field(description="The sizes of customers it works for.")
    partner_id: strawberry.Private[UUID]

    @strawberry.field(description="The partner that owns it.")
    async def partner(self, info: Info) -> "Partner":
        return await partner_by_id(info.context, self.partner_id)  # type: ignore[return-value]


@strawberry.type(description="A company that sells on the marketplace.")
class Partner(Node):
    name: str = strawberry.field(description="The company's name.")
    country: CountryCode | None = strawberry.field(description="The country of its head office.")
    is_active: bool = strawberry.field(description="False if the partner's members cannot sign in and it receives no leads.")
    uuid: strawberry.Private[UUID]

    @strawberry.field(
        description="The share of answered leads and the response time; they raise the partner in matching. Null for other partners.",
        metadata=RESPONSIVENESS,
    )
    async def responsiveness(self, info: Info) -> Responsiveness | None:
        return await responsiveness_of(info.context, self.uuid)

    @strawberry.field(description="The members, by name. Empty for other partners.")
    async def members(self, info: Info, first: First = 50, after: After = strawberry.UNSET) -> Connection[Member]:
        return await _of_partner(info, self.uuid, organization.MEMBERS, Paging(first, after))

    @strawberry.field(description="The business profiles, by location.")
    async def profiles(self, info: Info, first: First = 50, after: After = strawberry.UNSET) -> Connection[BusinessProfile]:
        return await _of_partner(info, self.uuid, organization.PROFILES, Paging(first, after))

    @strawberry.field(description="The listings, by name; other partners see only published ones.")
    async def listings(self, info: Info, first: First = 50, after: After = strawberry.UNSET) -> Connection[Listing]:
        return await _of_partner(info, self.uuid, organization.LISTINGS, Paging(first, after))


@strawberry.type(description="A marketing campaign of the vendor.")
class Campaign(Node):
    name: str = strawberry.field(description="The name.")
    code: str = strawberry.field(description="The code that forms and files use; case is ignored.")
    starts_on: Date | None = strawberry.field(description="The first day.")
    ends_on: Date | None = strawberry.field(description="The last day.")


def partner_sources(prefix: str = "") -> Mapping[str, FieldSource]:
    """A partner."""
    uuid = uuid_column("uuid", f"{prefix}id")
    return {
        "id": global_id("Partner", f"{prefix}id"),
        "name": column("name", f"{prefix}name"),
        "country": column("country", f"{prefix}country"),
        "isActive": boolean("is_active", f"{prefix}is_active"),
        **dict.fromkeys(("responsiveness", "members", "profiles", "listings"), uuid),
    }


def member_sources(prefix: str = "") -> Mapping[str, FieldSource]:
    """A member."""
    return {
        "id": global_id("Member", f"{prefix}id"),
        "name": column("name", f"{prefix}name"),
        "email": column("email", f"{prefix}email"),
        "roles": _text_list("roles", f"{prefix}roles"),
        "isActive": boolean("is_active", f"{prefix}is_active"),
        "isService": boolean("is_service", f"{prefix}is_service"),
        "partner": uuid_column("partner_id", f"{prefix}partner_id"),
    }


def listing_sources(prefix: str = "") -> Mapping[str, FieldSource]:
    """A listing."""
    return {
        "id": global_id("Listing", f"{prefix}id"),
        "name": column("name", f"{prefix}name"),
        "kind": column("kind", f"{prefix}kind"),
        "callsToAction": _text_list("calls_to_action", f"{prefix}calls_to_action"),
        "isPublished": boolean("is_published", f"{prefix}is_published"),
        "externalIds": FieldSource("external_ids", (f"{prefix}external_ids",), read=_texts_or_none),
        "partner": uuid_column("partner_id", f"{prefix}partner_id"),
    }


def profile_sources(prefix: str = "") -> Mapping[str, FieldSource]:
    """Return the field sources of a business profile, with a column prefix."""
    return {
        "id": global_id("BusinessProfile", f"{prefix}id"),
        "location": column("location", f"{prefix}location"),
        "country": column("country", f"{prefix}country"),
        "contactEmail": column("contact_email", f"{prefix}contact_email"),
        "keywords": _text_list("keywords", f"{prefix}keywords"),
        "companySizes": _text_list("company_sizes", f"{prefix}company_sizes"),
        "partner": uuid_column("partner_id", f"{prefix}partner_id"),
    }


def _campaign_sources() -> Mapping[str, FieldSource]:
    return {
        "id": global_id("Campaign"),
        "name": column("name"),
        "code": column("code"),
        "startsOn": column("starts_on"),
        "endsOn": column("ends_on"),
    }


def _text_list(attribute: str, column: str) -> FieldSource:
    return FieldSource(attribute, (column,), read=_texts)


partner = full_mapper(Partner, partner_sources())
"""Functions that build an object with all fields from a row."""
member = full_mapper(Member, member_sources())
listing = full_mapper(Listing, listing_sources())
profile = full_mapper(BusinessProfile, profile_sources())
campaign = full_mapper(Campaign, _campaign_sources())
CONNECTIONS: Final = {
    kind: ConnectionType(type_name, make, kind.table, kind.order, 50)
    for kind, type_name, make in (
        (organization.PARTNERS, "Partner", partner),
        (organization.MEMBERS, "Member", member),
        (organization.LISTINGS, "Listing", listing),
        (organization.PROFILES, "BusinessProfile", profile),
        (organization.CAMPAIGNS, "Campaign", campaign),
    )
}


async def row_by_id(context: Context, kind: Kind, uuid: UUID) -> Row | None:
    """Return the row of a visible record, or None; those of all objects of the level are read with one statement."""
    reader = context.reader
    return await context.dataloader.load(kind, uuid, lambda ids: organization.by_id(reader.connection, reader.viewer, kind, ids))


async def partner_by_id(context: Context, uuid: UUID) -> Partner | None:
    """A partner."""
    row = await row_by_id(context, organization.PARTNERS, uuid)
    return None if row is None else partner(row)


async def member_by_id(context: Context, uuid: UUID) -> Member | None:
    """Return a member, or None if it is not visible."""
    row = await row_by_id(context, organization.MEMBERS, uuid)
    return None if row is None else member(row)


async def own_member(context: Context, viewer: Viewer) -> Member:
    """Return the member who is this viewer."""
    rows = await organization.by_id(context.connection, viewer, organization.MEMBERS, [viewer.member_id])
    return member(rows[viewer.member_id])


async def campaign_by_id(context: Context, uuid: UUID) -> Campaign | None:
    """Return a campaign, or None if it does not exist."""
    row = await row_by_id(context, organization.CAMPAIGNS, uuid)
    return None if row is None else campaign(row)


async def page_by_name(info: Info, kind: Kind, search: str | None, paging: Paging) -> Connection[Any]:
    """Return one page of a kind of record, by name."""
    arguments = info.context.connection, info.context.viewer, kind, search
    return await CONNECTIONS[kind].page(info, paging, partial(organization.page, *arguments), partial(organization.total, *arguments))


async def _of_partner(info: Info, partner_id: UUID, kind: Kind, paging: Paging) -> Connection[Any]:
    arguments = info.context.connection, info.context.viewer, kind
    pages, totals = partial(organization.pages_of_partners, *arguments), partial(organization.totals_of_partners, *arguments)
    return await CONNECTIONS[kind].page_of_parent(info, partner_id, paging, pages, totals)
