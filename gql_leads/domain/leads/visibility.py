"""Who sees a lead, how much of it, and whether they see the person behind it.

`store.access.access_policy` says the same in SQL; a property test holds the two together.
"""

from enum import Enum
from uuid import UUID

from gql_leads.domain.attributes import VisibilityClass
from gql_leads.domain.events import Event, Presence, TimelineKind
from gql_leads.domain.leads.lead import ATTRIBUTES, ContactHiddenReason, LeadOutcome, LeadSnapshot
from gql_leads.domain.viewer import MemberRole, Viewer


class Visibility(Enum):
    """How much of a lead a viewer sees."""

    NONE = 0
    REDUCED = 1
    """The sender's view: what became of it, and what they entered."""
    FULL = 2


HISTORY_ONLY = frozenset({TimelineKind.NOTE_ADDED, TimelineKind.ACTIVITY_LOGGED, TimelineKind.ACTIVITY_COMPLETED})
"""Changes that leave nothing but history: told only to those who see that history."""

UNSEEN_BY_SENDERS = HISTORY_ONLY | {TimelineKind.DEAL_CHANGED, TimelineKind.QUALIFIED}
WORK_PATHS = frozenset(path for one in ATTRIBUTES.values() if one.visibility is VisibilityClass.WORK for path in one.audited) - {"queue"}
"""Audited paths of the attributes that are hidden from senders. Senders get no event for a change of these alone.

They get one for a change of queue, because it restarts the time to respond, and `expiresAt` is shown to them.
"""


def visibility_of(viewer: Viewer, snapshot: LeadSnapshot) -> Visibility:
    """How much of the lead the viewer sees; a deleted lead is not there for anybody."""
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
    """Whether the lead waits in a queue that the viewer can claim from."""
    return snapshot.is_waiting and viewer.partner_id is not None and (snapshot.open_to is None or viewer.partner_id in snapshot.open_to)


def contact_hidden(viewer: Viewer, *, partner_id: UUID | None, outcome: LeadOutcome | None, erased: bool) -> ContactHiddenReason | None:
    """Why the viewer may not see who the person is, or None: they may."""
    if erased:
        return ContactHiddenReason.ERASED
    if outcome is LeadOutcome.EXPIRED:
        return ContactHiddenReason.EXPIRED
    if not viewer.is_vendor and partner_id is None:
        return ContactHiddenReason.UNCLAIMED
    return None


def is_visible_change(viewer: Viewer, event: Event, presence: Presence) -> bool:
    """Whether a change that leaves the lead in sight is told to this viewer: not where they see nothing of what it made."""
    if presence is not Presence.CHANGED:
        return True
    if visibility_of(viewer, event.after) is Visibility.REDUCED:
        is_of_others = bool(event.changed) and WORK_PATHS.issuperset(event.changed)
        return event.kind not in UNSEEN_BY_SENDERS and not is_of_others
    if event.kind in HISTORY_ONLY:
        return can_read_history(viewer, event.after.partner_id)
    return True


def can_read_history(viewer: Viewer, holder: UUID | None) -> bool:
    """Whether the viewer may read what was written on a lead while this partner held it."""
    return viewer.sees_everything or (holder is not None and viewer.partner_id == holder)


def can_see_member(viewer: Viewer, member: Viewer) -> bool:
    """Whether the member exists for the viewer: to a partner, another one's people do not."""
    return viewer.is_vendor or member.partner_id in (None, viewer.partner_id)


def visible_actor(viewer: Viewer, event: Event) -> UUID | None:
    """Who did it, as far as the viewer may know: an actor of another partner is nobody; to the sender, so is whoever works the lead."""
    if event.actor_id is None or event.actor_id == viewer.member_id:
        return event.actor_id
    if viewer.sees_everything:
        return event.actor_id
    if viewer.is_vendor:
        return None
    return event.actor_id if event.actor_partner_id in (None, viewer.partner_id) else None
