"""Events of opportunities in the log, and their meaning for a list that follows it.

As for leads, an event has two snapshots, without personal data, and presence is computed from them and the viewer alone: a replay gives
the same messages as the live stream. An opportunity never changes its partner, so its history is seen by all who see it.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import Final
from uuid import UUID

from gql_leads.domain.attributes import attributes_of
from gql_leads.domain.events import Presence
from gql_leads.domain.opportunities.records import Opportunity, OpportunityFilter, OpportunityStage
from gql_leads.domain.viewer import Viewer


class OpportunityEventKind(StrEnum):
    CREATED = "CREATED"
    CHANGED = "CHANGED"
    STAGE_CHANGED = "STAGE_CHANGED"
    WON = "WON"
    LOST = "LOST"
    NOTE_ADDED = "NOTE_ADDED"
    NOTE_EDITED = "NOTE_EDITED"
    ACTIVITY_LOGGED = "ACTIVITY_LOGGED"
    ACTIVITY_CHANGED = "ACTIVITY_CHANGED"
    ACTIVITY_COMPLETED = "ACTIVITY_COMPLETED"
    ACTIVITY_DELETED = "ACTIVITY_DELETED"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpportunitySnapshot:
    """Attributes of an opportunity that an event stores: all that visibility and filters of a stream depend on.

    An attribute that an older event lacks takes the default given here, so a new attribute needs a default.
    """

    partner_id: UUID
    account_id: UUID
    stage: OpportunityStage
    owner_id: UUID
    updated_at: datetime


SNAPSHOT_ATTRIBUTES: Final = tuple(name for name, attribute in attributes_of(Opportunity).items() if attribute.in_snapshot)
_snapshot_values = attrgetter(*SNAPSHOT_ATTRIBUTES)
if {*SNAPSHOT_ATTRIBUTES} != {one.name for one in fields(OpportunitySnapshot)}:
    raise TypeError("The attributes of Opportunity that are declared with in_snapshot=True and those of its snapshot must be the same.")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpportunityEvent:
    """One change of one opportunity; `before` is None for the event that created it."""

    opportunity_id: UUID
    kind: OpportunityEventKind
    occurred_at: datetime
    actor_id: UUID | None
    actor_partner_id: UUID | None
    before: OpportunitySnapshot | None
    after: OpportunitySnapshot
    changed: tuple[str, ...] = ()
    """Paths in the API of the fields that changed."""


def snapshot(opportunity: Opportunity) -> OpportunitySnapshot:
    """Return the snapshot of an opportunity."""
    return OpportunitySnapshot(**dict(zip(SNAPSHOT_ATTRIBUTES, _snapshot_values(opportunity), strict=True)))


def is_visible(viewer: Viewer, shown: OpportunitySnapshot) -> bool:
    """True if the viewer sees the opportunity; `store.opportunities.seen` is the same rule in SQL."""
    return viewer.sees_everything if viewer.is_vendor else viewer.partner_id == shown.partner_id


def matches(asked: OpportunityFilter, viewer: Viewer, shown: OpportunitySnapshot) -> bool:
    """True if an opportunity with this snapshot matches; `store.opportunities.matching` is the same rule in SQL."""
    return (
        (asked.is_mine is None or (shown.owner_id == viewer.member_id) == asked.is_mine)
        and (asked.stages is None or shown.stage in asked.stages)
        and (asked.account_ids is None or shown.account_id in asked.account_ids)
        and (asked.partner_ids is None or shown.partner_id in asked.partner_ids)
        and (asked.owner_ids is None or shown.owner_id in asked.owner_ids)
        and (asked.updated_at is None or asked.updated_at.matches(shown.updated_at))
    )


def presence(asked: OpportunityFilter, viewer: Viewer, event: OpportunityEvent) -> Presence | None:
    """Return the presence of the opportunity in a filtered list after the event; None if the viewer gets no message."""
    before, after = (
        shown is not None and is_visible(viewer, shown) and matches(asked, viewer, shown) for shown in (event.before, event.after)
    )
    if not before and not after:
        return None
    return Presence.CHANGED if before and after else Presence.ENTERED if after else Presence.LEFT
