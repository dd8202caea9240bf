"""The values a lead takes at each step of its lifecycle, as functions from the lead before to the lead after.

They decide nothing: `lifecycle` has checked that the action is allowed. Services and the demo derive their changes from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from gql_leads.domain.attributes import defaults_of
from gql_leads.domain.leads import expiry, qualification
from gql_leads.domain.leads.lead import ATTRIBUTES, CloseReason, Lead, LeadOutcome, LeadStage, LeadStatus
from gql_leads.domain.rules import Rules

LONGEST_DEAL_NAME: Final = 300


_WORK_PATHS: Final = ("deal.", "qualification.")
NO_WORK: Final[Mapping[str, Any]] = {
    name: value
    for name, value in defaults_of(Lead).items()
    if name == "qualified_at" or any(path.startswith(_WORK_PATHS) for path in ATTRIBUTES[name].audited)
}
"""Deal and qualification of a lead on which nobody has worked: those of a partner do not go to the next one."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """The new holder of a lead: a queue, or a partner and optionally one of its members."""

    partner_id: UUID | None = None
    owner_id: UUID | None = None
    queue_id: UUID | None = None


def deadlines(
    created_at: datetime, rules: Rules, *, requires_response: bool, entered_by_partner: bool, contact_requested: bool
) -> dict[str, Any]:
    """Return the attributes of a new lead that say until when it must be answered."""
    return {
        "requires_response": requires_response,
        "contact_requested_at": created_at if contact_requested else None,
        "overdue_at": created_at + rules.hot_for if contact_requested else None,
        "expires_at": expiry.first_expiry(requires_response, entered_by_partner, created_at, rules),
    }


def assigned(lead: Lead, to: Assignment, now: datetime, rules: Rules) -> Lead:
    """Give the lead to a partner, a member or a queue; a change of partner or queue restarts the time to answer."""
    if to.queue_id == lead.queue_id and to.partner_id == lead.partner_id:
        return replace(lead, owner_id=to.owner_id)
    return replace(
        lead,
        partner_id=to.partner_id,
        owner_id=to.owner_id,
        queue_id=to.queue_id,
        origin_queue_id=None if to.queue_id else lead.queue_id or lead.origin_queue_id,
        claimed_at=None,
        **NO_WORK,
        recipient_email=None,  # An address at the previous partner: the new holder must not learn it.
        expires_at=expiry.restarted(lead, now, rules),
    )


def claimed(lead: Lead, partner_id: UUID | None, member_id: UUID, now: datetime) -> Lead:
    """Take the lead out of its queue and give it to the member who claims it."""
    return replace(lead, partner_id=partner_id, owner_id=member_id, claimed_at=now, queue_id=None, origin_queue_id=lead.queue_id)


def released(lead: Lead, now: datetime, rules: Rules) -> Lead:
    """Put a claimed lead back into the queue it was claimed from; its status and the time to answer start anew.

    The customer's data stays as the partner corrected it, the partner's deal and qualification do not go to the next one.
    """
    return replace(
        lead,
        **NO_WORK,
        status=LeadStatus.NEW,
        partner_id=None,
        owner_id=None,
        claimed_at=None,
        queue_id=lead.origin_queue_id,
        origin_queue_id=None,
        expires_at=expiry.restarted(lead, now, rules),
    )


def accepted(lead: Lead, member_id: UUID, deal: Mapping[str, Any], now: datetime) -> Lead:
    """Accept the lead with the given deal attributes; fill in a missing owner and a missing deal name."""
    named = replace(lead, **deal)
    return replace(
        named,
        stage=LeadStage.ACCEPTED,
        accepted_at=now,
        expires_at=None,
        overdue_at=None,
        owner_id=named.owner_id or member_id,
        deal_name=named.deal_name or default_deal_name(lead),
    )


def default_deal_name(lead: Lead) -> str:
    """Return the name of an unnamed deal: the customer and, if known, the listing."""
    customer = lead.company or lead.full_name
    name = f"{customer} - {lead.listing_name}" if lead.listing_name else customer
    return name[:LONGEST_DEAL_NAME].rstrip()


def qualified(lead: Lead, steps: Mapping[str, Any], now: datetime) -> Lead:
    """Set qualification steps; `qualified_at` is the time since when all of them hold."""
    changed = replace(lead, **steps)
    is_complete = not qualification.missing(changed)
    return replace(changed, qualified_at=(lead.qualified_at or now) if is_complete else None)


def archived(
    lead: Lead,
    outcome: LeadOutcome,
    now: datetime,
    *,
    closed_by_id: UUID | None = None,
    reason: CloseReason | None = None,
    comment: str | None = None,
) -> Lead:
    """Archive the lead with its outcome; an expired one leaves its queue."""
    return replace(
        lead,
        stage=LeadStage.ARCHIVED,
        outcome=outcome,
        archived_at=now,
        expires_at=None,
        overdue_at=None,
        close_reason=reason,
        close_comment=comment,
        closed_by_id=closed_by_id,
        queue_id=None if outcome is LeadOutcome.EXPIRED else lead.queue_id,
    )


def deleted(lead: Lead, now: datetime) -> Lead:
    """Delete the lead; it can be restored for a while."""
    return replace(lead, deleted_at=now)


def restored(lead: Lead, now: datetime, rules: Rules) -> Lead:
    """Restore a deleted lead.

    If its time to answer ended meanwhile, that time starts anew; a lead that became overdue meanwhile is not reported as overdue again.
    """
    is_overdue = lead.overdue_at is not None and lead.overdue_at <= now
    expires_at = lead.expires_at
    if expiry.is_due(lead, now):
        expires_at = expiry.first_expiry(lead.requires_response, False, now, rules)
    return replace(lead, deleted_at=None, overdue_at=None if is_overdue else lead.overdue_at, expires_at=expires_at)
