"""What people ask for, as it came: unchecked, with `UNSET` where a field was left out. The services check it."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from gql_leads.domain.leads.lead import CallToAction, CompanySize, LeadSource, LeadStatus, LeadType, PurchaseTimeframe
from gql_leads.domain.opportunities import OpportunityStage
from gql_leads.domain.validation import UNSET, Unset

Text = str | Unset | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFields:
    """The person."""

    first_name: Text = UNSET
    last_name: Text = UNSET
    title: Text = UNSET
    email: Text = UNSET
    phone: Text = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFields:
    """What is known of the customer and their request."""

    contact: ContactFields | Unset | None = UNSET
    company: Text = UNSET
    company_size: CompanySize | Unset | None = UNSET
    industry: Text = UNSET
    city: Text = UNSET
    region: Text = UNSET
    country: Text = UNSET
    message: Text = UNSET
    consent_to_contact: bool | Unset | None = UNSET
    consent_to_share: bool | Unset | None = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLead:
    """A lead that somebody enters."""

    type: LeadType
    source: LeadSource
    details: LeadFields
    listing_id: UUID | None = None
    profile_id: UUID | None = None
    call_to_action: CallToAction | None = None
    contact_requested: bool = False
    campaign_code: Text = UNSET
    external_reference: Text = UNSET
    is_test: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral:
    """A lead that somebody sends to a partner."""

    partner_id: UUID
    type: LeadType
    details: LeadFields
    recipient_email: Text = UNSET
    contact_requested: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyFields:
    """An amount as it was written."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamMemberFields:
    """A person of the deal's team: a member by id, or somebody who is only named."""

    member_id: UUID | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DealFields:
    """What the partner works on."""

    name: Text = UNSET
    estimated_value: MoneyFields | Unset | None = UNSET
    purchase_timeframe: PurchaseTimeframe | Unset | None = UNSET
    expected_close_date: Text = UNSET
    """ISO text."""
    campaign_code: Text = UNSET
    crm_id: Text = UNSET
    team: tuple[TeamMemberFields, ...] | Unset | None = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class QualificationFields:
    """The sub-steps that were established, or turned out not to be."""

    customer_responded: bool | Unset | None = UNSET
    budget: bool | Unset | None = UNSET
    authority: bool | Unset | None = UNSET
    need: bool | Unset | None = UNSET
    timeline: bool | Unset | None = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveAccount:
    """An account as somebody wants it; without an id, a new one."""

    account_id: UUID | None = None
    name: Text = UNSET
    country: Text = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveContact:
    """A contact as somebody wants it; without an id, a new one."""

    contact_id: UUID | None = None
    account_id: UUID | Unset | None = UNSET
    person: ContactFields


@dataclass(frozen=True, slots=True, kw_only=True)
class OpportunityFields:
    """What somebody says of an opportunity."""

    name: Text = UNSET
    stage: OpportunityStage | Unset | None = UNSET
    amount: MoneyFields | Unset | None = UNSET
    expected_close_date: Text = UNSET
    """ISO text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOpportunity:
    """An opportunity that somebody makes by hand."""

    account_id: UUID
    contact_id: UUID | None = None
    facts: OpportunityFields


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """What a lead is to be converted into: what is left out is found or made by what the lead says."""

    account_id: UUID | None = None
    account_name: str | None = None
    contact_id: UUID | None = None
    opportunity_id: UUID | None = None
    opportunity: OpportunityFields | None = None
    """What is said of a new opportunity."""
    without_opportunity: bool = False
    owner_id: UUID | None = None
    """Whose the new opportunity is."""
    status: LeadStatus | None = None
    """The status the lead is left with; None: as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignee:
    """To whom a lead is given: exactly one of these."""

    partner_id: UUID | None = None
    member_id: UUID | None = None
    queue_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveQueue:
    """A queue as somebody wants it."""

    queue_id: UUID | None = None
    name: Text = UNSET
    partner_ids: tuple[UUID, ...] | Unset | None = UNSET
    max_open_claims: int | Unset | None = UNSET
    max_claims_per_day: int | Unset | None = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveCampaign:
    """A campaign as somebody wants it."""

    campaign_id: UUID | None = None
    name: Text = UNSET
    code: Text = UNSET
    starts_on: Text = UNSET
    """ISO text, as is `ends_on`."""
    ends_on: Text = UNSET
