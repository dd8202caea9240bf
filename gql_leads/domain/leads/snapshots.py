"""Snapshots of leads: the attributes that events store."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final
from uuid import UUID

from gql_leads.domain.leads.lead import (
    ATTRIBUTES,
    CallToAction,
    CompanySize,
    ContactUrgency,
    EmailValidity,
    LeadOutcome,
    LeadQuality,
    LeadSource,
    LeadStage,
    LeadStatus,
    LeadType,
    ListingKind,
    PhoneValidity,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadSnapshot:
    """Attributes of a lead that an event stores: all that visibility and filters of a stream depend on.

    An attribute that an older event lacks takes the default given here, so a new attribute needs a default.
    """

    reference: str = ""
    type: LeadType
    source: LeadSource
    call_to_action: CallToAction | None = None
    status: LeadStatus = LeadStatus.NEW
    stage: LeadStage = LeadStage.RECEIVED
    outcome: LeadOutcome | None = None
    quality: LeadQuality = LeadQuality.HIGH
    email_validity: EmailValidity = EmailValidity.UNKNOWN
    phone_validity: PhoneValidity = PhoneValidity.UNKNOWN
    country: str | None = None
    company: str | None = None
    company_size: CompanySize | None = None
    external_reference: str | None = None
    crm_id: str | None = None
    listing_id: UUID | None = None
    listing_kind: ListingKind | None = None
    partner_id: UUID | None = None
    owner_id: UUID | None = None
    queue_id: UUID | None = None
    origin_queue_id: UUID | None = None
    sender_id: UUID | None = None
    sender_partner_id: UUID | None = None
    is_test: bool = False
    created_at: datetime
    updated_at: datetime
    sent_updated_at: datetime | None = None
    expires_at: datetime | None = None
    claimed_at: datetime | None = None
    accepted_at: datetime | None = None
    archived_at: datetime | None = None
    campaign_ids: tuple[UUID, ...] = ()

    # Computed from the lead and its queue.
    open_to: tuple[UUID, ...] | None = ()
    """Partners that may claim it while it waits; None: every active partner."""
    urgency: ContactUrgency | None = None
    partner_is_active: bool = True
    """False if the partner that has it was deactivated."""
    is_deleted: bool = False
    is_erased: bool = False

    @property
    def is_waiting(self) -> bool:
        """True while the lead waits in a queue to be claimed."""
        return self.queue_id is not None and self.stage is LeadStage.RECEIVED and not self.is_deleted

    @property
    def is_open_claim(self) -> bool:
        """True if it counts against the limit of open claims of its queue; see `domain.claims.open_claim`."""
        is_held = self.partner_id is not None and self.stage is not LeadStage.ARCHIVED and not self.is_deleted
        return is_held and self.origin_queue_id is not None


COMPUTED_IN_SNAPSHOTS: Final = frozenset({"open_to", "urgency", "partner_is_active", "is_deleted", "is_erased"})
SNAPSHOT_ATTRIBUTES: Final = tuple(name for name, attribute in ATTRIBUTES.items() if attribute.in_snapshot)
if {*SNAPSHOT_ATTRIBUTES} != {one.name for one in fields(LeadSnapshot)} - COMPUTED_IN_SNAPSHOTS:
    raise TypeError("The attributes of Lead that are declared with in_snapshot=True and those of LeadSnapshot must be the same.")
