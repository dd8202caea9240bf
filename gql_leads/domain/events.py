"""Events of the log: one change of a lead, with snapshots of the lead before and after it.

Snapshots hold what filters compare. Erasure removes the personal values among it. Presence in a stream is computed from the two
snapshots and the viewer alone, so a replay gives the same messages as the live stream.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import Final
from uuid import UUID

from gql_leads.domain.leads.lead import ContactUrgency, Lead, LeadStage
from gql_leads.domain.leads.snapshots import SNAPSHOT_ATTRIBUTES, LeadSnapshot

_snapshot_values = attrgetter(*SNAPSHOT_ATTRIBUTES)


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
    NOTE_EDITED = "NOTE_EDITED"
    ACTIVITY_LOGGED = "ACTIVITY_LOGGED"
    ACTIVITY_CHANGED = "ACTIVITY_CHANGED"
    ACTIVITY_COMPLETED = "ACTIVITY_COMPLETED"
    ACTIVITY_DELETED = "ACTIVITY_DELETED"
    CAMPAIGN_JOINED = "CAMPAIGN_JOINED"
    DELETED = "DELETED"
    RESTORED = "RESTORED"
    CONTACT_ERASED = "CONTACT_ERASED"
    MERGED = "MERGED"
    UNMERGED = "UNMERGED"


KNOWN_BEFORE: Final[Mapping[TimelineKind, TimelineKind]] = {
    TimelineKind.NOTE_EDITED: TimelineKind.NOTE_ADDED,
    TimelineKind.ACTIVITY_CHANGED: TimelineKind.ACTIVITY_LOGGED,
    TimelineKind.ACTIVITY_DELETED: TimelineKind.ACTIVITY_LOGGED,
    TimelineKind.MERGED: TimelineKind.DETAILS_CHANGED,
    TimelineKind.UNMERGED: TimelineKind.DETAILS_CHANGED,
}
"""Kinds that release 0.4 does not know, and the kind that its servers read in their place: an unknown one would end their streams."""


class Presence(StrEnum):
    ENTERED = "ENTERED"
    CHANGED = "CHANGED"
    LEFT = "LEFT"


@dataclass(frozen=True, slots=True)
class Event:
    """One change of one lead; `before` is None for the event that created it."""

    lead_id: UUID
    kind: TimelineKind
    occurred_at: datetime
    actor_id: UUID | None
    actor_partner_id: UUID | None
    before: LeadSnapshot | None
    after: LeadSnapshot
    changed: tuple[str, ...] = ()
    """Paths in the API of the fields that changed."""
    history_partner_id: UUID | None = None
    """For a change of the history alone: the partner whose history it is; None if only the vendor reads it."""


def snapshot(lead: Lead, open_to: tuple[UUID, ...] | None, *, partner_is_active: bool = True) -> LeadSnapshot:
    """Return the snapshot of a lead whose queue is open to these partners (None: to every active one).

    The urgency is the recorded one: HOT until CONTACT_OVERDUE is written, so that each snapshot equals the `before` of the next event.
    """
    return LeadSnapshot(
        **dict(zip(SNAPSHOT_ATTRIBUTES, _snapshot_values(lead), strict=True)),
        open_to=open_to if lead.is_waiting else (),
        urgency=_recorded_urgency(lead),
        partner_is_active=partner_is_active,
        is_deleted=lead.deleted_at is not None,
        is_erased=lead.erased_at is not None,
    )


def _recorded_urgency(lead: Lead) -> ContactUrgency | None:
    if lead.contact_requested_at is None or lead.stage is not LeadStage.RECEIVED:
        return None
    return ContactUrgency.OVERDUE if lead.overdue_at is None else ContactUrgency.HOT
