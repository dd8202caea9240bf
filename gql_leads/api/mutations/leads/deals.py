"""The deal input and the mutation that changes the deal of an accepted lead."""

from typing import Annotated

import strawberry

from gql_leads.api.mutations.input_fields import EXPECTED_VERSION, LEAD_ID, none_if_unset, optional, required, to_unset
from gql_leads.api.mutations.payload import INPUT, LeadPayload, lead_payload, mutation, payload
from gql_leads.api.resolving.context import Info
from gql_leads.api.values.ids import decode_id, decode_optional_id
from gql_leads.api.values.money import MoneyInput
from gql_leads.api.values.scalars import Date, EmailAddress, PhoneNumber
from gql_leads.domain import commands
from gql_leads.domain.leads.lead import PurchaseTimeframe
from gql_leads.domain.validation import Unset
from gql_leads.services.leads import deals


@strawberry.input(description="A person of the deal's team: a member by id, or somebody who is only named.")
class TeamMemberInput:
    member_id: strawberry.ID | None = optional("The member; their name and address are known.")
    name: str | None = optional("The name of somebody who is no member.")
    email: EmailAddress | None = optional("Their e-mail address.")
    phone: PhoneNumber | None = optional("Their phone number.")

    def to_command(self) -> commands.TeamMemberFields:
        """The person as they came."""
        return commands.TeamMemberFields(
            member_id=decode_optional_id("Member", self.member_id),
            name=none_if_unset(self.name),
            email=none_if_unset(self.email),
            phone=none_if_unset(self.phone),
        )


@strawberry.input(description="What the partner works on. What is left out stays; an explicit null clears it.")
class DealInput:
    name: str | None = optional("What people call it; made from company and listing where it is left out on acceptance.")
    estimated_value: MoneyInput | None = optional("What it may be worth.")
    purchase_timeframe: PurchaseTimeframe | None = optional("When the customer wants to buy.")
    expected_close_date: Date | None = optional("When it may be decided.")
    campaign_code: str | None = optional("The campaign it is counted for.")
    crm_id: str | None = optional("Its id in the partner's own system.")
    team: list[TeamMemberInput] | None = optional("Who works on it: the whole team.")

    def to_command(self) -> commands.DealFields:
        """The deal as it came."""
        value, team = to_unset(self.estimated_value), to_unset(self.team)
        return commands.DealFields(
            name=to_unset(self.name),
            estimated_value=value.to_command() if isinstance(value, MoneyInput) else value,
            purchase_timeframe=to_unset(self.purchase_timeframe),
            expected_close_date=to_unset(self.expected_close_date),
            campaign_code=to_unset(self.campaign_code),
            crm_id=to_unset(self.crm_id),
            team=team if team is None or isinstance(team, Unset) else tuple(one.to_command() for one in team),
        )


@strawberry.input(description="The lead, and what changes of its deal.")
class UpdateLeadDealInput:
    lead_id: strawberry.ID = required(LEAD_ID)
    deal: DealInput = required("What changes; what is left out stays.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@payload
class UpdateLeadDealPayload(LeadPayload):
    pass


@strawberry.type
class DealMutations:
    @mutation("Change the deal of an accepted lead.")
    async def update_lead_deal(self, info: Info, input: Annotated[UpdateLeadDealInput, INPUT]) -> UpdateLeadDealPayload | None:
        app, viewer, lead_id = info.context.app, info.context.viewer, decode_id("Lead", input.lead_id)
        await deals.update_lead_deal(app, viewer, lead_id, input.deal.to_command(), none_if_unset(input.expected_version))
        return await lead_payload(info, UpdateLeadDealPayload, lead_id)
