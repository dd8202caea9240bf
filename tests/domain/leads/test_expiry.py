"""Expiry: deadlines of new and assigned leads."""

from datetime import UTC, datetime, timedelta

import pytest

from gql_leads.domain.leads import expiry
from gql_leads.domain.leads.lead import Lead
from gql_leads.domain.rules import Rules
from tests.domain.facts import NOW, accepted, archived, make_lead

RULES = Rules()
MOMENT = timedelta(milliseconds=1)

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
