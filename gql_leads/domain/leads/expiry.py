"""Expiry of leads that got no response in time."""

import calendar
from datetime import datetime

from gql_leads.domain.leads.lead import Lead, LeadStage
from gql_leads.domain.rules import Rules


def months_later(start: datetime, months: int) -> datetime:
    """Return the instant some months later, on the last day of the month if the month is too short."""
    years, month = divmod(start.month - 1 + months, 12)
    year = start.year + years
    day = min(start.day, calendar.monthrange(year, month + 1)[1])
    return start.replace(year=year, month=month + 1, day=day)


def first_expiry(requires_response: bool, entered_by_partner: bool, created_at: datetime, rules: Rules) -> datetime | None:
    """Return the expiry of a new lead: later for an informational one, None for one that a partner entered."""
    if entered_by_partner:
        return None
    if requires_response:
        return created_at + rules.respond_within
    return months_later(created_at, rules.informational_months)


def restarted(lead: Lead, now: datetime, rules: Rules) -> datetime | None:
    """Return the expiry after an assignment, which restarts the time to respond."""
    return now + rules.respond_within if lead.requires_response else lead.expires_at


def is_due(lead: Lead, now: datetime) -> bool:
    """True if the lead has expired, even if that is not recorded yet."""
    return lead.stage is LeadStage.RECEIVED and lead.expires_at is not None and lead.expires_at <= now
