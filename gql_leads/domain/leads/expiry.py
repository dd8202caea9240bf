"""When an unanswered lead ends by itself."""

import calendar
from datetime import datetime

from gql_leads.domain.leads.lead import Lead, LeadStage
from gql_leads.domain.rules import Rules


def months_later(start: datetime, months: int) -> datetime:
    """The same day and time so many months on; the month's last day where it has no such day."""
    years, month = divmod(start.month - 1 + months, 12)
    year = start.year + years
    day = min(start.day, calendar.monthrange(year, month + 1)[1])
    return start.replace(year=year, month=month + 1, day=day)


def first_expiry(requires_response: bool, entered_by_partner: bool, created_at: datetime, rules: Rules) -> datetime | None:
    """When a new lead will expire: after the time to answer, later where it only informs, never where a partner entered it."""
    if entered_by_partner:
        return None
    if requires_response:
        return created_at + rules.respond_within
    return months_later(created_at, rules.informational_months)


def restarted(lead: Lead, now: datetime, rules: Rules) -> datetime | None:
    """When the lead will expire after it went to somebody else: the clock to answer starts again."""
    return now + rules.respond_within if lead.requires_response else lead.expires_at


def is_due(lead: Lead, now: datetime) -> bool:
    """Whether the lead's time is over, recorded or not."""
    return lead.stage is LeadStage.RECEIVED and lead.expires_at is not None and lead.expires_at <= now
