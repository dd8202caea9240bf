"""First come, first served: what counts as an open claim, and when a partner has had enough."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from gql_leads.domain.errors import ClaimLimitReached
from gql_leads.domain.leads.lead import Lead


@dataclass(frozen=True, slots=True)
class Limits:
    """What one partner may take from one queue; None is no limit."""

    open_claims: int | None = None
    claims_per_day: int | None = None


@dataclass(frozen=True, slots=True)
class QueuePolicy:
    """On which terms a queue gives its leads: how many, and to which partners (None: to every active one)."""

    limits: Limits
    open_to: tuple[UUID, ...] | None

    def admit(self, partner_id: UUID | None) -> bool:
        """Whether the partner may claim from it."""
        return self.open_to is None or partner_id in self.open_to


@dataclass(frozen=True, slots=True)
class ClaimUsage:
    """What one partner has taken from one queue."""

    open_claims: int
    claims_today: int


def open_claim(lead: Lead) -> tuple[UUID, UUID] | None:
    """The (queue, partner) whose open claims this lead counts among, or None: archived, deleted and waiting leads count nowhere."""
    if lead.origin_queue_id is None or lead.partner_id is None or lead.is_archived or lead.deleted_at is not None:
        return None
    return lead.origin_queue_id, lead.partner_id


def day_of(now: datetime) -> datetime:
    """The midnight, in UTC, at which the day's claims began to count."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def resets_at(now: datetime) -> datetime:
    """The midnight, in UTC, at which the day's claims are forgotten."""
    return day_of(now) + timedelta(days=1)


def can_claim(limits: Limits, use: ClaimUsage) -> bool:
    """Whether one more claim stays within the limits."""
    return (limits.open_claims is None or use.open_claims < limits.open_claims) and (
        limits.claims_per_day is None or use.claims_today < limits.claims_per_day
    )


def check_limit(limits: Limits, use: ClaimUsage, now: datetime) -> None:
    """Raise ClaimLimitReached unless the use, this claim included, stays within the limits."""
    if limits.open_claims is not None and use.open_claims > limits.open_claims:
        raise ClaimLimitReached(
            f"Your partner already has {limits.open_claims} open claims from this queue, which is its limit. "
            "Accept and finish, decline or release some of them first.",
            limits.open_claims,
            None,
        )
    if limits.claims_per_day is not None and use.claims_today > limits.claims_per_day:
        raise ClaimLimitReached(
            f"Your partner has claimed {limits.claims_per_day} leads from this queue today, which is its limit. "
            "It is counted anew from midnight UTC.",
            limits.claims_per_day,
            resets_at(now),
        )
