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
from gql_leads.domain.values.validation import Unset
from gql_leads.services.leads import deals


@strawberry.input(description="A person in the deal's team: a member by id, or another person by name.")
class TeamMemberInput:
    member_id: strawberry.ID | None = optional("The member; name and address are taken from them.", id_of="Member")
    name: str | None = optional("The name of a person who is not a member.")
    email: EmailAddress | None = optional("Their e-mail address.")
    phone: PhoneNumber | None = optional("Their phone number.")

    def to_command(self) -> commands.TeamMemberFields:
        """Return one team member of the command."""
        return commands.TeamMemberFields(
            member_id=decode_optional_id("Member", self.member_id),
            name=none_if_unset(self.name),
            email=none_if_unset(self.email),
            phone=none_if_unset(self.phone),
        )


@strawberry.input(description="The deal of an accepted lead. Omitted fields stay; an explicit null clears a field.")
class DealInput:
    name: str | None = optional("The name; if omitted when the lead is accepted, it is composed of company and listing.")
    estimated_value: MoneyInput | None = optional("The expected value.")
    purchase_timeframe: PurchaseTimeframe | None = optional("The time within which the customer wants to buy.")
    expected_close_date: Date | None = optional("The date by which the customer is expected to decide.")
    campaign_code: str | None = optional("The code of a campaign, case ignored. The lead joins it and leaves the one named before.")
    crm_id: str | None = optional("Its id in the partner's CRM.")
    team: list[TeamMemberInput] | None = optional("The whole team; it replaces the current one.")

    def to_command(self) -> commands.DealFields:
        """Return the deal part of a command."""
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


@strawberry.input(description="The lead, and the changes to its deal.")
class UpdateLeadDealInput:
    lead_id: strawberry.ID = required(LEAD_ID, id_of="Lead")
    deal: DealInput = required("The changes; omitted fields stay.")
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
