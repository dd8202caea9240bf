"""Inputs of the services, not validated yet; a field that the client left out is `UNSET`."""

from dataclasses import dataclass, field, make_dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from gql_leads.domain.leads.lead import DETAILS, CallToAction, CloseReason, LeadSource, LeadStatus, LeadType, PurchaseTimeframe
from gql_leads.domain.opportunities.records import OpportunityStage
from gql_leads.domain.values.validation import UNSET, Unset

Text = str | Unset | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFields:
    """The customer's person."""

    first_name: Text = UNSET
    last_name: Text = UNSET
    title: Text = UNSET
    email: Text = UNSET
    phone: Text = UNSET


_lead_fields: Any = make_dataclass(
    "LeadFields",
    [(name, object, field(default=UNSET)) for name in ("contact", *DETAILS)],
    frozen=True,
    kw_only=True,
)


class LeadFields(_lead_fields):  # type: ignore[misc] # its attributes are derived
    """The customer and their request.

    It has the attribute `contact`, a ContactFields, and the attributes of Lead that are declared with `detail`.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLead:
    """The input of `createLead`."""

    type: LeadType | None = None
    """None: the type follows from the listing and the profile."""
    source: LeadSource
    details: LeadFields
    status: LeadStatus = LeadStatus.NEW
    listing_id: UUID | None = None
    profile_id: UUID | None = None
    call_to_action: CallToAction | None = None
    contact_requested: bool = False
    campaign_code: Text = UNSET
    external_reference: Text = UNSET
    is_test: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral:
    """The input of `referLead`."""

    partner_id: UUID
    type: LeadType
    details: LeadFields
    recipient_email: Text = UNSET
    contact_requested: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyFields:
    """An amount in major units and its currency code."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamMemberFields:
    """A person of the deal's team: a member by id, or a name with optional addresses."""

    member_id: UUID | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DealFields:
    """The deal of a lead."""

    name: Text = UNSET
    estimated_value: MoneyFields | Unset | None = UNSET
    purchase_timeframe: PurchaseTimeframe | Unset | None = UNSET
    expected_close_date: Text = UNSET
    """Date in ISO format."""
    campaign_code: Text = UNSET
    crm_id: Text = UNSET
    team: tuple[TeamMemberFields, ...] | Unset | None = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class QualificationFields:
    """The qualification steps: true or false sets a step."""

    customer_responded: bool | Unset | None = UNSET
    budget: bool | Unset | None = UNSET
    authority: bool | Unset | None = UNSET
    need: bool | Unset | None = UNSET
    timeline: bool | Unset | None = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityFields:
    """The input of `updateActivity`."""

    subject: Text = UNSET
    body: Text = UNSET
    due_at: datetime | Unset | None = UNSET
    completed_at: datetime | Unset | None = UNSET
    owner_id: UUID | Unset | None = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveAccount:
    """The input of `saveAccount`; without an id it creates an account."""

    account_id: UUID | None = None
    name: Text = UNSET
    country: Text = UNSET
    domain: Text = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveContact:
    """The input of `saveContact`; without an id it creates a contact."""

    contact_id: UUID | None = None
    account_id: UUID | Unset | None = UNSET
    person: ContactFields


@dataclass(frozen=True, slots=True, kw_only=True)
class OpportunityFields:
    """The fields of an opportunity."""

    name: Text = UNSET
    stage: OpportunityStage | Unset | None = UNSET
    amount: MoneyFields | Unset | None = UNSET
    expected_close_date: Text = UNSET
    """Date in ISO format."""
    close_reason: CloseReason | Unset | None = UNSET
    owner_id: UUID | Unset | None = UNSET
    contact_id: UUID | Unset | None = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOpportunity:
    """The input of `createOpportunity`."""

    account_id: UUID
    contact_id: UUID | None = None
    facts: OpportunityFields


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """The input of `convertLead`; records left out are found or created from the lead."""

    account_id: UUID | None = None
    account_name: str | None = None
    contact_id: UUID | None = None
    opportunity_id: UUID | None = None
    opportunity: OpportunityFields | None = None
    """The fields of a new opportunity."""
    without_opportunity: bool = False
    owner_id: UUID | None = None
    """The owner of a new opportunity; None: the lead's owner."""
    status: LeadStatus | None = None
    """The lead's status after the conversion; None leaves it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignee:
    """The target of an assignment: exactly one of these is set."""

    partner_id: UUID | None = None
    member_id: UUID | None = None
    queue_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveQueue:
    """The input of `saveQueue`; without an id it creates a queue."""

    queue_id: UUID | None = None
    name: Text = UNSET
    partner_ids: tuple[UUID, ...] | Unset | None = UNSET
    max_open_claims: int | Unset | None = UNSET
    max_claims_per_day: int | Unset | None = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveCampaign:
    """The input of `saveCampaign`; without an id it creates a campaign."""

    campaign_id: UUID | None = None
    name: Text = UNSET
    code: Text = UNSET
    starts_on: Text = UNSET
    """Date in ISO format, like `ends_on`."""
    ends_on: Text = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class SavePartner:
    """The input of `savePartner`; without an id it creates a partner."""

    partner_id: UUID | None = None
    name: Text = UNSET
    country: Text = UNSET
    is_active: bool | Unset | None = UNSET
