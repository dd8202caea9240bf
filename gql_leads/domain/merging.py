"""Merging of duplicates: what the primary takes from them, and what it gives back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from gql_leads.domain.attributes import defaults_of
from gql_leads.domain.leads import expiry
from gql_leads.domain.leads.lead import Lead, LeadOutcome, LeadStage
from gql_leads.domain.leads.transitions import archived
from gql_leads.domain.rules import Rules

UNMERGE_WITHIN: Final = timedelta(days=30)
FILLED: Final[Mapping[str, tuple[str, ...]]] = {
    "first_name": (),
    "title": (),
    "email": ("email_validity",),
    "phone": ("phone_given", "phone_validity"),
    "company": (),
    "company_size": (),
    "industry": (),
    "city": (),
    "region": (),
    "country": (),
    "message": (),
    "contact_requested_at": ("overdue_at",),
}
"""Attributes of the customer that an empty primary takes from a duplicate, each with the attributes that go with it.

Consent, deal and qualification are not taken: the customer agreed, and the partner worked, on one of the leads only.
"""
_DEFAULTS: Final = defaults_of(Lead)


@dataclass(frozen=True, slots=True)
class MergedState:
    """What a lead was before it was merged, besides the attributes that it keeps."""

    stage: LeadStage
    queue_id: UUID | None
    expires_at: datetime | None
    overdue_at: datetime | None


def state_of(lead: Lead) -> MergedState:
    """Return what merging the lead changes."""
    return MergedState(lead.stage, lead.queue_id, lead.expires_at, lead.overdue_at)


def filled(primary: Lead, duplicate: Lead) -> tuple[Lead, tuple[str, ...]]:
    """Return the primary with the duplicate's values where it has none, and the names of the attributes filled."""
    names = tuple(
        name
        for name in FILLED
        if getattr(primary, name) is None
        and getattr(duplicate, name) is not None
        and (name != "contact_requested_at" or primary.stage is LeadStage.RECEIVED)
    )
    return replace(primary, **{one: getattr(duplicate, one) for name in names for one in (name, *FILLED[name])}), names


def emptied(primary: Lead, duplicate: Lead, names: Sequence[str]) -> Lead:
    """Return the primary without the values that were filled from the duplicate and that nobody changed since."""
    kept = [name for name in names if getattr(primary, name) == getattr(duplicate, name)]
    nothing: dict[str, Any] = {one: _DEFAULTS[one] for name in kept for one in (name, *FILLED[name])}
    return replace(primary, **nothing)


def merged(lead: Lead, primary: Lead, member_id: UUID, now: datetime) -> Lead:
    """Archive the lead as a duplicate of the primary; a waiting one leaves its queue."""
    done = archived(lead, LeadOutcome.DUPLICATE, now, closed_by_id=member_id)
    return replace(done, duplicate_of_id=primary.id, queue_id=None)


def unmerged(lead: Lead, before: MergedState, now: datetime, rules: Rules) -> Lead:
    """Return the duplicate as it was; a time to answer that ended meanwhile starts anew."""
    is_overdue = before.overdue_at is not None and before.overdue_at <= now
    back = replace(
        lead,
        stage=before.stage,
        outcome=None,
        archived_at=None,
        closed_by_id=None,
        duplicate_of_id=None,
        queue_id=before.queue_id,
        expires_at=before.expires_at,
        overdue_at=None if is_overdue else before.overdue_at,
    )
    if expiry.is_due(back, now):
        back = replace(back, expires_at=expiry.first_expiry(lead.requires_response, False, now, rules))
    return back
