"""Mutations that accept or decline a lead."""

from typing import Annotated

import strawberry

from gql_leads.api.mutations.input_fields import EXPECTED_VERSION, IDEMPOTENCY_KEY, LEAD_ID, none_if_unset, optional, required
from gql_leads.api.mutations.leads.deals import DealInput
from gql_leads.api.mutations.payload import INPUT, LeadPayload, lead_payload, mutation, payload
from gql_leads.api.resolving.context import Info
from gql_leads.api.values.ids import decode_id
from gql_leads.domain.leads.lead import CloseReason
from gql_leads.services.leads import responses


@strawberry.input(description="The lead to accept, and its deal.")
class AcceptLeadInput:
    lead_id: strawberry.ID = required(LEAD_ID, id_of="Lead")
    deal: DealInput = required("The deal; all its fields are optional.")
    note: str | None = optional("A note to add at the same time.")
    expected_version: int | None = optional(EXPECTED_VERSION)
    idempotency_key: str | None = optional(IDEMPOTENCY_KEY)


@strawberry.input(description="The lead to decline, and the reason.")
class DeclineLeadInput:
    lead_id: strawberry.ID = required(LEAD_ID, id_of="Lead")
    reason: CloseReason = required("The reason.")
    comment: str | None = optional("An explanation. The sender can read it.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@payload
class AcceptLeadPayload(LeadPayload):
    pass


@payload
class DeclineLeadPayload(LeadPayload):
    pass


@strawberry.type
class ResponseMutations:
    @mutation("Accept a lead. A lead in a queue is claimed at the same time; a lead without an owner becomes the viewer's.")
    async def accept_lead(self, info: Info, input: Annotated[AcceptLeadInput, INPUT]) -> AcceptLeadPayload | None:
        app, viewer, lead_id = info.context.app, info.context.viewer, decode_id("Lead", input.lead_id)
        version, key = none_if_unset(input.expected_version), none_if_unset(input.idempotency_key)
        await responses.accept_lead(app, viewer, lead_id, input.deal.to_command(), none_if_unset(input.note), version, key)
        return await lead_payload(info, AcceptLeadPayload, lead_id)

    @mutation("Decline a lead; it is archived, and the customer can choose another partner.")
    async def decline_lead(self, info: Info, input: Annotated[DeclineLeadInput, INPUT]) -> DeclineLeadPayload | None:
        app, viewer, lead_id = info.context.app, info.context.viewer, decode_id("Lead", input.lead_id)
        await responses.decline_lead(
            app, viewer, lead_id, input.reason, none_if_unset(input.comment), none_if_unset(input.expected_version)
        )
        return await lead_payload(info, DeclineLeadPayload, lead_id)
