"""Urgency: hot and overdue requests for contact."""

from datetime import datetime, timedelta

import pytest

from gql_leads.domain.events import snapshot
from gql_leads.domain.leads.lead import ContactUrgency, Lead, LeadStage
from gql_leads.domain.leads.urgency import urgency
from gql_leads.domain.rules import Rules
from tests.domain.facts import NOW, accepted, archived, make_lead

RULES = Rules()
HOT, OVERDUE = ContactUrgency.HOT, ContactUrgency.OVERDUE
MOMENT = timedelta(milliseconds=1)

URGENCY = [
    (LeadStage.RECEIVED, None, timedelta(0), None),
    (LeadStage.RECEIVED, NOW, timedelta(0), HOT),
    (LeadStage.RECEIVED, NOW, timedelta(hours=72) - MOMENT, HOT),
    (LeadStage.RECEIVED, NOW, timedelta(hours=72), OVERDUE),
    (LeadStage.RECEIVED, NOW, timedelta(days=190), OVERDUE),
    (LeadStage.ACCEPTED, NOW, timedelta(0), None),
    (LeadStage.ARCHIVED, NOW, timedelta(days=4), None),
]


@pytest.mark.parametrize(("stage", "requested_at", "later", "expected"), URGENCY)
def test_a_requested_contact_is_hot_for_72_hours_and_then_overdue_while_the_lead_is_received(
    stage: LeadStage, requested_at: datetime | None, later: timedelta, expected: ContactUrgency | None
) -> None:
    assert urgency(stage, requested_at, NOW + later, RULES.hot_for) is expected


RECORDED = [
    (make_lead(contact_requested_at=NOW, overdue_at=NOW + RULES.hot_for), HOT),
    (make_lead(contact_requested_at=NOW), OVERDUE),
    (make_lead(), None),
    (accepted(contact_requested_at=NOW), None),
    (archived(contact_requested_at=NOW), None),
]


@pytest.mark.parametrize(("lead", "expected"), RECORDED)
def test_a_snapshot_has_the_recorded_urgency(lead: Lead, expected: ContactUrgency | None) -> None:
    assert snapshot(lead, ()).urgency is expected
