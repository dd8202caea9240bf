"""The facts of one lead, and the words they are said with."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


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
    """The name as people say it, one blank between its parts."""
    return f"{first_name} {last_name}" if first_name else last_name


@dataclass(frozen=True, slots=True)
class TeamMember:
    """One person of the deal's team: a member, or somebody who is only named."""

    name: str
    email: str | None = None
    phone: str | None = None
    member_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """Every stored fact of a lead, flat: one attribute a column, so that a change is a difference of two of these."""

    id: UUID
    reference: str
    version: int = 1
    type: LeadType
    source: LeadSource
    call_to_action: CallToAction | None = None
    status: LeadStatus = LeadStatus.NEW
    stage: LeadStage = LeadStage.RECEIVED
    outcome: LeadOutcome | None = None

    # the customer
    first_name: str | None = None
    last_name: str
    title: str | None = None
    email: str | None = None
    email_validity: EmailValidity = EmailValidity.UNKNOWN
    phone: str | None = None
    phone_validity: PhoneValidity = PhoneValidity.UNKNOWN
    company: str | None = None
    company_size: CompanySize | None = None
    industry: str | None = None
    city: str | None = None
    region: str | None = None
    country: str | None = None
    consent_to_contact: bool = True
    consent_to_share: bool = False
    message: str | None = None
    external_reference: str | None = None
    quality: LeadQuality = LeadQuality.HIGH
    quality_reasons: tuple[QualityReasonCode, ...] = ()

    # where it came from and who has it
    listing_id: UUID | None = None
    listing_name: str | None = None
    listing_kind: ListingKind | None = None
    profile_id: UUID | None = None
    partner_id: UUID | None = None
    """Who has it; None while it waits in a queue, or expired there."""
    queue_id: UUID | None = None
    """Where it waits now; None once a partner has it."""
    origin_queue_id: UUID | None = None
    """The queue that the partner who has it got it from."""
    owner_id: UUID | None = None
    sender_id: UUID | None = None
    sender_partner_id: UUID | None = None
    recipient_email: str | None = None

    # when
    requires_response: bool = True
    reached_at: datetime | None = None
    """When it reached the partner who has it; None while it waits in a queue."""
    contact_requested_at: datetime | None = None
    overdue_at: datetime | None = None
    """When HOT becomes OVERDUE; None once that was recorded, or where it cannot come."""
    expires_at: datetime | None = None
    created_at: datetime
    updated_at: datetime
    claimed_at: datetime | None = None
    accepted_at: datetime | None = None
    archived_at: datetime | None = None
    deleted_at: datetime | None = None
    purged_at: datetime | None = None
    """When a deleted lead's contents went for good; its row stays for the figures."""
    erased_at: datetime | None = None
    is_test: bool = False

    # the deal
    deal_name: str | None = None
    deal_minor: int | None = None
    """Estimated value in minor units of `deal_currency`."""
    deal_currency: str | None = None
    purchase_timeframe: PurchaseTimeframe | None = None
    expected_close_date: date | None = None
    campaign_code: str | None = None
    crm_id: str | None = None
    team: tuple[TeamMember, ...] = ()

    # the two sub-steps of qualification
    customer_responded: bool = False
    budget: bool = False
    authority: bool = False
    need: bool = False
    timeline: bool = False
    qualified_at: datetime | None = None

    # how it was declined or lost
    close_reason: CloseReason | None = None
    close_comment: str | None = None
    closed_by_id: UUID | None = None

    # what it was converted into, and the campaigns it belongs to
    account_id: UUID | None = None
    contact_id: UUID | None = None
    opportunity_id: UUID | None = None
    campaign_ids: tuple[UUID, ...] = ()

    def reached(self, before: "Lead | None", now: datetime) -> datetime | None:
        """When it reached the partner who has it, if this is what became of `before` now: a partner's own changes leave it."""
        if self.partner_id is None:
            return None
        if before is None:
            return self.reached_at or self.created_at
        return before.reached_at if before.partner_id == self.partner_id else now

    @property
    def full_name(self) -> str:
        """First and last name as people say them."""
        return full_name(self.first_name, self.last_name)

    @property
    def is_waiting(self) -> bool:
        """Whether it waits in a queue for somebody to claim it."""
        return self.queue_id is not None and self.stage is LeadStage.RECEIVED and self.deleted_at is None

    @property
    def is_archived(self) -> bool:
        """Whether its life is over."""
        return self.stage is LeadStage.ARCHIVED
