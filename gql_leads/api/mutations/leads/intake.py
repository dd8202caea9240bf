"""The mutation that creates a lead."""

from typing import Annotated

import strawberry

from gql_leads.api.mutations.input_fields import IDEMPOTENCY_KEY, none_if_unset, optional, required, to_unset
from gql_leads.api.mutations.leads.contact_details import LeadContactInput, to_lead_fields
from gql_leads.api.mutations.payload import INPUT, LeadPayload, lead_payload, mutation, payload
from gql_leads.api.resolving.context import Info
from gql_leads.api.values.ids import decode_optional_id
from gql_leads.api.values.scalars import CountryCode
from gql_leads.domain import commands
from gql_leads.domain.leads.lead import CallToAction, CompanySize, LeadSource, LeadType
from gql_leads.services.leads import intake


@strawberry.input(description="A lead to enter.")
class CreateLeadInput:
    type: LeadType = optional("How it came about.", LeadType.OFFER)
    source: LeadSource = optional("Where it comes from.", LeadSource.API)
    listing_id: strawberry.ID | None = optional("The listing the customer acted on.")
    profile_id: strawberry.ID | None = optional("The business profile through which the customer enquired: required for PROFILE.")
    call_to_action: CallToAction | None = optional("What the customer clicked on.")
    contact: LeadContactInput = required("The person; `lastName` is required.")
    company: str | None = optional("The customer's company; none for a private person.")
    company_size: CompanySize | None = optional("How many people work there.")
    industry: str | None = optional("What the company does.")
    city: str | None = optional("The customer's city.")
    region: str | None = optional("The customer's region or state.")
    country: CountryCode | None = optional("The customer's country.")
    message: str | None = optional("What the customer asks for, in their words.")
    consent_to_contact: bool = optional("Whether the customer agreed to be contacted.", True)
    consent_to_share: bool = optional("Whether the customer agreed that their data is shared.", False)
    contact_requested: bool = optional("Whether the customer explicitly asked to be contacted: makes the lead hot.", False)
    campaign_code: str | None = optional("The code of the campaign it comes from; compared without case.")
    external_reference: str | None = optional("Its id where it comes from; creating it again returns the first.")
    is_test: bool = optional("Made to try things out.", False)
    idempotency_key: str | None = optional(IDEMPOTENCY_KEY)

    def to_command(self) -> commands.NewLead:
        """The lead as it came."""
        return commands.NewLead(
            type=self.type,
            source=self.source,
            details=to_lead_fields(self),
            listing_id=decode_optional_id("Listing", self.listing_id),
            profile_id=decode_optional_id("BusinessProfile", self.profile_id),
            call_to_action=none_if_unset(self.call_to_action),
            contact_requested=self.contact_requested,
            campaign_code=to_unset(self.campaign_code),
            external_reference=to_unset(self.external_reference),
            is_test=self.is_test,
        )


@payload
class CreateLeadPayload(LeadPayload):
    pass


@strawberry.type
class IntakeMutations:
    @mutation("Enter a lead: a partner's member for their own partner, the vendor for whoever it is routed to.")
    async def create_lead(self, info: Info, input: Annotated[CreateLeadInput, INPUT]) -> CreateLeadPayload | None:
        app, viewer, key = info.context.app, info.context.viewer, none_if_unset(input.idempotency_key)
        lead_id = await intake.create_lead(app, viewer, input.to_command(), key)
        return await lead_payload(info, CreateLeadPayload, lead_id)
