"""What mutations are given, and how it becomes a command. Nothing is checked here: the services say everything that is wrong at once."""

from typing import Any, Final, TypeVar

import strawberry
from strawberry.types.unset import UnsetType

from gql_leads.api.values.filters import LeadFilter, LeadSortInput
from gql_leads.api.values.ids import decode_ids, decode_optional_id
from gql_leads.api.values.money import MoneyInput
from gql_leads.api.values.scalars import CountryCode, Date, EmailAddress, PhoneNumber
from gql_leads.domain import commands
from gql_leads.domain.leads.lead import CallToAction, CloseReason, CompanySize, LeadSource, LeadStatus, LeadType, PurchaseTimeframe
from gql_leads.domain.validation import UNSET, Unset

Value = TypeVar("Value")

LEAD_ID: Final = "The lead."
EXPECTED_VERSION: Final = "The `version` that was read: refused with VersionConflict where it was changed since."
IDEMPOTENCY_KEY: Final = "The same key from the same member within 24 hours returns the first result and creates nothing."


def needed(description: str) -> Any:
    """A field that must be given."""
    return strawberry.field(description=description)


def optional(description: str, default: object = strawberry.UNSET) -> Any:
    """A field that may be left out."""
    return strawberry.field(default=default, description=description)


def left(value: Value | None) -> Value | Unset | None:
    """The value as the domain has it: left out, null, or given."""
    return UNSET if isinstance(value, UnsetType) else value


def or_none(value: Value | None) -> Value | None:
    """The value, or None where it was left out."""
    return None if isinstance(value, UnsetType) else value


@strawberry.input(description="The person. Both addresses are judged, never refused: a typo must not lose a lead.")
class LeadContactInput:
    first_name: str | None = optional("The given name.")
    last_name: str | None = optional("The family name. Required.")
    title: str | None = optional("What they are in the company.")
    email: EmailAddress | None = optional("The e-mail address, as it was given.")
    phone: PhoneNumber | None = optional("The phone number, best with its country code.")

    def given(self) -> commands.ContactFields:
        """The contact as it came."""
        return commands.ContactFields(
            first_name=left(self.first_name),
            last_name=left(self.last_name),
            title=left(self.title),
            email=left(self.email),
            phone=left(self.phone),
        )


