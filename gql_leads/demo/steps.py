"""The steps of a demo lead after its creation: which ones, by whom and when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from random import Random
from typing import Any, Final

from gql_leads.demo.customers import deal_value
from gql_leads.demo.lead_history import LeadHistory
from gql_leads.demo.organization import DemoPartner, Organization, Person
from gql_leads.demo.texts import ACTIVITIES, COMMENTS, NOTES, SPECIALISTS
from gql_leads.domain.activities import ActivityKind
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.lead import CloseReason, LeadOutcome, LeadStatus, PurchaseTimeframe, TeamMember
from gql_leads.domain.leads.transitions import Assignment
from gql_leads.domain.rules import Rules


class FinalState(Enum):
    """The state that a demo lead ends up in."""

    WAITING = auto()
    RECEIVED = auto()
    ACCEPTED = auto()
    WON = auto()
    LOST = auto()
    DECLINED = auto()
    EXPIRED = auto()
    CONVERTED = auto()


FINAL_STATES: Final = tuple(
    state
    for state, share in {
        FinalState.WAITING: 2, FinalState.RECEIVED: 7, FinalState.ACCEPTED: 6, FinalState.WON: 3, FinalState.LOST: 2,
        FinalState.DECLINED: 2, FinalState.EXPIRED: 2, FinalState.CONVERTED: 1,
    }.items()
    for _ in range(share)
)  # fmt: skip
"""The lead's number cycles through these, so that even a few leads cover every state."""
OUTCOMES: Final = {FinalState.WON: LeadOutcome.WON, FinalState.LOST: LeadOutcome.LOST, FinalState.CONVERTED: LeadOutcome.CONVERTED}
ESTABLISHED: Final = {"customer_responded": True, "budget": True, "authority": True, "need": True, "timeline": True}
DELETED: Final = 0.03


