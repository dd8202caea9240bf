"""Mutations that bring leads to the right hands."""

from typing import Annotated

import strawberry

from gql_leads.api.mutations.inputs import (
    AssignLeadInput,
    ClaimLeadInput,
    ClaimNextLeadInput,
    CreateLeadInput,
    ReleaseLeadInput,
    SaveQueueInput,
    or_none,
)
from gql_leads.api.mutations.payloads import (
    GIVEN,
    AssignLeadPayload,
    ClaimLeadPayload,
    ClaimNextLeadPayload,
    CreateLeadPayload,
    ReleaseLeadPayload,
    SaveQueuePayload,
    answered,
    mutation,
)
from gql_leads.api.resolving.context import Info
from gql_leads.api.types.queues import queue_by_id
from gql_leads.api.values.filters import filter_of
from gql_leads.api.values.ids import decode_id, decode_optional_id
from gql_leads.services import queues
from gql_leads.services.leads import assignments, claims, intake


@strawberry.type
class Placing:
    @mutation("Take a chosen lead from its queue. Of all who try at once, exactly one gets it.")
    async def claim_lead(self, info: Info, input: Annotated[ClaimLeadInput, GIVEN]) -> ClaimLeadPayload | None:
        claimed = await claims.claim_lead(info.context.app, info.context.viewer, decode_id("Lead", input.lead_id))
        return await answered(info, ClaimLeadPayload, claimed.lead_id, queue_id=claimed.queue_id)

    @mutation("Take the oldest lead that the viewer may claim.")
    async def claim_next_lead(self, info: Info, input: Annotated[ClaimNextLeadInput, GIVEN]) -> ClaimNextLeadPayload | None:
        queue_id, asked = decode_optional_id("LeadQueue", input.queue_id), filter_of(input.filter)
        key = or_none(input.idempotency_key)
        claimed = await claims.claim_next_lead(info.context.app, info.context.viewer, queue_id, asked, key)
        return await answered(info, ClaimNextLeadPayload, claimed.lead_id, queue_id=claimed.queue_id)

    @mutation("Give a claimed lead back to the queue it was claimed from.")
    async def release_lead(self, info: Info, input: Annotated[ReleaseLeadInput, GIVEN]) -> ReleaseLeadPayload | None:
        lead_id = decode_id("Lead", input.lead_id)
        await claims.release_lead(info.context.app, info.context.viewer, lead_id)
        return await answered(info, ReleaseLeadPayload, lead_id)

    @mutation("Give a lead to a partner, a member or a queue.")
    async def assign_lead(self, info: Info, input: Annotated[AssignLeadInput, GIVEN]) -> AssignLeadPayload | None:
        app, viewer, lead_id = info.context.app, info.context.viewer, decode_id("Lead", input.lead_id)
        await assignments.assign_lead(app, viewer, lead_id, input.to.given(), or_none(input.expected_version))
        return await answered(info, AssignLeadPayload, lead_id)

    @mutation("Enter a lead: a partner's member for their own partner, the vendor for whoever it is routed to.")
    async def create_lead(self, info: Info, input: Annotated[CreateLeadInput, GIVEN]) -> CreateLeadPayload | None:
        app, viewer, key = info.context.app, info.context.viewer, or_none(input.idempotency_key)
        lead_id = await intake.create_lead(app, viewer, input.given(), key)
        return await answered(info, CreateLeadPayload, lead_id)

    @mutation("Make a queue, or change one. Lists and streams follow a change of who may claim from it.")
    async def save_queue(self, info: Info, input: Annotated[SaveQueueInput, GIVEN]) -> SaveQueuePayload | None:
        queue_id = await queues.save_queue(info.context.app, info.context.viewer, input.given())
        return SaveQueuePayload(errors=[], queue=await queue_by_id(info.context, queue_id))
