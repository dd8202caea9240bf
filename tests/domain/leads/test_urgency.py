"""Urgency, expiry and qualification."""

from datetime import UTC, datetime, timedelta

import pytest

from gql_leads.domain.events import snapshot
from gql_leads.domain.leads import expiry
from gql_leads.domain.leads.actions import Requirement
from gql_leads.domain.leads.lead import ContactUrgency, Lead, LeadStage
from gql_leads.domain.leads.qualification import missing
from gql_leads.domain.leads.urgency import urgency
from gql_leads.domain.rules import Rules
from tests.domain.facts import BANT, NOW, QUALIFIED, accepted, archived, make_lead

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


MONTHS = [
    ("2026-01-31", 6, "2026-07-31"),
    ("2026-08-31", 6, "2027-02-28"),
    ("2027-08-31", 6, "2028-02-29"),
    ("2026-11-21", 6, "2027-05-21"),
    ("2026-12-31", 2, "2027-02-28"),
    ("2026-06-30", 6, "2026-12-30"),
    ("2026-11-21", 1, "2026-12-21"),
    ("2026-12-21", 1, "2027-01-21"),
    ("2026-12-21", 12, "2027-12-21"),
    ("2024-02-29", 12, "2025-02-28"),
    ("2026-03-15", 0, "2026-03-15"),
]


@pytest.mark.parametrize(("start", "months", "end"), MONTHS)
def test_months_are_counted_by_the_calendar(start: str, months: int, end: str) -> None:
    began = datetime.fromisoformat(f"{start}T23:59:59.999+00:00")
    assert expiry.months_later(began, months) == datetime.fromisoformat(f"{end}T23:59:59.999+00:00")


def test_a_new_lead_expires_after_14_days_six_months_or_never() -> None:
    assert expiry.first_expiry(True, False, NOW, RULES) == NOW + timedelta(days=14)
    assert expiry.first_expiry(False, False, NOW, RULES) == datetime(2027, 5, 21, 9, 30, tzinfo=UTC)
    assert expiry.first_expiry(False, True, NOW, RULES) is None
    assert expiry.first_expiry(True, True, NOW, RULES) is None


def test_only_the_time_to_respond_restarts() -> None:
    later = NOW + timedelta(days=3)
    assert expiry.restarted(make_lead(), later, RULES) == later + timedelta(days=14)
    informational = make_lead(requires_response=False, expires_at=NOW + timedelta(days=181))
    assert expiry.restarted(informational, later, RULES) == NOW + timedelta(days=181)
    assert expiry.restarted(make_lead(requires_response=False, expires_at=None), later, RULES) is None


DUE = [
    (make_lead(expires_at=NOW + MOMENT), False),
    (make_lead(expires_at=NOW), True),
    (make_lead(expires_at=NOW - MOMENT), True),
    (make_lead(expires_at=None), False),
    (accepted(expires_at=NOW), False),
    (archived(expires_at=NOW), False),
]


@pytest.mark.parametrize(("lead", "due"), DUE)
def test_only_a_received_lead_expires_exactly_at_its_expiry(lead: Lead, due: bool) -> None:
    assert expiry.is_due(lead, NOW) is due


STEPS = [
    ({}, "CUSTOMER_RESPONDED BUDGET AUTHORITY NEED TIMELINE"),
    (QUALIFIED, ""),
    (BANT, "CUSTOMER_RESPONDED"),
    ({"customer_responded": True}, "BUDGET AUTHORITY NEED TIMELINE"),
    ({"budget": True, "timeline": True}, "CUSTOMER_RESPONDED AUTHORITY NEED"),
]


@pytest.mark.parametrize(("facts", "expected"), STEPS)
def test_missing_requirements_are_in_their_usual_order(facts: dict[str, bool], expected: str) -> None:
    assert missing(accepted(**facts)) == tuple(Requirement(one) for one in expected.split())
