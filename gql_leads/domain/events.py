"""What the event log remembers of a change: how the lead looked to a filter before it and after it.

An image holds no personal data: of the contact only the two validities. Everything a stream says is decided from two images and
the follower's sight, so that a replay says what the live stream said.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from gql_leads.domain.leads.lead import (
    CallToAction,
    ContactUrgency,
    EmailValidity,
    Lead,
    LeadOutcome,
    LeadQuality,
    LeadSource,
    LeadStage,
    LeadStatus,
    LeadType,
    ListingKind,
    PhoneValidity,
)


class TimelineKind(StrEnum):
    CREATED = "CREATED"
    REFERRED = "REFERRED"
    ASSIGNED = "ASSIGNED"
    CLAIMED = "CLAIMED"
    RELEASED = "RELEASED"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    EXPIRED = "EXPIRED"
    STATUS_CHANGED = "STATUS_CHANGED"
    DETAILS_CHANGED = "DETAILS_CHANGED"
    DEAL_CHANGED = "DEAL_CHANGED"
    QUALITY_CHANGED = "QUALITY_CHANGED"
    CONTACT_OVERDUE = "CONTACT_OVERDUE"
    QUALIFIED = "QUALIFIED"
    WON = "WON"
    LOST = "LOST"
    CONVERTED = "CONVERTED"
    NOTE_ADDED = "NOTE_ADDED"
    ACTIVITY_LOGGED = "ACTIVITY_LOGGED"
    ACTIVITY_COMPLETED = "ACTIVITY_COMPLETED"
    CAMPAIGN_JOINED = "CAMPAIGN_JOINED"
    DELETED = "DELETED"
    RESTORED = "RESTORED"
    CONTACT_ERASED = "CONTACT_ERASED"


class Presence(StrEnum):
    ENTERED = "ENTERED"
    CHANGED = "CHANGED"
    LEFT = "LEFT"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadSnapshot:
    """Audience and filterable facts of a lead at one moment of its life."""

    type: LeadType
    source: LeadSource
    call_to_action: CallToAction | None
    status: LeadStatus
    stage: LeadStage
    outcome: LeadOutcome | None
    quality: LeadQuality
    email_validity: EmailValidity
    phone_validity: PhoneValidity
    country: str | None
    company: str | None
    listing_id: UUID | None
    listing_kind: ListingKind | None
    partner_id: UUID | None
    owner_id: UUID | None
    queue_id: UUID | None
    open_to: tuple[UUID, ...] | None
    """Partners who may claim it where it waits; None: every active partner. Means nothing while it does not wait."""
    sender_id: UUID | None
    sender_partner_id: UUID | None
    urgency: ContactUrgency | None
    is_test: bool
    is_deleted: bool
    is_erased: bool
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None
    campaign_ids: tuple[UUID, ...]

    @property
    def is_waiting(self) -> bool:
        """Whether the lead waits in a queue."""
        return self.queue_id is not None and self.stage is LeadStage.RECEIVED and not self.is_deleted


@dataclass(frozen=True, slots=True)
class Event:
    """One change of one lead: what happened, who did it, and the images around it; `before` is None where the lead was made."""

    lead_id: UUID
    kind: TimelineKind
    occurred_at: datetime
    actor_id: UUID | None
    actor_partner_id: UUID | None
    before: LeadSnapshot | None
    after: LeadSnapshot
    changed: tuple[str, ...] = ()


def snapshot(lead: Lead, open_to: tuple[UUID, ...] | None) -> LeadSnapshot:
    """The lead as a filter sees it; `open_to` is its queue's.

    The urgency is the recorded one: HOT until CONTACT_OVERDUE was written, so that each image is the next one's `before`.
    """
    return LeadSnapshot(
        type=lead.type,
        source=lead.source,
        call_to_action=lead.call_to_action,
        status=lead.status,
        stage=lead.stage,
        outcome=lead.outcome,
        quality=lead.quality,
        email_validity=lead.email_validity,
        phone_validity=lead.phone_validity,
        country=lead.country,
        company=lead.company,
        listing_id=lead.listing_id,
        listing_kind=lead.listing_kind,
        partner_id=lead.partner_id,
        owner_id=lead.owner_id,
        queue_id=lead.queue_id,
        open_to=open_to if lead.is_waiting else (),
        sender_id=lead.sender_id,
        sender_partner_id=lead.sender_partner_id,
        urgency=_recorded_urgency(lead),
        is_test=lead.is_test,
        is_deleted=lead.deleted_at is not None,
        is_erased=lead.erased_at is not None,
        created_at=lead.created_at,
        updated_at=lead.updated_at,
        expires_at=lead.expires_at,
        campaign_ids=lead.campaign_ids,
    )


def _recorded_urgency(lead: Lead) -> ContactUrgency | None:
    if lead.contact_requested_at is None or lead.stage is not LeadStage.RECEIVED:
        return None
    return ContactUrgency.OVERDUE if lead.overdue_at is None else ContactUrgency.HOT
