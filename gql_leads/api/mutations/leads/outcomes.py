"""Mutations that qualify an accepted lead and archive it as won or lost."""

from typing import Annotated

import strawberry

from gql_leads.api.mutations.input_fields import EXPECTED_VERSION, LEAD_ID, left, needed, optional, or_none
from gql_leads.api.mutations.payload import GIVEN, LeadPayload, answered, mutation, payload
from gql_leads.api.resolving.context import Info
from gql_leads.api.values.ids import decode_id
from gql_leads.domain import commands
from gql_leads.domain.leads.lead import CloseReason
from gql_leads.services.leads import outcomes


@strawberry.input(description="The sub-steps that are established, or turned out not to be. What is left out stays.")
class QualifyLeadInput:
    lead_id: strawberry.ID = needed(LEAD_ID)
    customer_responded: bool | None = optional("The customer has answered.")
    budget: bool | None = optional("There is a budget.")
    authority: bool | None = optional("The contact may decide.")
    need: bool | None = optional("There is a need for the product.")
    timeline: bool | None = optional("It is known by when.")
    expected_version: int | None = optional(EXPECTED_VERSION)

    def given(self) -> commands.QualificationFields:
        """The sub-steps as they came."""
        return commands.QualificationFields(
            customer_responded=left(self.customer_responded),
            budget=left(self.budget),
            authority=left(self.authority),
            need=left(self.need),
            timeline=left(self.timeline),
        )


@strawberry.input(description="The lead that was won.")
class MarkLeadWonInput:
    lead_id: strawberry.ID = needed(LEAD_ID)
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.input(description="The lead that was lost, and why.")
class MarkLeadLostInput:
    lead_id: strawberry.ID = needed(LEAD_ID)
    reason: CloseReason = needed("Why.")
    comment: str | None = optional("Why, in your words. The sender reads it.")
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
    @mutation("Establish sub-steps of the qualification, or take them back.")
    async def qualify_lead(self, info: Info, input: Annotated[QualifyLeadInput, GIVEN]) -> QualifyLeadPayload | None:
        app, viewer, lead_id = info.context.app, info.context.viewer, decode_id("Lead", input.lead_id)
        await outcomes.qualify_lead(app, viewer, lead_id, input.given(), or_none(input.expected_version))
        return await answered(info, QualifyLeadPayload, lead_id)

    @mutation("Archive a qualified lead as won.")
    async def mark_lead_won(self, info: Info, input: Annotated[MarkLeadWonInput, GIVEN]) -> MarkLeadWonPayload | None:
        app, viewer, lead_id = info.context.app, info.context.viewer, decode_id("Lead", input.lead_id)
        await outcomes.mark_lead_won(app, viewer, lead_id, or_none(input.expected_version))
        return await answered(info, MarkLeadWonPayload, lead_id)

    @mutation("Archive an accepted lead as lost.")
    async def mark_lead_lost(self, info: Info, input: Annotated[MarkLeadLostInput, GIVEN]) -> MarkLeadLostPayload | None:
        app, viewer, lead_id = info.context.app, info.context.viewer, decode_id("Lead", input.lead_id)
        reason, comment = input.reason, or_none(input.comment)
        await outcomes.mark_lead_lost(app, viewer, lead_id, reason, comment, or_none(input.expected_version))
        return await answered(info, MarkLeadLostPayload, lead_id)
