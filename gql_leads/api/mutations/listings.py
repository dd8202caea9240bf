"""Mutations that save listings and business profiles."""

from typing import Annotated
from uuid import UUID

import strawberry

from gql_leads.api.mutations.input_fields import optional, to_unset
from gql_leads.api.mutations.payload import INPUT, Payload, mutation, payload
from gql_leads.api.resolving.context import Info
from gql_leads.api.types.organization import BusinessProfile, Listing, listing, profile, row_by_id
from gql_leads.api.values.ids import decode_id, decode_optional_id
from gql_leads.api.values.scalars import CountryCode, EmailAddress
from gql_leads.domain.leads.lead import CallToAction, CompanySize, ListingKind
from gql_leads.domain.listings import SaveBusinessProfile, SaveListing
from gql_leads.domain.validation import Unset
from gql_leads.services import listings
from gql_leads.store import organization

PARTNER_ID = "Whose it is to be: the vendor names a partner when it makes one. Left out, a new one is the viewer's partner's."


@strawberry.input(description="A listing to make, or to change. What is left out stays; an explicit null clears it.")
class SaveListingInput:
    listing_id: strawberry.ID | None = optional("The listing to change; left out, a new one is made.")
    partner_id: strawberry.ID | None = optional(PARTNER_ID)
    name: str | None = optional("Its title, at most 200 characters. Required for a new one; its leads follow.")
    kind: ListingKind | None = optional("What it offers. Required for a new one; its leads follow.")
    calls_to_action: list[CallToAction] | None = optional("What a customer can click on.")
    is_published: bool | None = optional("Whether customers and other partners see it. A new one is published unless this is false.")

    def to_command(self) -> SaveListing:
        """The listing as it came."""
        return SaveListing(
            id=decode_optional_id("Listing", self.listing_id),
            partner_id=_partner_id(self.partner_id),
            name=to_unset(self.name),
            kind=to_unset(self.kind),
            calls_to_action=to_unset(self.calls_to_action),
            is_published=to_unset(self.is_published),
        )


@strawberry.input(description="A business profile to make, or to change. What is left out stays; an explicit null clears it.")
class SaveBusinessProfileInput:
    profile_id: strawberry.ID | None = optional("The profile to change; left out, a new one is made.")
    partner_id: strawberry.ID | None = optional(PARTNER_ID)
    location: str | None = optional("Where it is, at most 200 characters. Required for a new one.")
    country: CountryCode | None = optional("The country it is in.")
    contact_email: EmailAddress | None = optional("Who gets its leads: an address that mail can reach.")
    keywords: list[str] | None = optional("What it is found by: at most 50, each of at most 100 characters.")
    company_sizes: list[CompanySize] | None = optional("The sizes of customers it works for.")

    def to_command(self) -> SaveBusinessProfile:
        """The profile as it came."""
        return SaveBusinessProfile(
            id=decode_optional_id("BusinessProfile", self.profile_id),
            partner_id=_partner_id(self.partner_id),
            location=to_unset(self.location),
            country=to_unset(self.country),
            contact_email=to_unset(self.contact_email),
            keywords=to_unset(self.keywords),
            company_sizes=to_unset(self.company_sizes),
        )


@payload
class SaveListingPayload(Payload):
    listing: Listing | None = strawberry.field(description="The listing; null where it was refused.")


@payload
class SaveBusinessProfilePayload(Payload):
    profile: BusinessProfile | None = strawberry.field(description="The profile; null where it was refused.")


@strawberry.type
class ListingMutations:
    @mutation("Make a listing, or change one. Its leads follow a new name or kind soon, without growing their version.")
    async def save_listing(self, info: Info, input: Annotated[SaveListingInput, INPUT]) -> SaveListingPayload | None:
        listing_id = await listings.save_listing(info.context.app, info.context.viewer, input.to_command())
        row = await row_by_id(info.context, organization.LISTINGS, listing_id)
        return SaveListingPayload(errors=[], listing=None if row is None else listing(row))

    @mutation("Make a business profile, or change one.")
    async def save_business_profile(
        self, info: Info, input: Annotated[SaveBusinessProfileInput, INPUT]
    ) -> SaveBusinessProfilePayload | None:
        profile_id = await listings.save_business_profile(info.context.app, info.context.viewer, input.to_command())
        row = await row_by_id(info.context, organization.PROFILES, profile_id)
        return SaveBusinessProfilePayload(errors=[], profile=None if row is None else profile(row))


def _partner_id(text: str | None) -> UUID | Unset | None:
    partner_id = to_unset(text)
    return decode_id("Partner", partner_id) if isinstance(partner_id, str) else partner_id
