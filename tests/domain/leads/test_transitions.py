"""Transitions: the attributes that each step of a lead's lifecycle sets and clears."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from gql_leads.domain.leads import transitions
from gql_leads.domain.leads.history import differences
from gql_leads.domain.leads.lead import Lead, LeadOutcome, LeadSource, LeadStage, LeadStatus, LeadType, TeamMember
from gql_leads.domain.leads.transitions import Assignment
from gql_leads.domain.rules import Rules
from tests.fixtures import START

RULES = Rules()
LATER = START + timedelta(days=2)
QUEUE, PARTNER, MEMBER = uuid7(), uuid7(), uuid7()


def a_lead(**attributes: Any) -> Lead:
    usual: dict[str, Any] = {
        "id": uuid7(), "reference": "L-1", "type": LeadType.OFFER, "source": LeadSource.API, "last_name": "Bosu",
        "created_at": START, "updated_at": START, "expires_at": START + RULES.respond_within,
    }  # fmt: skip
    return Lead(**usual | attributes)


def test_a_claimed_and_released_lead_waits_in_its_queue_again_with_a_new_clock() -> None:
    waiting = a_lead(queue_id=QUEUE)
    claimed = transitions.claimed(waiting, PARTNER, MEMBER, LATER)
    assert (claimed.partner_id, claimed.owner_id, claimed.claimed_at) == (PARTNER, MEMBER, LATER)
    assert (claimed.queue_id, claimed.origin_queue_id) == (None, QUEUE)
    assert transitions.released(claimed, LATER, RULES) == replace(waiting, expires_at=LATER + RULES.respond_within)


WORKED: dict[str, Any] = {
    "deal_name": "Ours", "deal_minor": 100, "deal_currency": "EUR", "crm_id": "7", "team": (TeamMember("Ann"),), "budget": True,
    "customer_responded": True, "qualified_at": START, "campaign_code": "SPRING",
}  # fmt: skip


def test_deal_and_qualification_stay_with_the_partner_and_corrections_with_the_lead() -> None:
    corrected: dict[str, Any] = {"last_name": "Bose", "city": "Lyon", "message": "Call me.", "company": "Contoso"}
    waiting = a_lead(queue_id=QUEUE, status=LeadStatus.NEW, **corrected)
    worked = replace(transitions.claimed(waiting, PARTNER, MEMBER, LATER), status=LeadStatus.CONTACTED, **WORKED)
    released = transitions.released(worked, LATER, RULES)
    assert released == replace(waiting, expires_at=LATER + RULES.respond_within)
    assert {one.field for one in differences(worked, released)} >= {"deal.name", "deal.team", "qualification.budget", "status"}
    other = transitions.assigned(worked, Assignment(uuid7()), LATER, RULES)
    assert {name: getattr(other, name) for name in (*WORKED, *corrected)} == {
        name: getattr(waiting, name) for name in (*WORKED, *corrected)
    }
    assert {one.field for one in differences(worked, other)} == {"partner", "owner"}
    kept = transitions.assigned(worked, Assignment(PARTNER), LATER, RULES)
    assert {name: getattr(kept, name) for name in WORKED} == WORKED


def test_another_owner_of_the_same_partner_leaves_the_clock() -> None:
    lead = a_lead(partner_id=PARTNER)
    assert transitions.assigned(lead, Assignment(PARTNER, MEMBER), LATER, RULES) == replace(lead, owner_id=MEMBER)


def test_another_partner_gets_a_new_clock_and_not_the_recipients_address() -> None:
    lead = a_lead(partner_id=PARTNER, owner_id=MEMBER, recipient_email="rep@acme.example", claimed_at=START, origin_queue_id=QUEUE)
    other = uuid7()
    assigned = transitions.assigned(lead, Assignment(other), LATER, RULES)
    assert (assigned.partner_id, assigned.owner_id, assigned.recipient_email, assigned.claimed_at) == (other, None, None, None)
    assert assigned.origin_queue_id == QUEUE
    assert assigned.expires_at == LATER + RULES.respond_within


def test_accepting_stops_the_clocks_and_names_the_deal_and_the_owner() -> None:
    lead = a_lead(partner_id=PARTNER, overdue_at=LATER, company="Contoso", listing_name="Ledger")
    accepted = transitions.accepted(lead, MEMBER, {"crm_id": "7"}, LATER)
    assert (accepted.stage, accepted.accepted_at, accepted.expires_at, accepted.overdue_at) == (LeadStage.ACCEPTED, LATER, None, None)
    assert (accepted.owner_id, accepted.deal_name, accepted.crm_id) == (MEMBER, "Contoso - Ledger", "7")
    kept = transitions.accepted(replace(lead, owner_id=QUEUE), MEMBER, {"deal_name": "Mine"}, LATER)
    assert (kept.owner_id, kept.deal_name) == (QUEUE, "Mine")


def test_a_default_deal_name_is_cut_to_the_longest_one_that_is_allowed() -> None:
    assert len(transitions.default_deal_name(a_lead(company="x" * 200, listing_name="y" * 200))) == transitions.LONGEST_DEAL_NAME


def test_qualified_at_is_set_by_the_last_step_kept_by_repetition_and_cleared_by_a_withdrawal() -> None:
    lead = transitions.qualified(a_lead(), {"customer_responded": True, "budget": True, "authority": True, "need": True}, START)
    assert lead.qualified_at is None
    complete = transitions.qualified(lead, {"timeline": True}, LATER)
    assert complete.qualified_at == LATER
    assert transitions.qualified(complete, {"need": True}, LATER + timedelta(1)) == complete
    assert transitions.qualified(complete, {"need": False}, LATER).qualified_at is None


@pytest.mark.parametrize("outcome", LeadOutcome)
def test_only_an_expired_lead_leaves_its_queue(outcome: LeadOutcome) -> None:
    archived = transitions.archived(a_lead(queue_id=QUEUE, overdue_at=LATER), outcome, LATER)
    assert (archived.stage, archived.outcome, archived.archived_at) == (LeadStage.ARCHIVED, outcome, LATER)
    assert archived.expires_at is archived.overdue_at is None
    assert archived.queue_id == (None if outcome is LeadOutcome.EXPIRED else QUEUE)


def test_a_restored_lead_is_not_reported_overdue_for_the_time_it_was_deleted() -> None:
    lead = a_lead(overdue_at=START + timedelta(days=1))
    deleted = transitions.deleted(lead, START)
    assert deleted.deleted_at == START
    assert transitions.restored(deleted, LATER, RULES) == replace(lead, overdue_at=None)
    assert transitions.restored(deleted, START, RULES) == lead


@pytest.mark.parametrize("requested", [True, False])
def test_deadlines_follow_from_who_entered_the_lead_and_what_was_asked(requested: bool) -> None:
    found = transitions.deadlines(START, RULES, requires_response=True, entered_by_partner=False, contact_requested=requested)
    assert found["expires_at"] == START + RULES.respond_within
    assert (found["contact_requested_at"], found["overdue_at"]) == ((START, START + RULES.hot_for) if requested else (None, None))
    own = transitions.deadlines(START, RULES, requires_response=False, entered_by_partner=True, contact_requested=requested)
    assert own["expires_at"] is None
