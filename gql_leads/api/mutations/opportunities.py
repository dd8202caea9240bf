"""Mutations that save accounts and contacts, and create and update opportunities."""

from typing import Annotated

import strawberry

from gql_leads.api.mutations.input_fields import EXPECTED_VERSION, IDEMPOTENCY_KEY, none_if_unset, optional, required, to_unset
from gql_leads.api.mutations.payload import INPUT, Payload, mutation, payload
from gql_leads.api.resolving.context import Info
from gql_leads.api.types.opportunities import Account, Contact, Opportunity, account_by_id, contact_by_id, opportunity_by_id
from gql_leads.api.values.ids import decode_id, decode_optional_id
from gql_leads.api.values.money import MoneyInput
from gql_leads.api.values.scalars import CountryCode, Date, EmailAddress, PhoneNumber
from gql_leads.domain import commands
from gql_leads.domain.opportunities import OpportunityStage
from gql_leads.services import opportunities


@strawberry.input(description="An account to make, or to change. What is left out stays; an explicit null clears it.")
class SaveAccountInput:
    account_id: strawberry.ID | None = optional("The account to change; left out, a new one is made.")
    name: str | None = optional("What it is called. Required for a new one.")
    country: CountryCode | None = optional("Where it is at home.")

    def to_command(self) -> commands.SaveAccount:
        """The account as it came."""
        return commands.SaveAccount(
            account_id=decode_optional_id("Account", self.account_id), name=to_unset(self.name), country=to_unset(self.country)
        )


@strawberry.input(description="A contact to make, or to change. What is left out stays; an explicit null clears it.")
class SaveContactInput:
    contact_id: strawberry.ID | None = optional("The contact to change; left out, a new one is made.")
    account_id: strawberry.ID | None = optional("Whose contact they are.")
    first_name: str | None = optional("The given name.")
    last_name: str | None = optional("The family name. Required for a new one.")
    email: EmailAddress | None = optional("The e-mail address, kept as it is given.")
    phone: PhoneNumber | None = optional("The phone number, best with its country code.")
    title: str | None = optional("What they are in the company.")

    def to_command(self) -> commands.SaveContact:
        """The contact as they came."""
        account_id = to_unset(self.account_id)
        return commands.SaveContact(
            contact_id=decode_optional_id("Contact", self.contact_id),
            account_id=decode_id("Account", account_id) if isinstance(account_id, str) else account_id,
            person=commands.ContactFields(
                first_name=to_unset(self.first_name),
                last_name=to_unset(self.last_name),
                title=to_unset(self.title),
                email=to_unset(self.email),
                phone=to_unset(self.phone),
            ),
        )


@strawberry.input(description="An opportunity to make; whoever makes it owns it.")
class CreateOpportunityInput:
    account_id: strawberry.ID = required("The customer.")
    contact_id: strawberry.ID | None = optional("The person to talk to: a contact of the account.")
    name: str = required("What people call it.")
    stage: OpportunityStage = optional("How far it is.", OpportunityStage.PROSPECTING)
    amount: MoneyInput | None = optional("What it may be worth.")
    expected_close_date: Date | None = optional("When it may be decided.")
    idempotency_key: str | None = optional(IDEMPOTENCY_KEY)

    def to_command(self) -> commands.NewOpportunity:
        """The opportunity as it came."""
        return commands.NewOpportunity(
            account_id=decode_id("Account", self.account_id),
            contact_id=decode_optional_id("Contact", self.contact_id),
            facts=_opportunity_fields(self),
        )


@strawberry.input(
    description="What changes of an opportunity. What is left out stays; an explicit null clears it."
    " A closed opportunity is final: it is refused with InvalidInput at `opportunityId`."
)
class UpdateOpportunityInput:
    opportunity_id: strawberry.ID = required("The opportunity, which must be open.")
    name: str | None = optional("What people call it.")
    stage: OpportunityStage | None = optional("How far it is: any stage, in any order. CLOSED_WON and CLOSED_LOST are final.")
    amount: MoneyInput | None = optional("What it may be worth.")
    expected_close_date: Date | None = optional("When it may be decided.")
    expected_version: int | None = optional(EXPECTED_VERSION)

    def to_command(self) -> commands.OpportunityFields:
        """The changes as they came."""
        return _opportunity_fields(self)


def _opportunity_fields(given: CreateOpportunityInput | UpdateOpportunityInput) -> commands.OpportunityFields:
    amount = to_unset(given.amount)
    return commands.OpportunityFields(
        name=to_unset(given.name),
        stage=to_unset(given.stage),
        amount=amount.to_command() if isinstance(amount, MoneyInput) else amount,
        expected_close_date=to_unset(given.expected_close_date),
    )


@payload
class SaveAccountPayload(Payload):
    account: Account | None = strawberry.field(description="The account; null where it was refused.")


@payload
class SaveContactPayload(Payload):
    contact: Contact | None = strawberry.field(description="The contact; null where it was refused.")


@payload
class CreateOpportunityPayload(Payload):
    opportunity: Opportunity | None = strawberry.field(description="The opportunity; null where it was refused.")


@payload
class UpdateOpportunityPayload(Payload):
    opportunity: Opportunity | None = strawberry.field(description="The opportunity after the change; null where it was refused.")


@strawberry.type
class OpportunityMutations:
    @mutation("Make an account for the viewer's partner, or change one.")
    async def save_account(self, info: Info, input: Annotated[SaveAccountInput, INPUT]) -> SaveAccountPayload | None:
        account_id = await opportunities.save_account(info.context.app, info.context.viewer, input.to_command())
        return SaveAccountPayload(errors=[], account=await account_by_id(info.context, account_id))

    @mutation("Make a contact for the viewer's partner, or change one.")
    async def save_contact(self, info: Info, input: Annotated[SaveContactInput, INPUT]) -> SaveContactPayload | None:
        contact_id = await opportunities.save_contact(info.context.app, info.context.viewer, input.to_command())
        return SaveContactPayload(errors=[], contact=await contact_by_id(info.context, contact_id))

    @mutation("Make an opportunity by hand, without a lead.")
    async def create_opportunity(self, info: Info, input: Annotated[CreateOpportunityInput, INPUT]) -> CreateOpportunityPayload | None:
        app, viewer, key = info.context.app, info.context.viewer, none_if_unset(input.idempotency_key)
        opportunity_id = await opportunities.create_opportunity(app, viewer, input.to_command(), key)
        return CreateOpportunityPayload(errors=[], opportunity=await opportunity_by_id(info.context, opportunity_id))

    @mutation("Edit an open opportunity, or take it to another stage.")
    async def update_opportunity(self, info: Info, input: Annotated[UpdateOpportunityInput, INPUT]) -> UpdateOpportunityPayload | None:
        app, viewer, opportunity_id = info.context.app, info.context.viewer, decode_id("Opportunity", input.opportunity_id)
        await opportunities.update_opportunity(app, viewer, opportunity_id, input.to_command(), none_if_unset(input.expected_version))
        return UpdateOpportunityPayload(errors=[], opportunity=await opportunity_by_id(info.context, opportunity_id))
