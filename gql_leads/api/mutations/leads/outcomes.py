"""Mutations that qualify an accepted lead and archive it as won or lost."""

from typing import Annotated

import strawberry

from gql_leads.api.mutations.input_fields import EXPECTED_VERSION, LEAD_ID, none_if_unset, optional, required, to_unset
from gql_leads.api.mutations.payload import INPUT, LeadPayload, lead_payload, mutation, payload
from gql_leads.api.resolving.context import Info
from gql_leads.api.values.ids import decode_id
from gql_leads.domain import commands
from gql_leads.domain.leads.lead import CloseReason, LeadStatus
from gql_leads.services.leads import outcomes


@strawberry.input(description="Qualification steps to confirm (true) or to revoke (false). Omitted steps stay.")
class QualifyLeadInput:
    lead_id: strawberry.ID = required(LEAD_ID, id_of="Lead")
    customer_responded: bool | None = optional("The customer has answered.")
    budget: bool | None = optional("A budget exists.")
    authority: bool | None = optional("The contact is authorised to decide.")
    need: bool | None = optional("The customer needs the product.")
    timeline: bool | None = optional("The time frame is known.")
    expected_version: int | None = optional(EXPECTED_VERSION)

    def to_command(self) -> commands.QualificationFields:
        """Return the command for the service."""
        return commands.QualificationFields(
            customer_responded=to_unset(self.customer_responded),
            budget=to_unset(self.budget),
            authority=to_unset(self.authority),
            need=to_unset(self.need),
            timeline=to_unset(self.timeline),
        )


@strawberry.input(description="The lead that was won.")
class MarkLeadWonInput:
    lead_id: strawberry.ID = required(LEAD_ID, id_of="Lead")
    status: LeadStatus | None = optional("The follow-up status after the sale; if omitted, it stays.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.input(description="The lead that was lost, and the reason.")
class MarkLeadLostInput:
    lead_id: strawberry.ID = required(LEAD_ID, id_of="Lead")
    reason: CloseReason = required("The reason.")
    comment: str | None = optional("An explanation. The sender can read it.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@payload
class QualifyLeadPayload(LeadPayload):
    pass


@payload
class MarkLeadWonPayload(LeadPayload):
    pass


@payload
class MarkLeadLostPayload(LeadPayload):
    pass


@strawberry.type
class OutcomeMutations:
    @mutation("Confirm or revoke steps of the qualification.")
    async def qualify_lead(self, info: Info, input: Annotated[QualifyLeadInput, INPUT]) -> QualifyLeadPayload | None:
        app, viewer, lead_id = info.context.app, info.context.viewer, decode_id("Lead", input.lead_id)
        await outcomes.qualify_lead(app, viewer, lead_id, input.to_command(), none_if_unset(input.expected_version))
        return await lead_payload(info, QualifyLeadPayload, lead_id)

    @mutation("Archive a qualified lead as won.")
    async def mark_lead_won(self, info: Info, input: Annotated[MarkLeadWonInput, INPUT]) -> MarkLeadWonPayload | None:
        app, viewer, lead_id = info.context.app, info.context.viewer, decode_id("Lead", input.lead_id)
        await outcomes.mark_lead_won(app, viewer, lead_id, none_if_unset(input.expected_version), status=none_if_unset(input.status))
        return await lead_payload(info, MarkLeadWonPayload, lead_id)

    @mutation("Archive an accepted lead as lost.")
    async def mark_lead_lost(self, info: Info, input: Annotated[MarkLeadLostInput, INPUT]) -> MarkLeadLostPayload | None:
        app, viewer, lead_id = info.context.app, info.context.viewer, decode_id("Lead", input.lead_id)
        await outcomes.mark_lead_lost(
            app, viewer, lead_id, input.reason, none_if_unset(input.comment), none_if_unset(input.expected_version)
        )
        return await lead_payload(info, MarkLeadLostPayload, lead_id)
