"""Claims of queued leads: open claims, and the limits of a partner."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from gql_leads.domain.errors import ClaimLimitReached
from gql_leads.domain.leads.lead import Lead


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one partner in one queue; None means no limit."""

    open_claims: int | None = None
    claims_per_day: int | None = None


@dataclass(frozen=True, slots=True)
class QueuePolicy:
    """Claim limits of a queue, and the partners that may claim from it (None: every active partner)."""

    limits: Limits
    open_to: tuple[UUID, ...] | None

    def admit(self, partner_id: UUID | None) -> bool:
        """True if the partner may claim from the queue."""
        return self.open_to is None or partner_id in self.open_to


@dataclass(frozen=True, slots=True)
class ClaimUsage:
    """Number of claims of one partner in one queue."""

    open_claims: int
    claims_today: int


def open_claim(lead: Lead) -> tuple[UUID, UUID] | None:
    """Return the queue and partner for which the lead is an open claim.

    Return None for archived, deleted and waiting leads, and for leads that came from no queue.
    """
    if lead.origin_queue_id is None or lead.partner_id is None or lead.is_archived or lead.deleted_at is not None:
        return None
    return lead.origin_queue_id, lead.partner_id


def day_of(now: datetime) -> datetime:
    """Return the midnight in UTC at which the daily count began."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def resets_at(now: datetime) -> datetime:
    """Return the midnight in UTC at which the daily count restarts."""
    return day_of(now) + timedelta(days=1)


def can_claim(limits: Limits, use: ClaimUsage) -> bool:
    """True if one more claim stays within the limits."""
    return (limits.open_claims is None or use.open_claims < limits.open_claims) and (
        limits.claims_per_day is None or use.claims_today < limits.claims_per_day
    )


def check_limit(limits: Limits, use: ClaimUsage, now: datetime) -> None:
    """Raise ClaimLimitReached if the usage, which includes the new claim, exceeds a limit."""
    if limits.open_claims is not None and use.open_claims > limits.open_claims:
        raise ClaimLimitReached(
            f"Your partner already has {limits.open_claims} open claims from this queue, which is its limit. "
            "Decline, release or finish some of them first: `leads` lists them with the filter `isOpenClaim: true`.",
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
