"""One lead's life as it is told: every step changes the facts and leaves its entry on the timeline, as `store.unit_of_work`
does for people."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from gql_leads.demo.organization import Person
from gql_leads.demo.sales import sold
from gql_leads.domain.activities import ActivityKind
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.expiry import restarted
from gql_leads.domain.leads.history import FieldChange, differences
from gql_leads.domain.leads.lead import CloseReason, Lead, LeadOutcome, LeadStage
from gql_leads.domain.rules import Rules
from gql_leads.services.campaigns import membership_text
from gql_leads.services.leads.responses import suggested_name
from gql_leads.store.campaigns import Campaign


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the timeline."""

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
    """What somebody wrote on the lead."""

    id: UUID
    lead_id: UUID
    partner_id: UUID | None
    author_id: UUID
    body: str
    created_at: datetime
    mentions: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class DemoActivity:
    """What somebody did about the lead, or is to do."""

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
    """A claim that won."""

    lead_id: UUID
    queue_id: UUID
    partner_id: UUID
    member_id: UUID
    claimed_at: datetime


@dataclass(frozen=True, slots=True)
class DemoMembership:
    """What the lead is counted for."""

    lead_id: UUID
    campaign_id: UUID
    joined_at: datetime
    responded: bool


class Life:
    """A lead, and everything that happened to it so far."""

    def __init__(self, lead: Lead, creator: Person | None, rules: Rules) -> None:
        self.lead = replace(lead, reached_at=lead.reached(None, lead.created_at))
        self.creator = creator
        self.entries: list[Entry] = []
        self.notes: list[DemoNote] = []
        self.activities: list[DemoActivity] = []
        self.claims: list[DemoClaim] = []
        self.memberships: list[DemoMembership] = []
        self.favorite_of: Person | None = None
        self._rules = rules
        self._tell(lead, lead, TimelineKind.CREATED, lead.created_at, creator)

    def refer(self) -> None:
        """Whoever entered it sent it to its partner."""
        self._tell(self.lead, self.lead, TimelineKind.REFERRED, self.lead.created_at, self.creator)

    def join(self, campaign: Campaign, *, responded: bool) -> None:
        """It came from this campaign."""
        at = self.lead.created_at
        self.lead = replace(self.lead, campaign_ids=(*self.lead.campaign_ids, campaign.id))
        self.memberships.append(DemoMembership(self.lead.id, campaign.id, at, responded))
        change = FieldChange("campaigns", None, membership_text(campaign, responded))
        self._tell(self.lead, self.lead, TimelineKind.CAMPAIGN_JOINED, at, self.creator, told=(change,))

    def assign(
        self, at: datetime, by: Person, *, partner_id: UUID | None = None, owner: Person | None = None, queue_id: UUID | None = None
    ) -> None:
        """Give it to a partner, perhaps to one of its members, or to a queue."""
        origin = None if queue_id else self.lead.queue_id or self.lead.origin_queue_id
        self._step(
            at, TimelineKind.ASSIGNED, by, partner_id=partner_id, owner_id=owner.id if owner else None, queue_id=queue_id,
            origin_queue_id=origin, claimed_at=None, expires_at=restarted(self.lead, at, self._rules),
        )  # fmt: skip

    def claim(self, at: datetime, by: Person) -> None:
        """Somebody was first."""
        queue_id, partner_id = self.lead.queue_id, by.partner_id
        assert queue_id is not None, "only what waits is claimed"
        assert partner_id is not None, "only partners claim"
        self._step(
            at, TimelineKind.CLAIMED, by,
            partner_id=partner_id, owner_id=by.id, claimed_at=at, queue_id=None, origin_queue_id=queue_id,
        )  # fmt: skip
        self.claims.append(DemoClaim(self.lead.id, queue_id, partner_id, by.id, at))

    def release(self, at: datetime, by: Person) -> None:
        """Back to the queue it was claimed from."""
        self._step(
            at, TimelineKind.RELEASED, by, partner_id=None, owner_id=None, claimed_at=None,
            queue_id=self.lead.origin_queue_id, origin_queue_id=None, expires_at=restarted(self.lead, at, self._rules),
        )  # fmt: skip

    def accept(self, at: datetime, by: Person, **deal: Any) -> None:
        """The partner takes it on."""
        name = deal.pop("deal_name", None) or suggested_name(self.lead)
        self._step(
            at, TimelineKind.ACCEPTED, by, stage=LeadStage.ACCEPTED, accepted_at=at, expires_at=None, overdue_at=None,
            owner_id=self.lead.owner_id or by.id, deal_name=name, **deal,
        )  # fmt: skip

    def change(self, at: datetime, kind: TimelineKind, by: Person, **facts: Any) -> None:
        """A change of plain facts: the status, the deal, what was qualified."""
        self._step(at, kind, by, **facts)

    def archive(
        self, at: datetime, outcome: LeadOutcome, by: Person | None, reason: CloseReason | None = None, comment: str | None = None
    ) -> None:
        """Its end, by somebody or, unanswered, by itself."""
        self._step(
            at, TimelineKind[outcome.name], by, stage=LeadStage.ARCHIVED, outcome=outcome, archived_at=at, expires_at=None,
            overdue_at=None, close_reason=reason, close_comment=comment, closed_by_id=by.id if by else None,
            queue_id=None if outcome is LeadOutcome.EXPIRED else self.lead.queue_id,
            **(sold(self.lead) if outcome is LeadOutcome.CONVERTED else {}),
        )  # fmt: skip

    def note(self, at: datetime, by: Person, body: str, mentions: tuple[UUID, ...] = ()) -> None:
        """Somebody writes something down."""
        self.pass_until(at)
        note_id = uuid5(self.lead.id, f"note {len(self.notes)}")
        self.notes.append(DemoNote(note_id, self.lead.id, self.lead.partner_id, by.id, body, at, mentions))
        self._tell(self.lead, self.lead, TimelineKind.NOTE_ADDED, at, by, note_id)

    def activity(self, at: datetime, by: Person, kind: ActivityKind, subject: str, due_at: datetime | None = None) -> None:
        """Somebody logs what they have done, or what is due."""
        lead, done_at = self.lead, at if due_at is None else None
        activity_id = uuid5(lead.id, f"activity {len(self.activities)}")
        self.activities.append(DemoActivity(activity_id, lead.id, lead.partner_id, kind, subject, due_at, done_at, by.id, at))
        self.entries.append(Entry(lead.id, lead.partner_id, TimelineKind.ACTIVITY_LOGGED, at, by.id, (), None, activity_id))

    def delete(self, at: datetime, by: Person) -> None:
        """It goes out of sight."""
        self._step(at, TimelineKind.DELETED, by, deleted_at=at)

    def pass_until(self, at: datetime) -> None:
        """Time passes: a hot lead that nobody answered becomes overdue."""
        lead, due = self.lead, self.lead.overdue_at
        if due is not None and due <= at and lead.stage is LeadStage.RECEIVED and lead.deleted_at is None:
            self.lead = replace(lead, overdue_at=None)
            self._tell(lead, self.lead, TimelineKind.CONTACT_OVERDUE, due, None)

    def _step(self, at: datetime, kind: TimelineKind, by: Person | None, **facts: Any) -> None:
        self.pass_until(at)
        before = self.lead
        after = replace(before, **facts)
        if after != before:
            self.lead = replace(after, reached_at=after.reached(before, at), version=before.version + 1, updated_at=at)
            self._tell(before, self.lead, kind, at, by)

    def _tell(
        self,
        before: Lead,
        after: Lead,
        kind: TimelineKind,
        at: datetime,
        by: Person | None,
        note_id: UUID | None = None,
        told: tuple[FieldChange, ...] = (),
    ) -> None:
        holder = after.partner_id or before.partner_id
        changes = differences(before, after) if before is not after else told
        self.entries.append(Entry(after.id, holder, kind, at, by.id if by else None, changes, note_id))
