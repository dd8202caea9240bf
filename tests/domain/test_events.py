"""Event snapshots: their attributes, and the defaults for what an older event lacks."""

from gql_leads.domain.attributes import defaults_of
from gql_leads.domain.events import snapshot
from gql_leads.domain.leads.lead import ContactUrgency, Lead
from gql_leads.domain.leads.snapshots import COMPUTED_IN_SNAPSHOTS, SNAPSHOT_ATTRIBUTES, LeadSnapshot
from tests.domain.facts import ACME, GENERAL, GLOBEX, NOW, filled_with, make_lead, waiting


def test_a_snapshot_holds_the_declared_attributes_of_the_lead() -> None:
    lead = Lead(**filled_with(Lead, "Text"))
    taken = snapshot(lead, None)
    assert [getattr(taken, name) for name in SNAPSHOT_ATTRIBUTES] == [getattr(lead, name) for name in SNAPSHOT_ATTRIBUTES]
    assert (taken.is_deleted, taken.is_erased) == (True, True)


def test_an_attribute_that_an_event_lacks_has_the_default_of_the_lead() -> None:
    in_snapshots = {name: value for name, value in defaults_of(LeadSnapshot).items() if name not in COMPUTED_IN_SNAPSHOTS}
    in_leads = {name: value for name, value in defaults_of(Lead).items() if name in SNAPSHOT_ATTRIBUTES} | {"reference": ""}
    assert in_snapshots == in_leads


def test_partners_that_may_claim_are_recorded_only_while_the_lead_waits() -> None:
    assert snapshot(waiting(queue_id=GENERAL), (ACME, GLOBEX)).open_to == (ACME, GLOBEX)
    assert snapshot(waiting(), None).open_to is None
    assert snapshot(make_lead(), (ACME,)).open_to == ()


def test_the_urgency_is_hot_until_overdue_is_recorded() -> None:
    assert snapshot(make_lead(contact_requested_at=NOW, overdue_at=NOW), None).urgency is ContactUrgency.HOT
    assert snapshot(make_lead(contact_requested_at=NOW), None).urgency is ContactUrgency.OVERDUE
    assert snapshot(make_lead(), None).urgency is None
