"""How the leads of the demo fare: which life each leads, and when what happens in it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from random import Random
from typing import Any, Final

from gql_leads.demo.lead_history import Life
from gql_leads.demo.organization import DemoPartner, Organisation, Person
from gql_leads.demo.wording import ACTIVITIES, CAMPAIGNS, COMMENTS, NOTES, SPECIALISTS
from gql_leads.domain.activities import ActivityKind
from gql_leads.domain.codes import CURRENCIES
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.lead import CloseReason, LeadOutcome, LeadStatus, PurchaseTimeframe, TeamMember
from gql_leads.domain.rules import Rules


class Fate(Enum):
    """What becomes of a lead."""

    WAITING = auto()
    RECEIVED = auto()
    ACCEPTED = auto()
    WON = auto()
    LOST = auto()
    DECLINED = auto()
    EXPIRED = auto()
    CONVERTED = auto()


FATES: Final = tuple(
    fate
    for fate, share in {
        Fate.WAITING: 2, Fate.RECEIVED: 7, Fate.ACCEPTED: 6, Fate.WON: 3, Fate.LOST: 2,
        Fate.DECLINED: 2, Fate.EXPIRED: 2, Fate.CONVERTED: 1,
    }.items()
    for _ in range(share)
)  # fmt: skip
"""The lead's number counts through these, so that even a few leads have every fate."""
OUTCOMES: Final = {Fate.WON: LeadOutcome.WON, Fate.LOST: LeadOutcome.LOST, Fate.CONVERTED: LeadOutcome.CONVERTED}
MONIES: Final = ("EUR", "USD", "GBP", "JPY", "INR", "SEK", "KWD", "BRL")
ESTABLISHED: Final = {"customer_responded": True, "budget": True, "authority": True, "need": True, "timeline": True}
DELETED: Final = 0.03


