"""The mutation that converts a lead into an account, a contact and an opportunity."""

from typing import Annotated

import strawberry

from gql_leads.api.mutations.input_fields import EXPECTED_VERSION, IDEMPOTENCY_KEY, LEAD_ID, none_if_unset, optional, required, to_unset
from gql_leads.api.mutations.payload import INPUT, LeadPayload, lead_payload, mutation
from gql_leads.api.resolving.context import Info
from gql_leads.api.types.opportunities import Account, Contact, Opportunity, account_by_id, contact_by_id, opportunity_by_id
from gql_leads.api.values.ids import decode_id, decode_optional_id
from gql_leads.api.values.money import MoneyInput
from gql_leads.api.values.scalars import Date
from gql_leads.domain import commands
from gql_leads.domain.leads.lead import LeadStatus
from gql_leads.services.leads import conversion


@strawberry.input(description="The account that a lead is converted into.", one_of=True)
class ConvertAccountInput:
    existing_id: strawberry.ID | None = optional("An existing account; only its empty fields are filled.", id_of="Account")
    name: str | None = optional("The company's name: the account with this name is used, or a new one is created.")


@strawberry.input(description="The contact that a lead is converted into.")
class ConvertContactInput:
    existing_id: strawberry.ID = required(
        "An existing contact of the account, or one without an account; only its empty fields are filled.",
        id_of="Contact",
    )


@strawberry.input(description="Values of the new opportunity. Omitted fields are taken from the lead's deal.")
class CreateOpportunityFromLeadInput:
    name: str | None = optional("The name; the account's name is prepended unless it is already part of it.")
    amount: MoneyInput | None = optional("The expected value.")
    expected_close_date: Date | None = optional("The date by which the customer is expected to decide.")

    def to_command(self) -> commands.OpportunityFields:
        """Return the command for the service."""
        amount = to_unset(self.amount)
        return commands.OpportunityFields(
            name=to_unset(self.name),
            amount=amount.to_command() if isinstance(amount, MoneyInput) else amount,
            expected_close_date=to_unset(self.expected_close_date),
        )


@strawberry.input(description="The opportunity that a lead is converted into.", one_of=True)
class ConvertOpportunityInput:
    existing_id: strawberry.ID | None = optional(
        "An open opportunity of the account; only its empty fields are filled.", id_of="Opportunity"
    )
    create: CreateOpportunityFromLeadInput | None = optional("A new one.")


@strawberry.input(
    description="The lead, and the records to convert it into. Omitted records are matched or created from the lead: the account"
    " by the company's name or its e-mail domain, the contact by e-mail. In existing records, only empty fields are"
    " filled."
)
class ConvertLeadInput:
    lead_id: strawberry.ID = required(LEAD_ID, id_of="Lead")
    account: ConvertAccountInput | None = optional("The account. For a lead without a company, the person becomes the account.")
    contact: ConvertContactInput | None = optional("The contact.")
    opportunity: ConvertOpportunityInput | None = optional("The opportunity.")
    without_opportunity: bool = optional("True to create no opportunity.", False)
    status: LeadStatus | None = optional("The follow-up status of the converted lead.")
    owner_id: strawberry.ID | None = optional(
        "The owner of the new opportunity; if omitted, the lead's owner, or else the viewer.", id_of="Member"
    )
    dry_run: bool = optional(
        "True to return what would happen without changing anything: new records then have ids that no query finds.", False
    )
    expected_version: int | None = optional(EXPECTED_VERSION)
    idempotency_key: str | None = optional(f"{IDEMPOTENCY_KEY} A dry run ignores it.")

    def to_command(self) -> commands.Conversion:
        """Return the command for the service."""
        account, contact, opportunity = none_if_unset(self.account), none_if_unset(self.contact), none_if_unset(self.opportunity)
        create = none_if_unset(opportunity.create) if opportunity else None
        return commands.Conversion(
            account_id=decode_optional_id("Account", account.existing_id) if account else None,
            account_name=none_if_unset(account.name) if account else None,
            contact_id=decode_id("Contact", contact.existing_id) if contact else None,
            opportunity_id=decode_optional_id("Opportunity", opportunity.existing_id) if opportunity else None,
            opportunity=create.to_command() if create else None,
            without_opportunity=self.without_opportunity,
            owner_id=decode_optional_id("Member", self.owner_id),
            status=none_if_unset(self.status),
        )


@strawberry.type(description="The result of `convertLead`, or of its dry run.")
class ConvertLeadPayload(LeadPayload):
    result: strawberry.Private[conversion.ConversionResult | None] = None

    @strawberry.field(description="The account; null if the mutation was refused.")
    async def account(self, info: Info) -> Account | None:
        return None if self.result is None else await account_by_id(info.context, self.result.account_id)

    @strawberry.field(description="The contact; null if the mutation was refused.")
    async def contact(self, info: Info) -> Contact | None:
        return None if self.result is None else await contact_by_id(info.context, self.result.contact_id)

    @strawberry.field(description="The opportunity; null if the mutation was refused or no opportunity was requested.")
    async def opportunity(self, info: Info) -> Opportunity | None:
        opportunity_id = None if self.result is None else self.result.opportunity_id
        return None if opportunity_id is None else await opportunity_by_id(info.context, opportunity_id)


@strawberry.type
class ConversionMutations:
    @mutation("Convert a qualified lead into an account, a contact and an opportunity, and archive it.")
    async def convert_lead(self, info: Info, input: Annotated[ConvertLeadInput, INPUT]) -> ConvertLeadPayload | None:
        app, viewer, lead_id = info.context.app, info.context.viewer, decode_id("Lead", input.lead_id)
        version, key = none_if_unset(input.expected_version), none_if_unset(input.idempotency_key)
        result = await conversion.convert_lead(app, viewer, lead_id, input.to_command(), version, key, dry_run=input.dry_run)
        info.context.dry_run_rows = result.dry_run_rows
        return await lead_payload(info, ConvertLeadPayload, lead_id, result=result)
