"""The mutation that refers a lead to a partner."""

from typing import Annotated

import strawberry

from gql_leads.api.mutations.input_fields import IDEMPOTENCY_KEY, none_if_unset, optional, required, to_unset
from gql_leads.api.mutations.leads.contact_details import LeadContactInput
from gql_leads.api.mutations.payload import INPUT, LeadPayload, lead_payload, mutation, payload
from gql_leads.api.resolving.context import Info
from gql_leads.api.values.ids import decode_id
from gql_leads.api.values.scalars import CountryCode, EmailAddress
from gql_leads.domain import commands
from gql_leads.domain.leads.lead import LeadType
from gql_leads.services.leads import referrals


@strawberry.input(description="A lead to refer to a partner.")
class ReferLeadInput:
    partner_id: strawberry.ID = required("The receiving partner; not the viewer's own.", id_of="Partner")
    type: LeadType = required("The type of lead: not OFFER or PROFILE.")
    contact: LeadContactInput = required("The contact person; `lastName` is required.")
    company: str | None = optional("The customer's company; omitted or null for a private person.")
    country: CountryCode | None = optional("The customer's country.")
    message: str = required("The customer's request.")
    recipient_email: EmailAddress | None = optional("The address at the partner that is notified; refused if it cannot receive mail.")
    contact_requested: bool | None = optional("True if the customer explicitly asked to be contacted: the lead is then hot.", False)
    idempotency_key: str | None = optional(IDEMPOTENCY_KEY)

    def to_command(self) -> commands.Referral:
        """Return the command for the service."""
        details = commands.LeadFields(
            contact=self.contact.to_command(), company=to_unset(self.company), country=to_unset(self.country), message=self.message
        )
        return commands.Referral(
            partner_id=decode_id("Partner", self.partner_id),
            type=self.type,
            details=details,
            recipient_email=to_unset(self.recipient_email),
            contact_requested=bool(self.contact_requested),
        )


@payload
class ReferLeadPayload(LeadPayload):
    pass


@strawberry.type
class ReferralMutations:
    @mutation(
        "Refer a lead to a partner: sellers to any partner, a partner's member to another partner. The sender keeps a reduced view of it."
    )
    async def refer_lead(self, info: Info, input: Annotated[ReferLeadInput, INPUT]) -> ReferLeadPayload | None:
        app, viewer, key = info.context.app, info.context.viewer, none_if_unset(input.idempotency_key)
        lead_id = await referrals.refer_lead(app, viewer, input.to_command(), key)
        return await lead_payload(info, ReferLeadPayload, lead_id)
