"""The history of a demo lead, computed in memory.

The steps use the transitions of `domain.leads.transitions`, as the services do, but write nothing: `fill` inserts the rows of many leads
at once. `tests/demo/test_lead_history.py` repeats histories through the services and compares the results.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from gql_leads.demo.organization import Person
from gql_leads.demo.sales import record_ids
from gql_leads.domain.activities import ActivityKind
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads import transitions
from gql_leads.domain.leads.history import FieldChange, differences
from gql_leads.domain.leads.lead import CloseReason, Lead, LeadOutcome, LeadStage
from gql_leads.domain.leads.transitions import Assignment
from gql_leads.domain.leads.versions import VersionCounter
from gql_leads.domain.rules import Rules
from gql_leads.services.campaigns import membership_text
from gql_leads.store.campaigns import Campaign


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of `timeline_entry`."""

    lead_id: UUID
    partner_id: UUID | None
    kind: TimelineKind
    occurred_at: datetime
    actor_id: UUID | None
    changes: tuple[FieldChange, ...]
    note_id: UUID | None
    activity_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class DemoNote:
    """A row of `note`, and the ids of the members it mentions."""

    id: UUID
    lead_id: UUID
    partner_id: UUID | None
    author_id: UUID
    body: str
    created_at: datetime
    mentions: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class DemoActivity:
    """A row of `activity`."""

    id: UUID
    lead_id: UUID
    partner_id: UUID | None
    kind: ActivityKind
    subject: str
    due_at: datetime | None
    completed_at: datetime | None
    owner_id: UUID
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DemoClaim:
    """A row of `claim`."""

    lead_id: UUID
    queue_id: UUID
    partner_id: UUID
    member_id: UUID
    claimed_at: datetime


@dataclass(frozen=True, slots=True)
class DemoMembership:
    """A row of `campaign_membership`."""

    lead_id: UUID
    campaign_id: UUID
    joined_at: datetime
    responded: bool


