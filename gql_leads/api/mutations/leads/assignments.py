"""The mutation that assigns a lead to a partner, a member or a queue."""

from typing import Annotated

import strawberry

from gql_leads.api.mutations.input_fields import EXPECTED_VERSION, LEAD_ID, none_if_unset, optional, required
from gql_leads.api.mutations.payload import INPUT, LeadPayload, lead_payload, mutation, payload
from gql_leads.api.resolving.context import Info
from gql_leads.api.values.ids import decode_id, decode_optional_id
from gql_leads.domain import commands
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


@payload
class AssignLeadPayload(LeadPayload):
    pass


@strawberry.type
class AssignmentMutations:
    @mutation("Assign a lead to a partner, a member or a queue.")
    async def assign_lead(self, info: Info, input: Annotated[AssignLeadInput, INPUT]) -> AssignLeadPayload | None:
        app, viewer, lead_id = info.context.app, info.context.viewer, decode_id("Lead", input.lead_id)
        await assignments.assign_lead(app, viewer, lead_id, input.to.to_command(), none_if_unset(input.expected_version))
        return await lead_payload(info, AssignLeadPayload, lead_id)
