"""Versions count each transaction once; those of the sender count no hidden work."""

from dataclasses import replace
from datetime import timedelta

from gql_leads.domain.leads.versions import VersionCounter
from tests.domain.facts import ME, NOW, make_lead

LATER, STILL_LATER = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
OWN = {"version": 2, "updated_at": LATER}


def test_a_lead_without_sender_or_hidden_work_has_one_version() -> None:
    for lead, changed in ((make_lead(), ["deal_name"]), (make_lead(sender_id=ME), ["status"]), (make_lead(sender_id=ME), ["queue_id"])):
        assert VersionCounter().count(lead, changed, LATER) == OWN
    assert VersionCounter().count(make_lead(sender_id=ME), ["quality", "campaign_ids"], LATER) == {}


def test_hidden_work_keeps_the_senders_version_and_visible_changes_raise_it() -> None:
    sent = make_lead(sender_id=ME)
    hidden = VersionCounter().count(sent, ["deal_name", "owner_id"], LATER)
    assert hidden == OWN | {"sent_version": 1, "sent_updated_at": NOW}
    worked = replace(sent, **hidden)
    assert VersionCounter().count(worked, ["budget"], STILL_LATER) == {"version": 3, "updated_at": STILL_LATER}
    assert VersionCounter().count(worked, ["budget", "status"], STILL_LATER) == {
        "version": 3, "updated_at": STILL_LATER, "sent_version": 2, "sent_updated_at": STILL_LATER,
    }  # fmt: skip


def test_the_steps_of_one_transaction_count_once() -> None:
    sent, counter = make_lead(sender_id=ME), VersionCounter()
    first = replace(sent, **counter.count(sent, ["deal_name"], LATER))
    second = counter.count(first, ["status"], LATER)
    assert second == {"sent_version": 2, "sent_updated_at": LATER}
    assert counter.count(replace(first, **second), ["company"], LATER) == {}
    counter = VersionCounter()
    first = replace(sent, **counter.count(sent, ["status"], LATER))
    assert counter.count(first, ["deal_name"], LATER) == {}
