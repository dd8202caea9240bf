"""Hot and overdue: what a customer's request for contact asks of the partner now."""

from datetime import datetime, timedelta

from gql_leads.domain.leads.lead import ContactUrgency, LeadStage


def urgency(stage: LeadStage, contact_requested_at: datetime | None, now: datetime, hot_for: timedelta) -> ContactUrgency | None:
    """HOT, then OVERDUE, while the lead of a customer who asked for contact is RECEIVED; never both, never neither."""
    if contact_requested_at is None or stage is not LeadStage.RECEIVED:
        return None
    return ContactUrgency.HOT if now < contact_requested_at + hot_for else ContactUrgency.OVERDUE
