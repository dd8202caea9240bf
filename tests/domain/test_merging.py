"""What a primary takes from a duplicate, and what it gives back."""

from dataclasses import replace
from datetime import timedelta

from gql_leads.domain.leads.lead import EmailValidity, LeadOutcome, LeadStage
from gql_leads.domain.merging import emptied, filled, merged, state_of, unmerged
from gql_leads.domain.rules import Rules
from tests.domain.facts import ME, NOW, accepted, make_lead, waiting


def test_empty_values_are_taken_with_what_belongs_to_them_and_given_back() -> None:
    primary = make_lead(email=None, email_validity=EmailValidity.UNKNOWN, city="Lyon", region=None)
    other = make_lead(email="a@x.example", email_validity=EmailValidity.VALID, city="Nice", region="PACA")
    after, names = filled(primary, other)
    assert set(names) >= {"email", "region"}
    assert "city" not in names
    assert (after.email, after.email_validity, after.city, after.region) == ("a@x.example", EmailValidity.VALID, "Lyon", "PACA")
    assert emptied(after, other, names) == primary
    changed = replace(after, region="Rhône")
    assert emptied(changed, other, names).region == "Rhône"


def test_request_for_contact_is_taken_until_the_primary_is_accepted() -> None:
    other = make_lead(contact_requested_at=NOW, overdue_at=NOW + timedelta(hours=72))
    for primary, expected in ((make_lead(), other.overdue_at), (accepted(), None)):
        assert filled(replace(primary, contact_requested_at=None, overdue_at=None), other)[0].overdue_at == expected


def test_merged_lead_leaves_its_queue_and_comes_back_with_a_new_time_to_answer() -> None:
    lead, primary = waiting(expires_at=NOW + timedelta(days=1)), waiting()
    done = merged(lead, primary, ME, NOW)
    assert (done.stage, done.outcome, done.duplicate_of_id, done.queue_id) == (LeadStage.ARCHIVED, LeadOutcome.DUPLICATE, primary.id, None)
    assert unmerged(done, state_of(lead), NOW, Rules()) == lead
    later = NOW + timedelta(days=2)
    assert unmerged(done, state_of(lead), later, Rules()) == replace(lead, expires_at=later + Rules().respond_within)