@strawberry.input(description="A lead and its follow-up status.")
class UpdateLeadStatusInput:
    lead_id: strawberry.ID = needed(LEAD_ID)
    status: LeadStatus = needed("The status it is to have.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.input(description="Leads and their follow-up status.")
class UpdateLeadStatusesInput:
    lead_ids: list[strawberry.ID] = needed("The leads: at most 100 ids.")
    status: LeadStatus = needed("The status they are to have.")


@strawberry.input(description="What is known of the customer. What is left out stays; an explicit null clears it.")
class UpdateLeadInput:
    lead_id: strawberry.ID = needed(LEAD_ID)
    contact: LeadContactInput | None = optional("The person; inside it, too, what is left out stays.")
    company: str | None = optional("The customer's company.")
    company_size: CompanySize | None = optional("How many people work there.")
    industry: str | None = optional("What the company does.")
    city: str | None = optional("The customer's city.")
    region: str | None = optional("The customer's region or state.")
    country: CountryCode | None = optional("The customer's country.")
    message: str | None = optional("What the customer asked for.")
    consent_to_contact: bool | None = optional("Whether the customer agreed to be contacted.")
    consent_to_share: bool | None = optional("Whether the customer agreed that their data is shared.")
    expected_version: int | None = optional(EXPECTED_VERSION)

    def details(self) -> commands.LeadFields:
        """The details as they came."""
        return _details(self)


@strawberry.input(description="A note to add. The same `idempotencyKey` makes one note.")
class AddLeadNoteInput:
    lead_id: strawberry.ID = needed(LEAD_ID)
    body: str = needed("The text, at most 10,000 characters.")
    mention_ids: list[strawberry.ID] | None = optional("Members it is for in particular, at most 20: those who can read it.")
    idempotency_key: str | None = optional(IDEMPOTENCY_KEY)


@strawberry.input(description="A person of the deal's team: a member by id, or somebody who is only named.")
class TeamMemberInput:
    member_id: strawberry.ID | None = optional("The member; their name and address are known.")
    name: str | None = optional("The name of somebody who is no member.")
    email: EmailAddress | None = optional("Their e-mail address.")
    phone: PhoneNumber | None = optional("Their phone number.")

    def given(self) -> commands.TeamMemberFields:
        """The person as they came."""
        return commands.TeamMemberFields(
            member_id=decode_optional_id("Member", self.member_id),
            name=or_none(self.name),
            email=or_none(self.email),
            phone=or_none(self.phone),
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

    def given(self) -> commands.DealFields:
        """The deal as it came."""
        value, team = left(self.estimated_value), left(self.team)
        return commands.DealFields(
            name=left(self.name),
            estimated_value=value.given() if isinstance(value, MoneyInput) else value,
            purchase_timeframe=left(self.purchase_timeframe),
            expected_close_date=left(self.expected_close_date),
            campaign_code=left(self.campaign_code),
            crm_id=left(self.crm_id),
            team=team if team is None or isinstance(team, Unset) else tuple(one.given() for one in team),
        )


@strawberry.input(description="The lead to accept, and the deal that is made of it.")
class AcceptLeadInput:
    lead_id: strawberry.ID = needed(LEAD_ID)
    deal: DealInput = needed("The deal; everything in it is optional.")
    note: str | None = optional("A note to add in the same step.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.input(description="The lead to decline, and why.")
class DeclineLeadInput:
    lead_id: strawberry.ID = needed(LEAD_ID)
    reason: CloseReason = needed("Why.")
    comment: str | None = optional("Why, in your words. The sender reads it.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.input(description="The lead, and what changes of its deal.")
class UpdateLeadDealInput:
    lead_id: strawberry.ID = needed(LEAD_ID)
    deal: DealInput = needed("What changes; what is left out stays.")
    expected_version: int | None = optional(EXPECTED_VERSION)


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


@strawberry.input(description="The lead to claim.")
class ClaimLeadInput:
    lead_id: strawberry.ID = needed(LEAD_ID)


@strawberry.input(description="Where to look for the next lead to claim.")
class ClaimNextLeadInput:
    queue_id: strawberry.ID | None = optional("Only in this queue; else in all that the viewer may claim from.")
    filter: LeadFilter | None = optional("Only among these leads.")
    idempotency_key: str | None = optional(IDEMPOTENCY_KEY)


@strawberry.input(description="The lead to give back to its queue.")
class ReleaseLeadInput:
    lead_id: strawberry.ID = needed(LEAD_ID)


@strawberry.input(description="To whom a lead is given.", one_of=True)
class AssigneeInput:
    partner_id: strawberry.ID | None = optional("A partner; the lead then has no owner.")
    member_id: strawberry.ID | None = optional("A member of a partner, who then owns it.")
    queue_id: strawberry.ID | None = optional("A queue, where it waits to be claimed.")

    def given(self) -> commands.Assignee:
        """The assignee as they came."""
        return commands.Assignee(
            partner_id=decode_optional_id("Partner", self.partner_id),
            member_id=decode_optional_id("Member", self.member_id),
            queue_id=decode_optional_id("LeadQueue", self.queue_id),
        )


@strawberry.input(description="The lead to give to somebody else, and to whom.")
class AssignLeadInput:
    lead_id: strawberry.ID = needed(LEAD_ID)
    to: AssigneeInput = needed("To whom.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.input(description="A lead to enter.")
class CreateLeadInput:
    type: LeadType = optional("How it came about.", LeadType.OFFER)
    source: LeadSource = optional("Where it comes from.", LeadSource.API)
    listing_id: strawberry.ID | None = optional("The listing the customer acted on.")
    profile_id: strawberry.ID | None = optional("The business profile through which the customer enquired: required for PROFILE.")
    call_to_action: CallToAction | None = optional("What the customer clicked on.")
    contact: LeadContactInput = needed("The person; `lastName` is required.")
    company: str | None = optional("The customer's company; none for a private person.")
    company_size: CompanySize | None = optional("How many people work there.")
    industry: str | None = optional("What the company does.")
    city: str | None = optional("The customer's city.")
    region: str | None = optional("The customer's region or state.")
    country: CountryCode | None = optional("The customer's country.")
    message: str | None = optional("What the customer asks for, in their words.")
    consent_to_contact: bool = optional("Whether the customer agreed to be contacted.", True)
    consent_to_share: bool = optional("Whether the customer agreed that their data is shared.", False)
    contact_requested: bool = optional("Whether the customer explicitly asked to be contacted: makes the lead hot.", False)
    campaign_code: str | None = optional("The code of the campaign it comes from; compared without case.")
    external_reference: str | None = optional("Its id where it comes from; creating it again returns the first.")
    is_test: bool = optional("Made to try things out.", False)
    idempotency_key: str | None = optional(IDEMPOTENCY_KEY)

    def given(self) -> commands.NewLead:
        """The lead as it came."""
        return commands.NewLead(
            type=self.type,
            source=self.source,
            details=_details(self),
            listing_id=decode_optional_id("Listing", self.listing_id),
            profile_id=decode_optional_id("BusinessProfile", self.profile_id),
            call_to_action=or_none(self.call_to_action),
            contact_requested=self.contact_requested,
            campaign_code=left(self.campaign_code),
            external_reference=left(self.external_reference),
            is_test=self.is_test,
        )


@strawberry.input(description="The lead to mark.")
class FavoriteLeadInput:
    lead_id: strawberry.ID = needed(LEAD_ID)


@strawberry.input(description="The lead to take the mark off.")
class UnfavoriteLeadInput:
    lead_id: strawberry.ID = needed(LEAD_ID)


@strawberry.input(description="The lead to delete.")
class DeleteLeadInput:
    lead_id: strawberry.ID = needed(LEAD_ID)


@strawberry.input(description="At most 100 ids.")
class DeleteLeadsInput:
    lead_ids: list[strawberry.ID] = needed("The leads to delete.")


@strawberry.input(description="At most 100 ids.")
class RestoreLeadsInput:
    lead_ids: list[strawberry.ID] = needed("The deleted leads to bring back.")


@strawberry.input(description="Whose test leads to clear away.")
class ClearTestLeadsInput:
    partner_id: strawberry.ID | None = optional("Only this partner's. To a partner's member, their own is meant anyway.")


@strawberry.input(description="A queue to make, or to change. What is left out stays; an explicit null clears it.")
class SaveQueueInput:
    queue_id: strawberry.ID | None = optional("The queue to change; left out, a new one is made.")
    name: str | None = optional("What people call it. Required for a new one.")
    partner_ids: list[strawberry.ID] | None = optional("Who may claim; an empty list: every active partner.")
    max_open_claims_per_partner: int | None = optional("How many open claims one partner may have. Null: no limit.")
    max_claims_per_partner_per_day: int | None = optional("How many leads one partner may claim a day. Null: no limit.")

    def given(self) -> commands.SaveQueue:
        """The queue as it came."""
        return commands.SaveQueue(
            queue_id=decode_optional_id("LeadQueue", self.queue_id),
            name=left(self.name),
            partner_ids=decode_ids("Partner", self.partner_ids),
            max_open_claims=left(self.max_open_claims_per_partner),
            max_claims_per_day=left(self.max_claims_per_partner_per_day),
        )


@strawberry.input(description="Which leads to export, and in which order.")
class ExportLeadsInput:
    search: str | None = optional("As in `leads`.")
    filter: LeadFilter | None = optional("As in `leads`.")
    sort: list[LeadSortInput] | None = optional("As in `leads`.")


def _details(given: UpdateLeadInput | CreateLeadInput) -> commands.LeadFields:
    contact = left(given.contact)
    return commands.LeadFields(
        contact=contact if contact is None or isinstance(contact, Unset) else contact.given(),
        company=left(given.company),
        company_size=left(given.company_size),
        industry=left(given.industry),
        city=left(given.city),
        region=left(given.region),
        country=left(given.country),
        message=left(given.message),
        consent_to_contact=left(given.consent_to_contact),
        consent_to_share=left(given.consent_to_share),
    )
