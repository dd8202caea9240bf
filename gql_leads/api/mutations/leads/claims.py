"""Mutations that claim leads from queues and release them."""

from contextlib import suppress
from typing import Annotated
from uuid import UUID

import strawberry

from gql_leads.api.mutations.input_fields import IDEMPOTENCY_KEY, LEAD_ID, none_if_unset, optional, required
from gql_leads.api.mutations.payload import INPUT, LeadPayload, lead_payload, mutation, payload
from gql_leads.api.resolving.context import Info
from gql_leads.api.types.queues import ClaimAllowance, allowance_of
from gql_leads.api.values.filters import LeadFilter, to_filter
from gql_leads.api.values.ids import decode_id, decode_optional_id
from gql_leads.domain.errors import BadInput
from gql_leads.services.leads import claims


@strawberry.input(description="The lead to claim.")
class ClaimLeadInput:
    lead_id: strawberry.ID = required(LEAD_ID, id_of="Lead")


@strawberry.input(description="Conditions for the next lead to claim.")
class ClaimNextLeadInput:
    queue_id: strawberry.ID | None = optional("Only this queue; if omitted, all queues that the viewer may claim from.", id_of="LeadQueue")
    filter: LeadFilter | None = optional("Only leads that match this filter.")
    idempotency_key: str | None = optional(IDEMPOTENCY_KEY)


@strawberry.input(description="The lead to release.")
class ReleaseLeadInput:
    lead_id: strawberry.ID = required(LEAD_ID, id_of="Lead")
    idempotency_key: str | None = optional(IDEMPOTENCY_KEY)


@payload
class ClaimLeadPayload(LeadPayload):
    queue_id: strawberry.Private[UUID | None] = None

    @strawberry.field(description="The claim limits of the lead's queue and their use by the viewer's partner.")
    async def allowance(self, info: Info) -> ClaimAllowance | None:
        return None if self.queue_id is None else await allowance_of(info.context, self.queue_id)


@payload
class ClaimNextLeadPayload(LeadPayload):
    queue_id: strawberry.Private[UUID | None] = None

    @strawberry.field(description="The allowance for the queue of the claimed lead; without a lead, for the queue of the input, or null.")
    async def allowance(self, info: Info) -> ClaimAllowance | None:
        queue_id = self.queue_id
        if isinstance(self.refused_input, ClaimNextLeadInput):
            with suppress(BadInput):  # `errors` says that it is no id of a queue
                queue_id = decode_optional_id("LeadQueue", self.refused_input.queue_id)
        return None if queue_id is None else await allowance_of(info.context, queue_id)


@payload
class ReleaseLeadPayload(LeadPayload):
    pass


@strawberry.type
class ClaimMutations:
    @mutation("Claim a lead from its queue. If several partners try at the same time, exactly one succeeds.")
    async def claim_lead(self, info: Info, input: Annotated[ClaimLeadInput, INPUT]) -> ClaimLeadPayload | None:
        claimed = await claims.claim_lead(info.context.app, info.context.viewer, decode_id("Lead", input.lead_id))
        return await lead_payload(info, ClaimLeadPayload, claimed.lead_id, queue_id=claimed.queue_id)

    @mutation("Claim the oldest lead that the viewer may claim.")
    async def claim_next_lead(self, info: Info, input: Annotated[ClaimNextLeadInput, INPUT]) -> ClaimNextLeadPayload | None:
        queue_id, lead_filter = decode_optional_id("LeadQueue", input.queue_id), to_filter(input.filter)
        claimed = await claims.claim_next_lead(
            info.context.app, info.context.viewer, queue_id, lead_filter, none_if_unset(input.idempotency_key)
        )
        return await lead_payload(info, ClaimNextLeadPayload, claimed.lead_id, queue_id=claimed.queue_id)

    @mutation("Return a claimed lead to its queue.")
    async def release_lead(self, info: Info, input: Annotated[ReleaseLeadInput, INPUT]) -> ReleaseLeadPayload | None:
        lead_id = decode_id("Lead", input.lead_id)
        await claims.release_lead(info.context.app, info.context.viewer, lead_id, none_if_unset(input.idempotency_key))
        return await lead_payload(info, ReleaseLeadPayload, lead_id)
