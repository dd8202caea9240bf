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
from gql_leads.domain.values.validation import Unset
from gql_leads.services import listings
from gql_leads.store.organization import lists as organization

PARTNER_ID = "The owning partner: required when the vendor creates one. If omitted, a new one belongs to the viewer's partner."


@strawberry.input(description="A new listing, or changes to an existing one. Omitted fields stay; an explicit null clears a field.")
class SaveListingInput:
    listing_id: strawberry.ID | None = optional("The listing to change; if omitted, a new one is created.", id_of="Listing")
    partner_id: strawberry.ID | None = optional(PARTNER_ID, id_of="Partner")
    name: str | None = optional("The title, at most 200 characters. Required for a new one; its leads are updated.")
    kind: ListingKind | None = optional("The kind of offer. Required for a new one; its leads are updated.")
    calls_to_action: list[CallToAction] | None = optional("The buttons that a customer can click.")
    is_published: bool | None = optional("True to show it to customers and other partners. A new one is published unless this is false.")
    external_ids: list[str] | None = optional(
        "The ids that marketplaces know it by, such as `publisher.offer`: leads that a marketplace sends for one of them are about this"
        " listing. At most 50; two listings cannot have the same."
    )

    def to_command(self) -> SaveListing:
        """Return the command for the service."""
        return SaveListing(
            id=decode_optional_id("Listing", self.listing_id),
            partner_id=_partner_id(self.partner_id),
            name=to_unset(self.name),
            kind=to_unset(self.kind),
            calls_to_action=to_unset(self.calls_to_action),
            is_published=to_unset(self.is_published),
            external_ids=to_unset(self.external_ids),
        )


@strawberry.input(
    description="A new business profile, or changes to an existing one. Omitted fields stay; an explicit null clears a field."
)
class SaveBusinessProfileInput:
    profile_id: strawberry.ID | None = optional("The profile to change; if omitted, a new one is created.", id_of="BusinessProfile")
    partner_id: strawberry.ID | None = optional(PARTNER_ID, id_of="Partner")
    location: str | None = optional("The location, at most 200 characters. Required for a new one.")
    country: CountryCode | None = optional("The country of the location.")
    contact_email: EmailAddress | None = optional("The address that receives its leads; it must be able to receive mail.")
    keywords: list[str] | None = optional("The keywords for matching: at most 50, each of at most 100 characters.")
    company_sizes: list[CompanySize] | None = optional("The sizes of customers it works for.")

    def to_command(self) -> SaveBusinessProfile:
        """Return the command for the service."""
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
    listing: Listing | None = strawberry.field(description="The listing; null if the mutation was refused.")


@payload
class SaveBusinessProfilePayload(Payload):
    profile: BusinessProfile | None = strawberry.field(description="The profile; null if the mutation was refused.")


@strawberry.type
class ListingMutations:
    @mutation("Create a listing, or change one. Its leads receive a new name or kind shortly after, without a change of their version.")
    async def save_listing(self, info: Info, input: Annotated[SaveListingInput, INPUT]) -> SaveListingPayload | None:
        listing_id = await listings.save_listing(info.context.app, info.context.viewer, input.to_command())
        row = await row_by_id(info.context, organization.LISTINGS, listing_id)
        return SaveListingPayload(errors=[], listing=None if row is None else listing(row))

    @mutation("Create a business profile, or change one.")
    async def save_business_profile(
        self, info: Info, input: Annotated[SaveBusinessProfileInput, INPUT]
    ) -> SaveBusinessProfilePayload | None:
        profile_id = await listings.save_business_profile(info.context.app, info.context.viewer, input.to_command())
        row = await row_by_id(info.context, organization.PROFILES, profile_id)
        return SaveBusinessProfilePayload(errors=[], profile=None if row is None else profile(row))


def _partner_id(text: str | None) -> UUID | Unset | None:
    partner_id = to_unset(text)
    return decode_id("Partner", partner_id) if isinstance(partner_id, str) else partner_id
