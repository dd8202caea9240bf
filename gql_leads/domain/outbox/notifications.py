"""Notifications: their kinds, and the audience of each; decided from one change of a lead.

A notification is stored once for its audience, and holds ids only. It is rendered when it is read.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.lead import ContactUrgency, Lead, LeadStage
from gql_leads.domain.leads.urgency import urgency
from gql_leads.domain.viewer import MemberRole, Viewer

CHANNEL_MANAGERS: Final = UUID(int=1)
"""The audience of the vendor's channel managers; any other is the id of a member, a partner or a queue."""
KEPT_FOR: Final = timedelta(days=90)
"""Age at which notifications are deleted."""
REMINDED_BEFORE: Final = timedelta(days=3)
"""Time before a lead expires at which its holder is reminded."""


class NotificationKind(StrEnum):
    NEW_LEAD = "NEW_LEAD"
    HOT_LEAD = "HOT_LEAD"
    RESPONSE_DUE = "RESPONSE_DUE"
    LEAD_EXPIRED = "LEAD_EXPIRED"
    LEAD_ASSIGNED = "LEAD_ASSIGNED"
    LEAD_DECLINED = "LEAD_DECLINED"
    MENTION = "MENTION"
    IMPORT_FINISHED = "IMPORT_FINISHED"


RECOMMENDED_ACTIONS: Final = frozenset({
    NotificationKind.NEW_LEAD, NotificationKind.HOT_LEAD, NotificationKind.RESPONSE_DUE, NotificationKind.LEAD_ASSIGNED,
})  # fmt: skip
"""Kinds that ask for something to be done while their lead still waits for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One notification for all members of its audience, and its event in the log; the actor is not among them."""

    id: UUID
    kind: NotificationKind
    audience_id: UUID
    """A member, a partner, a queue (the partners to which it is open) or `CHANNEL_MANAGERS`."""
    excluded: tuple[UUID, ...] = ()
    """Partners to which the queue was open before; for a change of its partners, which concerns the new ones alone."""
    lead_id: UUID | None = None
    opportunity_id: UUID | None = None
    import_id: UUID | None = None
    occurred_at: datetime
    actor_id: UUID | None = None
    actor_partner_id: UUID | None = None


class Notice(NamedTuple):
    """The kind and audience of a notification that a change calls for."""

    kind: NotificationKind
    audience_id: UUID


def notice_of(change: TimelineKind, before: Lead | None, after: Lead, now: datetime, hot_for: timedelta) -> Notice | None:
    """Return the notice that a change of a lead calls for (`before` is None for a new lead), if any.

    The audience of an end is the sender, who may be inactive.
    """
    if change in _ENDS:
        return Notice(_ENDS[change], after.sender_id or CHANNEL_MANAGERS) if after.requires_response else None
    if change not in _STEPS:
        return _heated(before, after, now, hot_for)
    if after.stage is not LeadStage.RECEIVED:  # an import of a worked lead, or one that another member continues
        return _handed_over(change, before, after)
    if before is None or (after.is_waiting and not (before.is_waiting and before.queue_id == after.queue_id)):
        return arrival_of(after, now, hot_for)
    return _handed_over(change, before, after)


_STEPS: Final = frozenset({TimelineKind.CREATED, TimelineKind.ASSIGNED, TimelineKind.RELEASED, TimelineKind.RESTORED})
_ENDS: Final = {TimelineKind.EXPIRED: NotificationKind.LEAD_EXPIRED, TimelineKind.DECLINED: NotificationKind.LEAD_DECLINED}


def arrival_of(lead: Lead, now: datetime, hot_for: timedelta) -> Notice | None:
    """Return the notice that a lead reached its partner, or waits in a queue."""
    holder = lead.queue_id if lead.is_waiting else lead.partner_id
    kind = NotificationKind.HOT_LEAD if _is_hot(lead, now, hot_for) else NotificationKind.NEW_LEAD
    return None if holder is None else Notice(kind, holder)


def _handed_over(change: TimelineKind, before: Lead | None, after: Lead) -> Notice | None:
    if change is not TimelineKind.ASSIGNED or before is None or after.partner_id is None:
        return None
    if (before.partner_id, before.owner_id) == (after.partner_id, after.owner_id):
        return None
    return Notice(NotificationKind.LEAD_ASSIGNED, after.owner_id or after.partner_id)


def _heated(before: Lead | None, after: Lead, now: datetime, hot_for: timedelta) -> Notice | None:
    """Return the notice of a change by which a lead became hot."""
    if before is None or before.contact_requested_at == after.contact_requested_at or not _is_hot(after, now, hot_for):
        return None
    return arrival_of(after, now, hot_for)


def _is_hot(lead: Lead, now: datetime, hot_for: timedelta) -> bool:
    return urgency(lead.stage, lead.contact_requested_at, now, hot_for) is ContactUrgency.HOT


def reminder_of(lead: Lead, *, has_active_owner: bool) -> Notice:
    """Return the notice that a received lead expires soon: to its owner, its partner or its queue's partners."""
    owner = lead.owner_id if has_active_owner else None
    audience_id = owner or lead.partner_id or lead.queue_id
    assert audience_id is not None, "a received lead is with a partner or in a queue"
    return Notice(NotificationKind.RESPONSE_DUE, audience_id)


def audiences_of(viewer: Viewer) -> tuple[UUID, ...]:
    """Return the audiences to which the viewer belongs."""
    if viewer.is_vendor:
        return (viewer.member_id, CHANNEL_MANAGERS) if viewer.has(MemberRole.CHANNEL_MANAGER) else (viewer.member_id,)
    assert viewer.partner_id is not None, "the others are members of a partner"
    return (viewer.member_id, viewer.partner_id, *sorted(viewer.open_queues))


def is_addressed_to(viewer: Viewer, notification: Notification) -> bool:
    """True if the viewer is of the audience; `store.outbox.notifications.addressed_to` is the same rule in SQL."""
    if notification.actor_id == viewer.member_id or viewer.partner_id in notification.excluded:
        return False
    audience_id = notification.audience_id
    if audience_id == CHANNEL_MANAGERS:
        return viewer.is_vendor and viewer.has(MemberRole.CHANNEL_MANAGER)
    return audience_id in (viewer.member_id, viewer.partner_id) or audience_id in viewer.open_queues