@dataclass(frozen=True, slots=True)
class Telling:
    """A life that is being told, until now."""

    rng: Random
    life: Life
    organisation: Organisation
    now: datetime
    rules: Rules

    def tell(self, fate: Fate, partner: DemoPartner) -> None:
        """Tell everything that happened after the lead came in."""
        worker = self.rng.choice((partner.rep, partner.rep, partner.referrals))
        at = self._reach(fate, worker)
        if fate is Fate.RECEIVED:
            self._remark(worker, at)
        elif fate is Fate.EXPIRED:
            assert self.life.lead.expires_at is not None, "who entered it for themselves is not kept waiting"
            self.life.archive(self.life.lead.expires_at, LeadOutcome.EXPIRED, None)
        elif fate is Fate.DECLINED:
            reason, comment = self.rng.choice(list(CloseReason)), self.rng.choice(COMMENTS)
            self.life.archive(self._in_time(at), LeadOutcome.DECLINED, worker, reason, comment)
        elif fate is not Fate.WAITING:
            at = self._work(fate, worker, self._in_time(at))
            if fate is not Fate.ACCEPTED:
                self._close(OUTCOMES[fate], worker, at)
        self.life.pass_until(self.now)
        self._afterwards()

    def _afterwards(self) -> None:
        """Some are deleted, of late; some are somebody's favorites."""
        if self.rng.random() < DELETED:
            last = max(self.life.entries[-1].occurred_at, self.now - self.rules.restore_within * 0.8)
            partner_id = self.life.lead.partner_id
            holder = next((one for one in self.organisation.partners if one.id == partner_id), None)
            self.life.delete(self._between(last, self.now), holder.referrals if holder else self.organisation.admin)
        elif self.life.lead.partner_id is not None and self.rng.random() < 0.04:
            self.life.favorite_of = self._rep()

    def _reach(self, fate: Fate, worker: Person) -> datetime:
        """Into the queue, or out of it, as its fate wants; when that was."""
        life, at = self.life, self.life.lead.created_at
        if fate is Fate.WAITING:
            return self._wait(worker, at)
        if life.lead.queue_id is None or fate is Fate.EXPIRED:
            return at
        at = self._soon(at)
        if self.rng.random() < 0.75:
            life.claim(at, worker)
        else:
            owner = worker if self.rng.random() < 0.5 else None
            life.assign(at, self.organisation.channel, partner_id=worker.partner_id, owner=owner)
        return at

    def _wait(self, worker: Person, at: datetime) -> datetime:
        if self.life.lead.queue_id is None:
            at = self._soon(at)
            self.life.assign(at, self.organisation.channel, queue_id=self.organisation.queue_id)
        if self.rng.random() < 0.1:
            at = self._soon(at)
            self.life.claim(at, worker)
            at = self._soon(at)
            self.life.release(at, worker)
        return at

    def _remark(self, worker: Person, at: datetime) -> datetime:
        """What is done with a lead before it is answered."""
        if self.rng.random() < 0.25:
            at = self._soon(at)
            self.life.note(at, worker, self.rng.choice(NOTES))
        if self.rng.random() < 0.2:
            at = self._soon(at)
            self.life.change(at, TimelineKind.STATUS_CHANGED, worker, status=LeadStatus.CONTACTED)
        return at

    def _work(self, fate: Fate, worker: Person, at: datetime) -> datetime:
        """Accept it, and get on with the deal and the qualification."""
        self.life.accept(at, worker, **self._deal(worker, at))
        at = self._remark(worker, at)
        if self.rng.random() < 0.4:
            at = self._soon(at)
            self.life.change(at, TimelineKind.DEAL_CHANGED, worker, **self._value(), crm_id=f"CRM-{self.rng.randrange(10_000, 99_999)}")
        if fate in {Fate.WON, Fate.CONVERTED} or self.rng.random() < 0.25:
            at = self._soon(at)
            self.life.change(at, TimelineKind.QUALIFIED, worker, **ESTABLISHED, qualified_at=at)
        elif self.rng.random() < 0.5:
            at = self._soon(at)
            self.life.change(at, TimelineKind.QUALIFIED, worker, customer_responded=True, need=self.rng.random() < 0.7)
        if self.rng.random() < 0.1:
            at = self._soon(at)
            self.life.note(at, self.organisation.channel, self.rng.choice(NOTES), mentions=(worker.id,))
        self._follow_up(worker, at)
        return at

    def _follow_up(self, worker: Person, at: datetime) -> None:
        """What was done about some of them by now, and is still to be done."""
        number = self.life.lead.id.int
        if number % 3 == 0:
            self.life.activity(at, worker, *ACTIVITIES[number // 3 % len(ACTIVITIES)])
        if number % 5 == 0:
            self.life.activity(at, worker, ActivityKind.TASK, "Send the offer", at + timedelta(days=7))

    def _close(self, outcome: LeadOutcome, worker: Person, at: datetime) -> None:
        at = self._soon(at)
        if outcome is LeadOutcome.LOST:
            self.life.archive(at, outcome, worker, self.rng.choice(list(CloseReason)), self.rng.choice(COMMENTS))
            return
        status = self.rng.choice((LeadStatus.PURCHASED, LeadStatus.DELIVERED, LeadStatus.CONTACTED))
        self.life.change(at, TimelineKind.STATUS_CHANGED, worker, status=status)
        self.life.archive(self._soon(at), outcome, worker)

    def _deal(self, worker: Person, at: datetime) -> dict[str, Any]:
        rng = self.rng
        team = [TeamMember(name, f"{number}@specialists.example") for number, name in enumerate(SPECIALISTS)]
        colleague = TeamMember(worker.email.partition("@")[0].title(), worker.email, None, worker.id)
        return {
            **(self._value() if rng.random() < 0.85 else {}),
            "purchase_timeframe": rng.choice([*PurchaseTimeframe, None]),
            "expected_close_date": (at + timedelta(days=rng.randrange(20, 300))).date() if rng.random() < 0.6 else None,
            "campaign_code": rng.choice(CAMPAIGNS),
            "crm_id": f"CRM-{rng.randrange(1000, 9999)}" if rng.random() < 0.3 else None,
            "team": (colleague, *rng.sample(team, rng.randrange(3))) if rng.random() < 0.4 else (),
        }

    def _value(self) -> dict[str, Any]:
        currency = self.rng.choice(MONIES)
        return {"deal_minor": self.rng.randrange(1, 2_000) * 50 * 10 ** CURRENCIES[currency], "deal_currency": currency}

    def _rep(self) -> Person:
        return next(one.rep for one in self.organisation.partners if one.id == self.life.lead.partner_id)

    def _in_time(self, at: datetime) -> datetime:
        """When somebody answers: before it is too late."""
        return self._between(at, min(at + self.rules.respond_within * 0.8, at + (self.now - at) * 0.5))

    def _soon(self, at: datetime) -> datetime:
        """A little later, with time left for what follows."""
        return self._between(at, min(at + self.rules.respond_within * 0.15, at + (self.now - at) * 0.3))

    def _between(self, start: datetime, end: datetime) -> datetime:
        """An instant in between, in whole milliseconds."""
        return start + timedelta(milliseconds=int((end - start) / timedelta(milliseconds=1) * self.rng.random()))
