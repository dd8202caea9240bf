"""Mutations that save accounts and contacts, and create and update opportunities."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry.types.unset import UnsetType

from gql_leads.api.mutations.input_fields import EXPECTED_VERSION, IDEMPOTENCY_KEY, none_if_unset, optional, required, to_unset
from gql_leads.api.mutations.payload import INPUT, Payload, mutation, payload
from gql_leads.api.resolving.context import Info
from gql_leads.api.types.opportunities import Account, Contact, Opportunity, account_by_id, contact_by_id, opportunity_by_id
from gql_leads.api.values.ids import decode_id, decode_optional_id
from gql_leads.api.values.money import MoneyInput
from gql_leads.api.values.scalars import CountryCode, Date, EmailAddress, PhoneNumber
from gql_leads.domain import commands
from gql_leads.domain.leads.lead import CloseReason
from gql_leads.domain.opportunities.records import OpportunityStage
from gql_leads.domain.values.validation import UNSET, Unset
from gql_leads.services import opportunities

CLOSE_REASON = "The reason for which it is lost: required with the stage CLOSED_LOST, and refused with any other."


@strawberry.input(description="A new account, or changes to an existing one. Omitted fields stay; an explicit null clears a field.")
class SaveAccountInput:
    account_id: strawberry.ID | None = optional("The account to change; if omitted, a new one is created.", id_of="Account")
    name: str | None = optional("The name. Required for a new one.")
    country: CountryCode | None = optional("The country of its head office.")
    domain: str | None = optional(
        "The domain of the company's own e-mail addresses, no mail provider's: leads without a company from such addresses are then"
        " offered this account."
    )
    idempotency_key: str | None = optional(IDEMPOTENCY_KEY)

    def to_command(self) -> commands.SaveAccount:
        """Return the command for the service."""
        return commands.SaveAccount(
            account_id=decode_optional_id("Account", self.account_id),
            name=to_unset(self.name),
            country=to_unset(self.country),
            domain=to_unset(self.domain),
        )


@strawberry.input(description="A new contact, or changes to an existing one. Omitted fields stay; an explicit null clears a field.")
class SaveContactInput:
    contact_id: strawberry.ID | None = optional("The contact to change; if omitted, a new one is created.", id_of="Contact")
    account_id: strawberry.ID | None = optional("The account of the contact.", id_of="Account")
    first_name: str | None = optional("The first name.")
    last_name: str | None = optional("The last name. Required for a new one.")
    email: EmailAddress | None = optional("The e-mail address, stored as input.")
    phone: PhoneNumber | None = optional("The phone number, preferably with its country code.")
    title: str | None = optional("The job title.")
    idempotency_key: str | None = optional(IDEMPOTENCY_KEY)

    def to_command(self) -> commands.SaveContact:
        """Return the command for the service."""
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


@strawberry.input(description="A new opportunity; the viewer becomes its owner.")
class CreateOpportunityInput:
    account_id: strawberry.ID = required("The account of the customer.", id_of="Account")
    contact_id: strawberry.ID | None = optional("The contact person: a contact of the account.", id_of="Contact")
    name: str = required("The name.")
    stage: OpportunityStage = optional("The sales stage.", OpportunityStage.PROSPECTING)
    close_reason: CloseReason | None = optional(CLOSE_REASON)
    amount: MoneyInput | None = optional("The expected value.")
    expected_close_date: Date | None = optional("The date by which the customer is expected to decide.")
    idempotency_key: str | None = optional(IDEMPOTENCY_KEY)

    def to_command(self) -> commands.NewOpportunity:
        """Return the command for the service."""
        return commands.NewOpportunity(
            account_id=decode_id("Account", self.account_id),
            contact_id=decode_optional_id("Contact", self.contact_id),
            facts=_opportunity_fields(self),
        )


@strawberry.input(
    description="Changes to an opportunity. Omitted fields stay; an explicit null clears a field. A closed opportunity is final:"
    " the change is refused with InvalidInput at `opportunityId`."
)
class UpdateOpportunityInput:
    opportunity_id: strawberry.ID = required("The opportunity, which must be open.", id_of="Opportunity")
    name: str | None = optional("The name.")
    stage: OpportunityStage | None = optional("The sales stage: any, in any order. CLOSED_WON and CLOSED_LOST are final.")
    close_reason: CloseReason | None = optional(CLOSE_REASON)
    amount: MoneyInput | None = optional("The expected value.")
    expected_close_date: Date | None = optional("The date by which the customer is expected to decide.")
    owner_id: strawberry.ID | None = optional("The new owner: an active member of the partner.", id_of="Member")
    contact_id: strawberry.ID | None = optional("The contact person: a contact of the account.", id_of="Contact")
    expected_version: int | None = optional(EXPECTED_VERSION)

    def to_command(self) -> commands.OpportunityFields:
        """Return the command for the service."""
        return replace(
            _opportunity_fields(self),
            owner_id=_decoded("Member", self.owner_id),
            contact_id=_decoded("Contact", self.contact_id),
        )


def _decoded(kind: str, value: strawberry.ID | UnsetType | None) -> UUID | Unset | None:
    if isinstance(value, UnsetType):
        return UNSET
    return None if value is None else decode_id(kind, value)


def _opportunity_fields(input: CreateOpportunityInput | UpdateOpportunityInput) -> commands.OpportunityFields:
    amount = to_unset(input.amount)
    return commands.OpportunityFields(
        name=to_unset(input.name),
        stage=to_unset(input.stage),
        close_reason=to_unset(input.close_reason),
        amount=amount.to_command() if isinstance(amount, MoneyInput) else amount,
        expected_close_date=to_unset(input.expected_close_date),
    )


@payload
class SaveAccountPayload(Payload):
    account: Account | None = strawberry.field(description="The account; null if the mutation was refused.")


@payload
class SaveContactPayload(Payload):
    contact: Contact | None = strawberry.field(description="The contact; null if the mutation was refused.")


@payload
class CreateOpportunityPayload(Payload):
    opportunity: Opportunity | None = strawberry.field(description="The opportunity; null if the mutation was refused.")


@payload
class UpdateOpportunityPayload(Payload):
    opportunity: Opportunity | None = strawberry.field(description="The opportunity after the change; null if the mutation was refused.")


@strawberry.type
class OpportunityMutations:
    @mutation("Create an account for the viewer's partner, or change one.")
    async def save_account(self, info: Info, input: Annotated[SaveAccountInput, INPUT]) -> SaveAccountPayload | None:
        app, viewer, key = info.context.app, info.context.viewer, none_if_unset(input.idempotency_key)
        account_id = await opportunities.save_account(app, viewer, input.to_command(), key)
        return SaveAccountPayload(errors=[], account=await account_by_id(info.context, account_id))

    @mutation("Create a contact for the viewer's partner, or change one.")
    async def save_contact(self, info: Info, input: Annotated[SaveContactInput, INPUT]) -> SaveContactPayload | None:
        app, viewer, key = info.context.app, info.context.viewer, none_if_unset(input.idempotency_key)
        contact_id = await opportunities.save_contact(app, viewer, input.to_command(), key)
        return SaveContactPayload(errors=[], contact=await contact_by_id(info.context, contact_id))

    @mutation("Create an opportunity without a lead.")
    async def create_opportunity(self, info: Info, input: Annotated[CreateOpportunityInput, INPUT]) -> CreateOpportunityPayload | None:
        app, viewer, key = info.context.app, info.context.viewer, none_if_unset(input.idempotency_key)
        opportunity_id = await opportunities.create_opportunity(app, viewer, input.to_command(), key)
        return CreateOpportunityPayload(errors=[], opportunity=await opportunity_by_id(info.context, opportunity_id))

    @mutation("Edit an open opportunity, or change its stage.")
    async def update_opportunity(self, info: Info, input: Annotated[UpdateOpportunityInput, INPUT]) -> UpdateOpportunityPayload | None:
        app, viewer, opportunity_id = info.context.app, info.context.viewer, decode_id("Opportunity", input.opportunity_id)
        await opportunities.update_opportunity(app, viewer, opportunity_id, input.to_command(), none_if_unset(input.expected_version))
        return UpdateOpportunityPayload(errors=[], opportunity=await opportunity_by_id(info.context, opportunity_id))
