"""The mutation that creates and changes partners."""

from typing import Annotated

import strawberry

from gql_leads.api.mutations.input_fields import IDEMPOTENCY_KEY, none_if_unset, optional, to_unset
from gql_leads.api.mutations.payload import INPUT, Payload, mutation, payload
from gql_leads.api.resolving.context import Info
from gql_leads.api.types.organization import Partner, partner_by_id
from gql_leads.api.values.ids import decode_optional_id
from gql_leads.api.values.scalars import CountryCode
from gql_leads.domain.commands import SavePartner
from gql_leads.services import partners


@strawberry.input(description="A new partner, or changes to an existing one. Omitted fields stay; an explicit null clears a field.")
class SavePartnerInput:
    partner_id: strawberry.ID | None = optional("The partner to change; if omitted, a new one is created.", id_of="Partner")
    name: str | None = optional("The company's name, at most 200 characters; no other partner may have it. Required for a new one.")
    country: CountryCode | None = optional("The country of its head office.")
    is_active: bool | None = optional("False to deactivate the partner. A new partner is active unless this is false.")
    idempotency_key: str | None = optional(IDEMPOTENCY_KEY)

    def to_command(self) -> SavePartner:
        """Return the command for the service."""
        return SavePartner(
            partner_id=decode_optional_id("Partner", self.partner_id),
            name=to_unset(self.name),
            country=to_unset(self.country),
            is_active=to_unset(self.is_active),
        )


@payload
class SavePartnerPayload(Payload):
    partner: Partner | None = strawberry.field(description="The partner; null if the mutation was refused.")


@strawberry.type
class PartnerMutations:
    @mutation(
        "Create a partner, or change one. An inactive partner keeps its history. Its members cannot sign in, its unanswered claims return"
        " to their queues, and its other open leads wait for reassignment."
    )
    async def save_partner(self, info: Info, input: Annotated[SavePartnerInput, INPUT]) -> SavePartnerPayload | None:
        app, viewer, key = info.context.app, info.context.viewer, none_if_unset(input.idempotency_key)
        partner_id = await partners.save_partner(app, viewer, input.to_command(), key)
        return SavePartnerPayload(errors=[], partner=await partner_by_id(info.context, partner_id))