class LeadHistory:
    """A lead in its current state, and the rows that its steps so far have produced."""

    def __init__(self, lead: Lead, creator: Person | None, rules: Rules, routing: tuple[FieldChange, ...] = ()) -> None:
        self.lead = replace(lead, reached_at=lead.partner_reached_at(None, lead.created_at), queued_at=None)
        self.creator = creator
        self.entries: list[Entry] = []
        self.notes: list[DemoNote] = []
        self.activities: list[DemoActivity] = []
        self.claims: list[DemoClaim] = []
        self.memberships: list[DemoMembership] = []
        self.favorite_of: Person | None = None
        self._rules = rules
        self._record(lead, lead, TimelineKind.CREATED, lead.created_at, creator, extra=routing)

    def refer(self) -> None:
        """Record that the creator referred the lead to its partner."""
        self._record(self.lead, self.lead, TimelineKind.REFERRED, self.lead.created_at, self.creator)

    def join(self, campaign: Campaign, *, responded: bool) -> None:
        """Add the lead to a campaign at its creation."""
        at = self.lead.created_at
        self.lead = replace(self.lead, campaign_ids=(*self.lead.campaign_ids, campaign.id))
        self.memberships.append(DemoMembership(self.lead.id, campaign.id, at, responded))
        change = FieldChange("campaigns", None, membership_text(campaign, responded))
        self._record(self.lead, self.lead, TimelineKind.CAMPAIGN_JOINED, at, self.creator, extra=(change,))

    def assign(self, at: datetime, by: Person, to: Assignment) -> None:
        """Assign the lead to a partner, a member or a queue."""
        self._save(transitions.assigned(self._at(at), to, at, self._rules), at, TimelineKind.ASSIGNED, by)

    def claim(self, at: datetime, by: Person) -> None:
        """Claim the lead from its queue."""
        queue_id, partner_id = self.lead.queue_id, by.partner_id
        assert queue_id is not None, "only queued leads are claimed"
        assert partner_id is not None, "only members of partners claim"
        self._save(transitions.claimed(self._at(at), partner_id, by.id, at), at, TimelineKind.CLAIMED, by)
        self.claims.append(DemoClaim(self.lead.id, queue_id, partner_id, by.id, at))

    def release(self, at: datetime, by: Person) -> None:
        """Return the lead to the queue it was claimed from."""
        self._save(transitions.released(self._at(at), at, self._rules), at, TimelineKind.RELEASED, by)

    def accept(self, at: datetime, by: Person, deal: Mapping[str, Any]) -> None:
        """Accept the lead with the attributes of its deal."""
        self._save(transitions.accepted(self._at(at), by.id, deal, at), at, TimelineKind.ACCEPTED, by)

    def change(self, at: datetime, kind: TimelineKind, by: Person, **attributes: Any) -> None:
        """Change attributes that no transition depends on, such as the status or the deal."""
        self._save(replace(self._at(at), **attributes), at, kind, by)

    def qualify(self, at: datetime, by: Person, **steps: bool) -> None:
        """Set qualification steps."""
        self._save(transitions.qualified(self._at(at), steps, at), at, TimelineKind.QUALIFIED, by)

    def close(
        self, at: datetime, outcome: LeadOutcome, by: Person | None, reason: CloseReason | None = None, comment: str | None = None
    ) -> None:
        """Archive the lead with an outcome; `by` is None for a lead that expired."""
        closed_by_id = by.id if by else None
        lead = transitions.archived(self._at(at), outcome, at, closed_by_id=closed_by_id, reason=reason, comment=comment)
        converted: dict[str, Any] = dict(record_ids(lead)) if outcome is LeadOutcome.CONVERTED else {}
        self._save(replace(lead, **converted), at, TimelineKind[outcome.name], by)

    def note(self, at: datetime, by: Person, body: str, mentions: tuple[UUID, ...] = ()) -> None:
        """Add a note."""
        lead = self._at(at)
        note_id = uuid5(lead.id, f"note {len(self.notes)}")
        self.notes.append(DemoNote(note_id, lead.id, lead.partner_id, by.id, body, at, mentions))
        self._record(lead, lead, TimelineKind.NOTE_ADDED, at, by, note_id=note_id)

    def activity(self, at: datetime, by: Person, kind: ActivityKind, subject: str, due_at: datetime | None = None) -> None:
        """Log an activity: a planned one if it has a due time, else a completed one."""
        lead, completed_at = self._at(at), at if due_at is None else None
        activity_id = uuid5(lead.id, f"activity {len(self.activities)}")
        self.activities.append(DemoActivity(activity_id, lead.id, lead.partner_id, kind, subject, due_at, completed_at, by.id, at))
        self._record(lead, lead, TimelineKind.ACTIVITY_LOGGED, at, by, activity_id=activity_id)

    def delete(self, at: datetime, by: Person) -> None:
        """Delete the lead."""
        self._save(transitions.deleted(self._at(at), at), at, TimelineKind.DELETED, by)

    def pass_until(self, at: datetime) -> None:
        """Record that a hot lead without a response became overdue before the given time."""
        lead, due = self.lead, self.lead.overdue_at
        if due is not None and due <= at and lead.stage is LeadStage.RECEIVED and lead.deleted_at is None:
            self.lead = replace(lead, overdue_at=None)
            self._record(lead, self.lead, TimelineKind.CONTACT_OVERDUE, due, None)

    def _at(self, at: datetime) -> Lead:
        self.pass_until(at)
        return self.lead

    def _save(self, after: Lead, at: datetime, kind: TimelineKind, by: Person | None) -> None:
        """Make `after` the lead's state, as a new version; do nothing if nothing changed."""
        before = self.lead
        if after != before:
            changed = [field.name for field in fields(Lead) if getattr(before, field.name) != getattr(after, field.name)]
            versions = VersionCounter().count(before, changed, at)
            self.lead = replace(
                after, reached_at=after.partner_reached_at(before, at), queued_at=after.came_back_at(before, at), **versions
            )
            self._record(before, self.lead, kind, at, by)

    def _record(
        self,
        before: Lead,
        after: Lead,
        kind: TimelineKind,
        at: datetime,
        by: Person | None,
        *,
        note_id: UUID | None = None,
        activity_id: UUID | None = None,
        extra: tuple[FieldChange, ...] = (),
    ) -> None:
        partner_id = after.partner_id or before.partner_id
        changes = (*differences(before, after), *extra)
        self.entries.append(Entry(after.id, partner_id, kind, at, by.id if by else None, changes, note_id, activity_id))
