"""Mutations that save campaigns and set which leads belong to them."""

from typing import Annotated

import strawberry

from gql_leads.api.mutations.input_fields import LEAD_ID, optional, required, to_unset
from gql_leads.api.mutations.payload import INPUT, LeadPayload, Payload, lead_payload, mutation, payload
from gql_leads.api.resolving.context import Info
from gql_leads.api.types.organization import Campaign, campaign_by_id
from gql_leads.api.values.ids import decode_id, decode_optional_id
from gql_leads.api.values.scalars import Date
from gql_leads.domain import commands
from gql_leads.services import campaigns


@strawberry.input(description="A campaign to make, or to change. What is left out stays; an explicit null clears it.")
class SaveCampaignInput:
    campaign_id: strawberry.ID | None = optional("The campaign to change; left out, a new one is made.")
    name: str | None = optional("What people call it. Required for a new one.")
    code: str | None = optional("What forms and files name it by: no two campaigns have one, whatever its case. Required for a new one.")
    starts_on: Date | None = optional("Its first day.")
    ends_on: Date | None = optional("Its last day, not before the first.")

    def to_command(self) -> commands.SaveCampaign:
        """The campaign as it came."""
        return commands.SaveCampaign(
            campaign_id=decode_optional_id("Campaign", self.campaign_id),
            name=to_unset(self.name),
            code=to_unset(self.code),
            starts_on=to_unset(self.starts_on),
            ends_on=to_unset(self.ends_on),
        )


@strawberry.input(description="A lead, a campaign, and whether the one is counted for the other.")
class SetCampaignMembershipInput:
    lead_id: strawberry.ID = required(LEAD_ID)
    campaign_id: strawberry.ID = required("The campaign.")
    is_member: bool = optional("Whether the lead is counted for it.", True)
    responded: bool | None = optional(
        "Whether the customer responded to it. Left out, it stays as it is, and a new member's has not; null: has not."
        " Says nothing where the lead is to be no member."
    )


@payload
class SaveCampaignPayload(Payload):
    campaign: Campaign | None = strawberry.field(description="The campaign; null where it was refused.")


@payload
class SetCampaignMembershipPayload(LeadPayload):
    pass


@strawberry.type
class CampaignMutations:
    @mutation("Make a campaign, or change one.")
    async def save_campaign(self, info: Info, input: Annotated[SaveCampaignInput, INPUT]) -> SaveCampaignPayload | None:
        campaign_id = await campaigns.save_campaign(info.context.app, info.context.viewer, input.to_command())
        return SaveCampaignPayload(errors=[], campaign=await campaign_by_id(info.context, campaign_id))

    @mutation("Count a lead for a campaign, or do not any more. The lead's `version` stays.")
    async def set_campaign_membership(
        self, info: Info, input: Annotated[SetCampaignMembershipInput, INPUT]
    ) -> SetCampaignMembershipPayload | None:
        app, viewer, lead_id = info.context.app, info.context.viewer, decode_id("Lead", input.lead_id)
        campaign_id, responded = decode_id("Campaign", input.campaign_id), to_unset(input.responded)
        await campaigns.set_campaign_membership(app, viewer, lead_id, campaign_id, is_member=input.is_member, responded=responded)
        return await lead_payload(info, SetCampaignMembershipPayload, lead_id)
