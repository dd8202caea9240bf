"""Visibility of leads, of their contact and of their history.

`store.access.access_policy` implements the same rules in SQL; a property test compares both.
"""

from enum import Enum
from typing import Protocol
from uuid import UUID

from gql_leads.domain.attributes import VisibilityClass
from gql_leads.domain.events import Event, Presence, TimelineKind
from gql_leads.domain.leads.lead import ATTRIBUTES, ContactHiddenReason, LeadOutcome
from gql_leads.domain.leads.snapshots import LeadSnapshot
from gql_leads.domain.routing import BY_LISTING, BY_PROFILE, ROUTING
from gql_leads.domain.viewer import MemberRole, Viewer


class Visibility(Enum):
    """View that a viewer has of a lead."""

    NONE = 0
    REDUCED = 1
    """View of the sender: their own input and the outcome."""
    FULL = 2


HISTORY_ONLY = frozenset({
    TimelineKind.NOTE_ADDED, TimelineKind.NOTE_EDITED, TimelineKind.ACTIVITY_LOGGED, TimelineKind.ACTIVITY_CHANGED,
    TimelineKind.ACTIVITY_COMPLETED, TimelineKind.ACTIVITY_DELETED,
})  # fmt: skip
"""Changes of the history alone. Only viewers who can read that history get their events."""

HIDDEN_FROM_SENDERS = HISTORY_ONLY | {TimelineKind.DEAL_CHANGED, TimelineKind.QUALIFIED}
WORK_PATHS = frozenset(path for one in ATTRIBUTES.values() if one.visibility is VisibilityClass.WORK for path in one.audited) - {"queue"}
"""Audited paths of the attributes that are hidden from senders. Senders get no event for a change of these alone.

They get one for a change of queue, because it restarts the time to respond, and `expiresAt` is shown to them.
"""


def visibility_of(viewer: Viewer, snapshot: LeadSnapshot) -> Visibility:
    """Return the viewer's view of the lead; a deleted lead is visible to nobody."""
    if snapshot.is_deleted:
        return Visibility.NONE
    if viewer.is_vendor:
        if viewer.sees_everything:
            return Visibility.FULL
        return Visibility.REDUCED if viewer.has(MemberRole.SELLER) and snapshot.sender_id == viewer.member_id else Visibility.NONE
    if snapshot.partner_id == viewer.partner_id or is_claimable(viewer, snapshot):
        return Visibility.FULL
    return Visibility.REDUCED if snapshot.sender_partner_id == viewer.partner_id else Visibility.NONE


def is_claimable(viewer: Viewer, snapshot: LeadSnapshot) -> bool:
    """True if the lead waits in a queue from which the viewer can claim."""
    return snapshot.is_waiting and viewer.partner_id is not None and (snapshot.open_to is None or viewer.partner_id in snapshot.open_to)


def is_sender_visible(viewer: Viewer, snapshot: LeadSnapshot) -> bool:
    """True if the viewer may know who sent the lead; a member of another partner is hidden from partners."""
    return viewer.is_vendor or snapshot.sender_partner_id in (None, viewer.partner_id)


def contact_hidden(viewer: Viewer, *, partner_id: UUID | None, outcome: LeadOutcome | None, erased: bool) -> ContactHiddenReason | None:
    """Return the reason for which the contact is hidden from the viewer, or None if it is shown."""
    if erased:
        return ContactHiddenReason.ERASED
    if outcome is LeadOutcome.EXPIRED:
        return ContactHiddenReason.EXPIRED
    if not viewer.is_vendor and partner_id is None:
        return ContactHiddenReason.UNCLAIMED
    return None


def is_visible_change(viewer: Viewer, event: Event, presence: Presence) -> bool:
    """False if the lead stays visible and the viewer can see nothing of what the event changed.

    A sender is not told of hidden work by a changed presence either.
    """
    if event.before is not None and {visibility_of(viewer, one) for one in (event.before, event.after)} == {Visibility.REDUCED}:
        is_hidden = bool(event.changed) and WORK_PATHS.issuperset(event.changed)
        return event.kind not in HIDDEN_FROM_SENDERS and not is_hidden
    if presence is not Presence.CHANGED:
        return True
    if event.kind in HISTORY_ONLY:
        return can_read_history(viewer, event.history_partner_id)
    return True


def can_read_history(viewer: Viewer, holder: UUID | None) -> bool:
    """True if the viewer may read history from the time when this partner (None: a queue) held the lead."""
    return viewer.sees_everything or (holder is not None and viewer.partner_id == holder)


def can_read_routing(viewer: Viewer, holder: UUID | None, field: str) -> bool:
    """True if the viewer may read what routed a lead to this partner (None: to a queue).

    The partner reads the listing or business profile; the assignment rules are known only to those who see all leads.
    """
    if viewer.sees_everything:
        return field.startswith(ROUTING)
    return field in {BY_LISTING, BY_PROFILE} and can_read_history(viewer, holder)


def can_see_member(viewer: Viewer, member: Viewer) -> bool:
    """True if the viewer may see the member; members of other partners are hidden from partners."""
    return viewer.is_vendor or member.partner_id in (None, viewer.partner_id)


class Acted(Protocol):
    """An event with the member who caused it."""

    @property
    def actor_id(self) -> UUID | None:
        """Return the member; None for automatic changes."""

    @property
    def actor_partner_id(self) -> UUID | None:
        """Return the member's partner; None for the vendor's members."""


def visible_actor(viewer: Viewer, event: Acted) -> UUID | None:
    """Return the member who caused the event, or None if the viewer may not see them.

    Hidden are members of other partners, and from a seller everybody but themselves.
    """
    if event.actor_id is None or event.actor_id == viewer.member_id:
        return event.actor_id
    if viewer.sees_everything:
        return event.actor_id
    if viewer.is_vendor:
        return None
    return event.actor_id if event.actor_partner_id in (None, viewer.partner_id) else None
