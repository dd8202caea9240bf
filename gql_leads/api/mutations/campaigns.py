"""Mutations that save campaigns and set which leads belong to them."""

from typing import Annotated

import strawberry

from gql_leads.api.mutations.input_fields import IDEMPOTENCY_KEY, LEAD_ID, none_if_unset, optional, required, to_unset
from gql_leads.api.mutations.payload import INPUT, LeadPayload, Payload, lead_payload, mutation, payload
from gql_leads.api.resolving.context import Info
from gql_leads.api.types.organization import Campaign, campaign_by_id
from gql_leads.api.values.ids import decode_id, decode_optional_id
from gql_leads.api.values.scalars import Date
from gql_leads.domain import commands
from gql_leads.services import campaigns


@strawberry.input(description="A new campaign, or changes to an existing one. Omitted fields stay; an explicit null clears a field.")
class SaveCampaignInput:
    campaign_id: strawberry.ID | None = optional("The campaign to change; if omitted, a new one is created.", id_of="Campaign")
    name: str | None = optional("The name. Required for a new one.")
    code: str | None = optional("The code that forms and files use. Unique, ignoring case. Required for a new one.")
    starts_on: Date | None = optional("The first day.")
    ends_on: Date | None = optional("The last day, not before the first.")
    idempotency_key: str | None = optional(IDEMPOTENCY_KEY)

    def to_command(self) -> commands.SaveCampaign:
        """Return the command for the service."""
        return commands.SaveCampaign(
            campaign_id=decode_optional_id("Campaign", self.campaign_id),
            name=to_unset(self.name),
            code=to_unset(self.code),
            starts_on=to_unset(self.starts_on),
            ends_on=to_unset(self.ends_on),
        )


@strawberry.input(description="A lead, a campaign, and the membership to set.")
class SetCampaignMembershipInput:
    lead_id: strawberry.ID = required(LEAD_ID, id_of="Lead")
    campaign_id: strawberry.ID = required("The campaign.", id_of="Campaign")
    is_member: bool = optional("True to add the lead to the campaign, false to remove it.", True)
    responded: bool | None = optional(
        "True if the customer responded to the campaign. If omitted, the value stays, and it is false for a new member;"
        " null means false. Ignored when `isMember` is false."
    )


@payload
class SaveCampaignPayload(Payload):
    campaign: Campaign | None = strawberry.field(description="The campaign; null if the mutation was refused.")


@payload
class SetCampaignMembershipPayload(LeadPayload):
    pass


@strawberry.type
class CampaignMutations:
    @mutation("Create a campaign, or change one.")
    async def save_campaign(self, info: Info, input: Annotated[SaveCampaignInput, INPUT]) -> SaveCampaignPayload | None:
        app, viewer, key = info.context.app, info.context.viewer, none_if_unset(input.idempotency_key)
        campaign_id = await campaigns.save_campaign(app, viewer, input.to_command(), key)
        return SaveCampaignPayload(errors=[], campaign=await campaign_by_id(info.context, campaign_id))

    @mutation("Add a lead to a campaign, or remove it. The lead's `version` does not change.")
    async def set_campaign_membership(
        self, info: Info, input: Annotated[SetCampaignMembershipInput, INPUT]
    ) -> SetCampaignMembershipPayload | None:
        app, viewer, lead_id = info.context.app, info.context.viewer, decode_id("Lead", input.lead_id)
        campaign_id, responded = decode_id("Campaign", input.campaign_id), to_unset(input.responded)
        await campaigns.set_campaign_membership(app, viewer, lead_id, campaign_id, is_member=input.is_member, responded=responded)
        return await lead_payload(info, SetCampaignMembershipPayload, lead_id)
