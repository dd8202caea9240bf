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
from gql_leads.domain.leads.lead import CallToAction, CompanySize, LeadSource, LeadStatus, LeadType
from gql_leads.services.leads import intake


@strawberry.input(description="A new lead.")
class CreateLeadInput:
    type: LeadType | None = optional(
        "The type of lead. OFFER needs a listing, PROFILE a profile. If omitted: OFFER with a listing, else PROFILE with a profile, else"
        " MARKETING_QUALIFIED."
    )
    status: LeadStatus = optional("The follow-up status.", LeadStatus.NEW)
    source: LeadSource = optional("The source of the lead.", LeadSource.API)
    listing_id: strawberry.ID | None = optional("The listing that the customer acted on; required for OFFER.", id_of="Listing")
    profile_id: strawberry.ID | None = optional(
        "The business profile that the customer contacted; required for PROFILE.", id_of="BusinessProfile"
    )
    call_to_action: CallToAction | None = optional("The button that the customer clicked.")
    contact: LeadContactInput = required("The contact person; `lastName` is required.")
    company: str | None = optional("The customer's company; omitted or null for a private person.")
    company_size: CompanySize | None = optional("The number of employees.")
    industry: str | None = optional("The company's industry.")
    city: str | None = optional("The customer's city.")
    region: str | None = optional("The customer's region or state.")
    country: CountryCode | None = optional("The customer's country.")
    message: str | None = optional("The customer's request, in their words.")
    consent_to_contact: bool = optional("True if the customer agreed to be contacted.", True)
    consent_to_share: bool = optional("True if the customer agreed that their data is shared.", False)
    contact_requested: bool = optional("True if the customer explicitly asked to be contacted: the lead is then hot.", False)
    campaign_code: str | None = optional("The code of its campaign; case is ignored.")
    external_reference: str | None = optional("Its id in the source system; creating it again returns the first lead.")
    is_test: bool = optional("True for a test lead.", False)
    idempotency_key: str | None = optional(IDEMPOTENCY_KEY)

    def to_command(self) -> commands.NewLead:
        """Return the command for the service."""
        return commands.NewLead(
            type=none_if_unset(self.type),
            status=self.status,
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
    @mutation(
        "Create a lead: a partner's member for their own partner, a vendor's member for the partner or queue that the"
        " assignment rules choose."
    )
    async def create_lead(self, info: Info, input: Annotated[CreateLeadInput, INPUT]) -> CreateLeadPayload | None:
        app, viewer, key = info.context.app, info.context.viewer, none_if_unset(input.idempotency_key)
        lead_id = await intake.create_lead(app, viewer, input.to_command(), key)
        return await lead_payload(info, CreateLeadPayload, lead_id)