@dataclass(frozen=True, slots=True)
class StepGenerator:
    """Adds random steps to a lead's history, up to now."""

    rng: Random
    history: LeadHistory
    organization: Organization
    now: datetime
    rules: Rules

    def add_steps(self, state: FinalState, partner: DemoPartner) -> None:
        """Add everything that happened after the lead was created."""
        worker = self.rng.choice((partner.rep, partner.rep, partner.referrals))
        at = self._reach(state, worker)
        if state is FinalState.RECEIVED:
            self._remark(worker, at)
        elif state is FinalState.EXPIRED:
            assert self.history.lead.expires_at is not None, "leads that a partner entered do not expire"
            self.history.close(self.history.lead.expires_at, LeadOutcome.EXPIRED, None)
        elif state is FinalState.DECLINED:
            self.history.close(self._in_time(at), LeadOutcome.DECLINED, worker, *self._reason())
        elif state is not FinalState.WAITING:
            at = self._work(state, worker, self._in_time(at))
            if state is not FinalState.ACCEPTED:
                self._close(OUTCOMES[state], worker, at)
        self.history.pass_until(self.now)
        self._afterwards()

    def _afterwards(self) -> None:
        """Delete a few leads recently, and make some a favorite."""
        if self.rng.random() < DELETED:
            last = max(self.history.entries[-1].occurred_at, self.now - self.rules.restore_within * 0.8)
            partner_id = self.history.lead.partner_id
            holder = next((one for one in self.organization.partners if one.id == partner_id), None)
            self.history.delete(self._between(last, self.now), holder.referrals if holder else self.organization.admin)
        elif self.history.lead.partner_id is not None and self.rng.random() < 0.04:
            self.history.favorite_of = self._rep()

    def _reach(self, state: FinalState, worker: Person) -> datetime:
        """Move the lead into the queue or out of it, as its final state needs, and return the time."""
        history, at = self.history, self.history.lead.created_at
        if state is FinalState.WAITING:
            return self._wait(worker, at)
        if history.lead.queue_id is None or state is FinalState.EXPIRED:
            return at
        at = self._soon(at)
        if self.rng.random() < 0.75:
            history.claim(at, worker)
        else:
            owner = worker if self.rng.random() < 0.5 else None
            history.assign(at, self.organization.channel, Assignment(worker.partner_id, owner.id if owner else None))
        return at

    def _wait(self, worker: Person, at: datetime) -> datetime:
        if self.history.lead.queue_id is None:
            at = self._soon(at)
            self.history.assign(at, self.organization.channel, Assignment(queue_id=self.organization.queue_id))
        if self.rng.random() < 0.1:
            at = self._soon(at)
            self.history.claim(at, worker)
            at = self._soon(at)
            self.history.release(at, worker)
        return at

    def _remark(self, worker: Person, at: datetime) -> datetime:
        """Add a note or a status to some leads."""
        if self.rng.random() < 0.25:
            at = self._soon(at)
            self.history.note(at, worker, self.rng.choice(NOTES))
        if self.rng.random() < 0.2:
            at = self._soon(at)
            self.history.change(at, TimelineKind.STATUS_CHANGED, worker, status=LeadStatus.CONTACTED)
        return at

    def _work(self, state: FinalState, worker: Person, at: datetime) -> datetime:
        """Accept the lead, and change its deal and qualification."""
        self.history.accept(at, worker, self._deal(worker, at))
        at = self._remark(worker, at)
        if self.rng.random() < 0.4:
            at = self._soon(at)
            self.history.change(
                at,
                TimelineKind.DEAL_CHANGED,
                worker,
                **deal_value(self.rng, self.history.lead),
                crm_id=f"CRM-{self.rng.randrange(10_000, 99_999)}",
            )
        if state in {FinalState.WON, FinalState.CONVERTED} or self.rng.random() < 0.25:
            at = self._soon(at)
            self.history.qualify(at, worker, **ESTABLISHED)
        elif self.rng.random() < 0.5:
            at = self._soon(at)
            self.history.qualify(at, worker, customer_responded=True, need=self.rng.random() < 0.7)
        if self.rng.random() < 0.1:
            at = self._soon(at)
            self.history.note(at, self.organization.channel, self.rng.choice(NOTES), mentions=(worker.id,))
        self._follow_up(worker, at)
        return at

    def _follow_up(self, worker: Person, at: datetime) -> None:
        """Log a completed or a planned activity on some leads."""
        number = self.history.lead.id.int
        if number % 3 == 0:
            self.history.activity(at, worker, *ACTIVITIES[number // 3 % len(ACTIVITIES)])
        if number % 5 == 0:
            self.history.activity(at, worker, ActivityKind.TASK, "Send the offer", at + timedelta(days=7))

    def _close(self, outcome: LeadOutcome, worker: Person, at: datetime) -> None:
        at = self._soon(at)
        if outcome is LeadOutcome.LOST:
            self.history.close(at, outcome, worker, *self._reason())
            return
        status = self.rng.choice((LeadStatus.PURCHASED, LeadStatus.DELIVERED, LeadStatus.CONTACTED))
        self.history.change(at, TimelineKind.STATUS_CHANGED, worker, status=status)
        self.history.close(self._soon(at), outcome, worker)

    def _deal(self, worker: Person, at: datetime) -> dict[str, Any]:
        rng = self.rng
        team = [TeamMember(name, f"specialist{number}@specialists.example") for number, name in enumerate(SPECIALISTS, 1)]
        colleague = TeamMember(worker.name, worker.email, None, worker.id)
        campaign_id = next(iter(self.history.lead.campaign_ids), None)
        return {
            **(deal_value(rng, self.history.lead) if rng.random() < 0.85 else {}),
            "purchase_timeframe": rng.choice([*PurchaseTimeframe, None]),
            "expected_close_date": (at + timedelta(days=rng.randrange(20, 300))).date() if rng.random() < 0.6 else None,
            "campaign_code": next((one.code for one in self.organization.campaigns if one.id == campaign_id), None),
            "crm_id": f"CRM-{rng.randrange(1000, 9999)}" if rng.random() < 0.3 else None,
            "team": (colleague, *rng.sample(team, rng.randrange(3))) if rng.random() < 0.4 else (),
        }

    def _reason(self) -> tuple[CloseReason, str | None]:
        """Return a reason and a comment that fits it."""
        reason = self.rng.choice(tuple(CloseReason))
        return reason, self.rng.choice(COMMENTS[reason])

    def _rep(self) -> Person:
        return next(one.rep for one in self.organization.partners if one.id == self.history.lead.partner_id)

    def _in_time(self, at: datetime) -> datetime:
        """Return a time of the response, before the lead expires."""
        return self._between(at, min(at + self.rules.respond_within * 0.8, at + (self.now - at) * 0.5))

    def _soon(self, at: datetime) -> datetime:
        """Return a time soon after, with time left for later steps."""
        return self._between(at, min(at + self.rules.respond_within * 0.15, at + (self.now - at) * 0.3))

    def _between(self, start: datetime, end: datetime) -> datetime:
        """Return a random time in between, in whole milliseconds."""
        return start + timedelta(milliseconds=int((end - start) / timedelta(milliseconds=1) * self.rng.random()))
