"""The lead: enums of its values, and the declaration of each attribute."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from gql_leads.domain.attributes import CsvColumn, Detail, Personal, attributes_of, contact, masked, public, work


class LeadType(StrEnum):
    OFFER = "OFFER"
    PROFILE = "PROFILE"
    JOINT_PLANNING = "JOINT_PLANNING"
    MARKETING_QUALIFIED = "MARKETING_QUALIFIED"
    SALES_QUALIFIED = "SALES_QUALIFIED"
    SHARED_MARKETING = "SHARED_MARKETING"


class LeadTab(StrEnum):
    MARKETPLACE = "MARKETPLACE"
    SALES_AND_MARKETING = "SALES_AND_MARKETING"
    FAVORITES = "FAVORITES"


class LeadSource(StrEnum):
    APP_SOURCE = "APP_SOURCE"
    AZURE_MARKETPLACE = "AZURE_MARKETPLACE"
    AZURE_PORTAL = "AZURE_PORTAL"
    POWER_BI = "POWER_BI"
    CLOUD_MARKETPLACE = "CLOUD_MARKETPLACE"
    WEB_FORM = "WEB_FORM"
    EVENT = "EVENT"
    CUSTOMER_REFERRAL = "CUSTOMER_REFERRAL"
    PARTNER = "PARTNER"
    SELLER = "SELLER"
    IMPORT = "IMPORT"
    API = "API"


class CallToAction(StrEnum):
    GET_IT_NOW = "GET_IT_NOW"
    FREE_TRIAL = "FREE_TRIAL"
    TEST_DRIVE = "TEST_DRIVE"
    CONTACT_ME = "CONTACT_ME"


class LeadStatus(StrEnum):
    NEW = "NEW"
    CONTACTED = "CONTACTED"
    PURCHASED = "PURCHASED"
    DELIVERED = "DELIVERED"


class LeadStage(StrEnum):
    RECEIVED = "RECEIVED"
    ACCEPTED = "ACCEPTED"
    ARCHIVED = "ARCHIVED"


class LeadOutcome(StrEnum):
    WON = "WON"
    LOST = "LOST"
    DECLINED = "DECLINED"
    EXPIRED = "EXPIRED"
    CONVERTED = "CONVERTED"
    DUPLICATE = "DUPLICATE"


class LeadQuality(StrEnum):
    HIGH = "HIGH"
    LOW = "LOW"


class QualityReasonCode(StrEnum):
    EMAIL_INVALID = "EMAIL_INVALID"
    EMAIL_DISPOSABLE = "EMAIL_DISPOSABLE"
    EMAIL_FREE_PROVIDER = "EMAIL_FREE_PROVIDER"
    EMAIL_MATCHES_COMPANY = "EMAIL_MATCHES_COMPANY"
    PHONE_INVALID = "PHONE_INVALID"
    PHONE_VALID = "PHONE_VALID"
    CONTACT_INCOMPLETE = "CONTACT_INCOMPLETE"
    ASKED_FOR_CONTACT = "ASKED_FOR_CONTACT"
    TRIED_THE_PRODUCT = "TRIED_THE_PRODUCT"


class EmailValidity(StrEnum):
    VALID = "VALID"
    INVALID = "INVALID"
    SPAM = "SPAM"
    UNKNOWN = "UNKNOWN"


class PhoneValidity(StrEnum):
    VALID = "VALID"
    INVALID = "INVALID"
    UNKNOWN = "UNKNOWN"


class ContactUrgency(StrEnum):
    HOT = "HOT"
    OVERDUE = "OVERDUE"


class ContactHiddenReason(StrEnum):
    UNCLAIMED = "UNCLAIMED"
    EXPIRED = "EXPIRED"
    ERASED = "ERASED"


class CloseReason(StrEnum):
    BUDGET_NOT_ADEQUATE = "BUDGET_NOT_ADEQUATE"
    CUSTOMER_DID_NOT_RESPOND = "CUSTOMER_DID_NOT_RESPOND"
    CUSTOMER_CHOSE_ANOTHER_VENDOR = "CUSTOMER_CHOSE_ANOTHER_VENDOR"
    REQUIREMENT_NOT_MET = "REQUIREMENT_NOT_MET"
    NOT_A_CUSTOMER = "NOT_A_CUSTOMER"
    TIMELINE_TOO_SHORT = "TIMELINE_TOO_SHORT"
    SPAM = "SPAM"
    OTHER = "OTHER"


class CompanySize(StrEnum):
    EMPLOYEES_1_TO_9 = "EMPLOYEES_1_TO_9"
    EMPLOYEES_10_TO_50 = "EMPLOYEES_10_TO_50"
    EMPLOYEES_51_TO_250 = "EMPLOYEES_51_TO_250"
    EMPLOYEES_251_TO_1000 = "EMPLOYEES_251_TO_1000"
    EMPLOYEES_1001_TO_5000 = "EMPLOYEES_1001_TO_5000"
    EMPLOYEES_5001_TO_10000 = "EMPLOYEES_5001_TO_10000"
    EMPLOYEES_10001_TO_20000 = "EMPLOYEES_10001_TO_20000"
    EMPLOYEES_OVER_20000 = "EMPLOYEES_OVER_20000"


class PurchaseTimeframe(StrEnum):
    WITHIN_1_MONTH = "WITHIN_1_MONTH"
    WITHIN_3_MONTHS = "WITHIN_3_MONTHS"
    WITHIN_6_MONTHS = "WITHIN_6_MONTHS"
    WITHIN_12_MONTHS = "WITHIN_12_MONTHS"
    LATER = "LATER"
    UNKNOWN = "UNKNOWN"


class ListingKind(StrEnum):
    APPLICATION = "APPLICATION"
    SERVICE = "SERVICE"


MARKETPLACE_TYPES = frozenset({LeadType.OFFER, LeadType.PROFILE})

INFORMATIONAL_CALLS = frozenset({CallToAction.GET_IT_NOW, CallToAction.FREE_TRIAL, CallToAction.TEST_DRIVE})


def full_name(first_name: str | None, last_name: str) -> str:
    """Return the full name, its parts separated by a space."""
    return f"{first_name} {last_name}" if first_name else last_name


@dataclass(frozen=True, slots=True)
class TeamMember:
    """Person in the team of a deal: a member, or somebody who has no account."""

    name: str
    email: str | None = None
    phone: str | None = None
    member_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """Stored attributes of a lead, one for each column; a change is the difference between two of these objects."""

    id: UUID = field(metadata=public())
    reference: str = field(metadata=public(in_snapshot=True, csv=CsvColumn(1, "Reference", is_code=True)))
    version: int = field(default=1, metadata=public(is_versioned=False))
    type: LeadType = field(metadata=public("type", in_snapshot=True, csv=CsvColumn(2, "Type")))
    source: LeadSource = field(metadata=public(in_snapshot=True, csv=CsvColumn(3, "Source")))
    call_to_action: CallToAction | None = field(default=None, metadata=public(in_snapshot=True, csv=CsvColumn(4, "CallToAction")))
    status: LeadStatus = field(default=LeadStatus.NEW, metadata=public("status", in_snapshot=True, csv=CsvColumn(5, "Status")))
    stage: LeadStage = field(default=LeadStage.RECEIVED, metadata=public("stage", in_snapshot=True, csv=CsvColumn(6, "Stage")))
    outcome: LeadOutcome | None = field(default=None, metadata=public("outcome", in_snapshot=True, csv=CsvColumn(7, "Outcome")))

    # The customer.
    first_name: str | None = field(
        default=None, metadata=contact("contact.firstName", personal=Personal.YES, is_folded=True, csv=CsvColumn(9, "FirstName"))
    )
    last_name: str = field(
        metadata=contact("contact.lastName", personal=Personal.YES, is_required_text=True, is_folded=True, csv=CsvColumn(10, "LastName"))
    )
    title: str | None = field(default=None, metadata=contact("contact.title", personal=Personal.YES, csv=CsvColumn(11, "Title")))
    email: str | None = field(
        default=None, metadata=contact("contact.email", personal=Personal.YES, is_folded=True, csv=CsvColumn(12, "Email"))
    )
    email_validity: EmailValidity = field(
        default=EmailValidity.UNKNOWN,
        metadata=contact(
            "contact.emailValidity", personal=Personal.DERIVED, in_snapshot=True, is_versioned=False, csv=CsvColumn(13, "EmailValidity")
        ),
    )
    phone: str | None = field(
        default=None, metadata=contact("contact.phone", personal=Personal.YES, is_folded=True, csv=CsvColumn(14, "Phone"))
    )
    phone_given: str | None = field(default=None, metadata=contact(personal=Personal.YES))
    """The number as it was given, if `phone` is another spelling of it: when the country is corrected, it is read again from this one."""
    phone_validity: PhoneValidity = field(
        default=PhoneValidity.UNKNOWN,
        metadata=contact(
            "contact.phoneValidity", personal=Personal.DERIVED, in_snapshot=True, is_versioned=False, csv=CsvColumn(15, "PhoneValidity")
        ),
    )
    company: str | None = field(
        default=None,
        metadata=public(
            "company", personal=Personal.MAYBE, in_snapshot=True, is_folded=True, csv=CsvColumn(16, "Company"), detail=Detail(200)
        ),
    )
    company_size: CompanySize | None = field(
        default=None, metadata=work("companySize", in_snapshot=True, csv=CsvColumn(17, "CompanySize"), detail=Detail())
    )
    industry: str | None = field(
        default=None, metadata=work("industry", personal=Personal.MAYBE, csv=CsvColumn(18, "Industry"), detail=Detail(100))
    )
    city: str | None = field(default=None, metadata=work("city", personal=Personal.YES, csv=CsvColumn(19, "City"), detail=Detail(100)))
    region: str | None = field(
        default=None, metadata=work("region", personal=Personal.YES, csv=CsvColumn(20, "Region"), detail=Detail(100))
    )
    country: str | None = field(
        default=None, metadata=public("country", in_snapshot=True, csv=CsvColumn(21, "Country", is_code=True), detail=Detail())
    )
    message: str | None = field(
        default=None, metadata=masked("message", personal=Personal.YES, csv=CsvColumn(24, "Message"), detail=Detail(10_000, has_lines=True))
    )
    consent_to_contact: bool = field(
        default=True, metadata=public("consent.toContact", csv=CsvColumn(22, "ConsentToContact"), detail=Detail())
    )
    consent_to_share: bool = field(default=False, metadata=public("consent.toShare", csv=CsvColumn(23, "ConsentToShare"), detail=Detail()))
    external_reference: str | None = field(
        default=None, metadata=contact(personal=Personal.YES, in_snapshot=True, csv=CsvColumn(29, "ExternalReference"))
    )
    quality: LeadQuality = field(
        default=LeadQuality.HIGH, metadata=public("quality", in_snapshot=True, is_versioned=False, csv=CsvColumn(8, "Quality"))
    )
    quality_reasons: tuple[QualityReasonCode, ...] = field(default=(), metadata=public(is_versioned=False))

    # The origin of the lead and its holder.
    listing_id: UUID | None = field(default=None, metadata=public(in_snapshot=True))
    listing_name: str | None = field(default=None, metadata=public(is_folded=True, csv=CsvColumn(25, "ListingName")))
    listing_kind: ListingKind | None = field(default=None, metadata=public(in_snapshot=True))
    profile_id: UUID | None = field(default=None, metadata=public())
    partner_id: UUID | None = field(default=None, metadata=public("partner", in_snapshot=True))
    """The partner that has it; None while it waits in a queue, or if it expired there."""
    queue_id: UUID | None = field(default=None, metadata=work("queue", in_snapshot=True))
    """The queue in which it waits; None once a partner has it."""
    origin_queue_id: UUID | None = field(default=None, metadata=work(in_snapshot=True))
    """The queue from which its partner got it."""
    owner_id: UUID | None = field(default=None, metadata=work("owner", in_snapshot=True))
    sender_id: UUID | None = field(default=None, metadata=public(in_snapshot=True))
    sender_partner_id: UUID | None = field(default=None, metadata=public(in_snapshot=True))
    recipient_email: str | None = field(default=None, metadata=public(personal=Personal.MAYBE))

    # Instants.
    requires_response: bool = field(default=True, metadata=public())
    reached_at: datetime | None = field(default=None, metadata=public())
    """The instant at which its partner got it; None while it waits in a queue."""
    queued_at: datetime | None = field(default=None, metadata=public(is_versioned=False))
    """The instant at which it came back into a queue or into another one; None if it waits since its creation, and with a partner."""
    contact_requested_at: datetime | None = field(default=None, metadata=public(csv=CsvColumn(31, "ContactRequestedAt")))
    overdue_at: datetime | None = field(default=None, metadata=public(is_versioned=False))
    """The instant at which HOT becomes OVERDUE; None once that is recorded, or if it cannot happen."""
    expires_at: datetime | None = field(default=None, metadata=public(in_snapshot=True, csv=CsvColumn(32, "ExpiresAt")))
    created_at: datetime = field(metadata=public(in_snapshot=True, csv=CsvColumn(33, "LeadCreationDateTime")))
    updated_at: datetime = field(metadata=public(in_snapshot=True, is_versioned=False, csv=CsvColumn(34, "UpdatedAt")))
    sent_version: int | None = field(default=None, metadata=public(is_versioned=False))
    """The version that the sender sees, and the time of that change (see `versions`); None: `version` and `updated_at`."""
    sent_updated_at: datetime | None = field(default=None, metadata=public(in_snapshot=True, is_versioned=False))
    claimed_at: datetime | None = field(default=None, metadata=public(in_snapshot=True, csv=CsvColumn(35, "ClaimedAt")))
    accepted_at: datetime | None = field(default=None, metadata=public(in_snapshot=True, csv=CsvColumn(36, "AcceptedAt")))
    archived_at: datetime | None = field(default=None, metadata=public(in_snapshot=True, csv=CsvColumn(37, "ArchivedAt")))
    deleted_at: datetime | None = field(default=None, metadata=public())
    purged_at: datetime | None = field(default=None, metadata=public(is_versioned=False))
    """The instant at which the personal data of a deleted lead was removed; its row stays for the reports."""
    erased_at: datetime | None = field(default=None, metadata=public())
    is_test: bool = field(default=False, metadata=public(in_snapshot=True, csv=CsvColumn(47, "IsTest")))

    # The deal.
    deal_name: str | None = field(
        default=None, metadata=work("deal.name", personal=Personal.YES, is_required_text=True, csv=CsvColumn(38, "DealName"))
    )
    deal_minor: int | None = field(default=None, metadata=work("deal.estimatedValue", csv=CsvColumn(39, "DealValue")))
    """Estimated value in minor units of `deal_currency`."""
    deal_currency: str | None = field(default=None, metadata=work("deal.estimatedValue", csv=CsvColumn(40, "DealCurrency", is_code=True)))
    purchase_timeframe: PurchaseTimeframe | None = field(
        default=None, metadata=work("deal.purchaseTimeframe", csv=CsvColumn(41, "PurchaseTimeframe"))
    )
    expected_close_date: date | None = field(default=None, metadata=work("deal.expectedCloseDate", csv=CsvColumn(42, "ExpectedCloseDate")))
    campaign_code: str | None = field(
        default=None, metadata=work("deal.campaignCode", personal=Personal.MAYBE, csv=CsvColumn(43, "CampaignCode"))
    )
    crm_id: str | None = field(
        default=None, metadata=work("deal.crmId", personal=Personal.YES, in_snapshot=True, csv=CsvColumn(44, "CrmId"))
    )
    team: tuple[TeamMember, ...] = field(default=(), metadata=work("deal.team", personal=Personal.MAYBE))

    # The two steps of qualification.
    customer_responded: bool = field(default=False, metadata=work("qualification.customerResponded"))
    budget: bool = field(default=False, metadata=work("qualification.budget"))
    authority: bool = field(default=False, metadata=work("qualification.authority"))
    need: bool = field(default=False, metadata=work("qualification.need"))
    timeline: bool = field(default=False, metadata=work("qualification.timeline"))
    qualified_at: datetime | None = field(default=None, metadata=work())

    # The reason for which it was declined or lost.
    close_reason: CloseReason | None = field(
        default=None, metadata=public("decline.reason", "loss.reason", csv=CsvColumn(45, "CloseReason"))
    )
    close_comment: str | None = field(
        default=None,
        metadata=public("decline.comment", "loss.comment", personal=Personal.YES, csv=CsvColumn(46, "CloseComment")),
    )
    closed_by_id: UUID | None = field(default=None, metadata=work())

    # The records into which it was converted, and its campaigns.
    account_id: UUID | None = field(default=None, metadata=work())
    contact_id: UUID | None = field(default=None, metadata=work())
    opportunity_id: UUID | None = field(default=None, metadata=work())
    duplicate_of_id: UUID | None = field(default=None, metadata=work())
    """The lead that it was merged into; only with the outcome DUPLICATE."""
    campaign_ids: tuple[UUID, ...] = field(default=(), metadata=work("campaigns", in_snapshot=True, is_versioned=False))

    def partner_reached_at(self, before: "Lead | None", now: datetime) -> datetime | None:
        """Return the value of `reached_at` for this lead after a change of `before` (None: a new lead) at `now`."""
        if self.partner_id is None:
            return None
        if before is None:
            return self.reached_at or self.created_at
        return before.reached_at if before.partner_id == self.partner_id else now

    def came_back_at(self, before: "Lead | None", now: datetime) -> datetime | None:
        """Return the value of `queued_at` for this lead after a change of `before` (None: a new lead) at `now`."""
        if self.partner_id is not None:
            return None
        if before is None:
            return self.queued_at
        return now if self.queue_id is not None and self.queue_id != before.queue_id else before.queued_at

    @property
    def full_name(self) -> str:
        """First and last name, separated by a space."""
        return full_name(self.first_name, self.last_name)

    @property
    def is_waiting(self) -> bool:
        """True while it waits in a queue to be claimed."""
        return self.queue_id is not None and self.stage is LeadStage.RECEIVED and self.deleted_at is None

    @property
    def is_archived(self) -> bool:
        """True once it is in its final stage."""
        return self.stage is LeadStage.ARCHIVED


ATTRIBUTES: Final = attributes_of(Lead)
DETAILS: Final = tuple(name for name, attribute in ATTRIBUTES.items() if attribute.detail is not None)
"""Attributes that members enter, besides the contact."""
