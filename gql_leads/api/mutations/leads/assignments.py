"""The mutation that assigns a lead to a partner, a member or a queue."""

from typing import Annotated

import strawberry

from gql_leads.api.mutations.input_fields import EXPECTED_VERSION, IDEMPOTENCY_KEY, LEAD_ID, none_if_unset, optional, required
from gql_leads.api.mutations.leads.bulk import BulkPayload, change_each
from gql_leads.api.mutations.payload import INPUT, LeadPayload, lead_payload, mutation, payload
from gql_leads.api.resolving.context import Info
from gql_leads.api.values.field_metadata import CHANGED_EACH
from gql_leads.api.values.ids import decode_id, decode_optional_id
from gql_leads.domain import commands
from gql_leads.services.idempotency import key_of_part, validate_key
from gql_leads.services.leads import assignments


@strawberry.input(description="The new holder of a lead.", one_of=True)
class AssigneeInput:
    partner_id: strawberry.ID | None = optional("A partner; the lead then has no owner.", id_of="Partner")
    member_id: strawberry.ID | None = optional("A member of a partner, who becomes the owner.", id_of="Member")
    queue_id: strawberry.ID | None = optional("A queue, where partners can claim the lead.", id_of="LeadQueue")

    def to_command(self) -> commands.Assignee:
        """Return the command for the service."""
        return commands.Assignee(
            partner_id=decode_optional_id("Partner", self.partner_id),
            member_id=decode_optional_id("Member", self.member_id),
            queue_id=decode_optional_id("LeadQueue", self.queue_id),
        )


@strawberry.input(description="The lead to assign, and its new holder.")
class AssignLeadInput:
    lead_id: strawberry.ID = required(LEAD_ID, id_of="Lead")
    to: AssigneeInput = required("The new holder.")
    expected_version: int | None = optional(EXPECTED_VERSION)
    idempotency_key: str | None = optional(IDEMPOTENCY_KEY)


@strawberry.input(description="Leads to assign, and their new holder.")
class AssignLeadsInput:
    lead_ids: list[strawberry.ID] = required("At most 100 leads.", CHANGED_EACH)
    to: AssigneeInput = required("The new holder of each lead.")
    idempotency_key: str | None = optional(IDEMPOTENCY_KEY)


@payload
class AssignLeadPayload(LeadPayload):
    pass


@payload
class AssignLeadsPayload(BulkPayload):
    pass


@strawberry.type
class AssignmentMutations:
    @mutation("Assign a lead to a partner, a member or a queue.")
    async def assign_lead(self, info: Info, input: Annotated[AssignLeadInput, INPUT]) -> AssignLeadPayload | None:
        app, viewer, lead_id = info.context.app, info.context.viewer, decode_id("Lead", input.lead_id)
        version, key = none_if_unset(input.expected_version), none_if_unset(input.idempotency_key)
        await assignments.assign_lead(app, viewer, lead_id, input.to.to_command(), version, key)
        return await lead_payload(info, AssignLeadPayload, lead_id)

    @mutation("Assign up to 100 leads to a partner, a member or a queue; each succeeds or fails on its own.")
    async def assign_leads(self, info: Info, input: Annotated[AssignLeadsInput, INPUT]) -> AssignLeadsPayload | None:
        app, viewer, to, key = info.context.app, info.context.viewer, input.to.to_command(), none_if_unset(input.idempotency_key)
        validate_key(key)
        return await change_each(
            info,
            AssignLeadsPayload,
            input.lead_ids,
            lambda one: assignments.assign_lead(app, viewer, one, to, idempotency_key=key_of_part(key, one)),
        )
