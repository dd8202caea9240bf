"""Urgency of a customer's request for contact: hot, then overdue."""

from datetime import datetime, timedelta

from gql_leads.domain.leads.lead import ContactUrgency, LeadStage


def urgency(stage: LeadStage, contact_requested_at: datetime | None, now: datetime, hot_for: timedelta) -> ContactUrgency | None:
    """Return HOT, later OVERDUE, while a lead with a request for contact is RECEIVED; None for other leads."""
    if contact_requested_at is None or stage is not LeadStage.RECEIVED:
        return None
    return ContactUrgency.HOT if now < contact_requested_at + hot_for else ContactUrgency.OVERDUE
