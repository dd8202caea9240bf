"""Which steps ask whom to look at a lead; tests/api/test_alerts.py takes the steps through the services."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.alerts import alerts_hot_lead, alerts_new_lead, only_alerted
from gql_leads.domain.leads.filters import EVERYTHING, Filter
from gql_leads.domain.leads.lead import Lead, LeadStatus
from gql_leads.domain.viewer import MemberRole
from tests.domain.facts import CLOSED, COLLEAGUE, GLOBEX, ME, NOW, STRANGER, a_viewer, an_event, claimed, deleted, make_lead, waiting

REP, MATE = a_viewer(MemberRole.SALES_REP), a_viewer(MemberRole.SALES_REP, member=COLLEAGUE)
RIVAL = a_viewer(MemberRole.SALES_REP, partner=GLOBEX, member=STRANGER)
ADMIN, SELLER = a_viewer(MemberRole.ADMINISTRATOR), a_viewer(MemberRole.SELLER)
VIEWERS = {"rep": REP, "mate": MATE, "rival": RIVAL, "admin": ADMIN, "seller": SELLER}
HOT: dict[str, Any] = {"contact_requested_at": NOW, "overdue_at": NOW + timedelta(hours=72)}
SENT: dict[str, Any] = {"sender_id": ME}
K = TimelineKind

# kind, before, after, and the viewers who are alerted
STEPS: list[tuple[TimelineKind, Lead | None, Lead, str]] = [
    (K.CREATED, None, make_lead(), "rep mate admin"),
    (K.CREATED, None, make_lead(**SENT), "rep mate admin seller"),
    (K.CREATED, None, waiting(), "rep mate rival admin"),
    (K.REFERRED, make_lead(**SENT), make_lead(**SENT), ""),
    (K.CLAIMED, waiting(), claimed(owner_id=ME), ""),
    (K.ACCEPTED, make_lead(), make_lead(owner_id=ME), ""),
    (K.RELEASED, claimed(owner_id=ME), waiting(), "rep mate rival"),
    (K.DELETED, waiting(), waiting(deleted_at=NOW), ""),
    (K.RESTORED, waiting(deleted_at=NOW), waiting(), "rep mate rival"),
    (K.RESTORED, deleted(owner_id=ME), make_lead(owner_id=ME), ""),
    (K.ASSIGNED, waiting(), make_lead(), "rep mate"),
    (K.ASSIGNED, waiting(), make_lead(owner_id=ME), "rep mate"),
    (K.ASSIGNED, waiting(), waiting(queue_id=CLOSED), "rep mate rival"),
    (K.ASSIGNED, make_lead(partner_id=GLOBEX), waiting(), "rep mate rival"),
    (K.ASSIGNED, make_lead(), make_lead(partner_id=GLOBEX, owner_id=STRANGER), "rival"),
    (K.ASSIGNED, make_lead(), make_lead(owner_id=ME), "rep"),
    (K.ASSIGNED, make_lead(owner_id=ME), make_lead(owner_id=COLLEAGUE), "mate"),
    (K.ASSIGNED, make_lead(owner_id=ME), make_lead(), "rep mate"),
    (K.STATUS_CHANGED, make_lead(), make_lead(status=LeadStatus.CONTACTED), ""),
]


@pytest.mark.parametrize(("kind", "before", "after", "alerted"), STEPS)
def test_a_step_alerts_those_whom_it_asks_to_look(kind: TimelineKind, before: Lead | None, after: Lead, alerted: str) -> None:
    event = an_event(before, after, kind)
    assert " ".join(name for name, viewer in VIEWERS.items() if alerts_new_lead(EVERYTHING, viewer, event)) == alerted
    assert not any(alerts_hot_lead(EVERYTHING, viewer, event) for viewer in VIEWERS.values())
    heated = an_event(before and _hot(before), _hot(after), kind)
    assert " ".join(name for name, viewer in VIEWERS.items() if alerts_hot_lead(EVERYTHING, viewer, heated)) == alerted
    assert not any(alerts_hot_lead(Filter(is_test=True), viewer, heated) for viewer in VIEWERS.values())


def _hot(lead: Lead) -> Lead:
    values = {name: getattr(lead, name) for name in Lead.__dataclass_fields__}
    return Lead(**(values | HOT))


def test_a_visible_lead_that_becomes_hot_alerts_all_who_see_it() -> None:
    event = an_event(make_lead(**SENT), make_lead(**SENT, **HOT), K.DETAILS_CHANGED)
    assert [name for name, viewer in VIEWERS.items() if alerts_hot_lead(EVERYTHING, viewer, event)] == ["rep", "mate", "admin", "seller"]
    assert not any(alerts_new_lead(EVERYTHING, viewer, event) for viewer in VIEWERS.values())
    overdue = an_event(make_lead(**HOT), make_lead(contact_requested_at=NOW), K.CONTACT_OVERDUE)
    assert not any(alerts_hot_lead(EVERYTHING, viewer, overdue) for viewer in VIEWERS.values())


def test_the_filter_is_applied_to_the_lead_after_the_step() -> None:
    event = an_event(make_lead(owner_id=COLLEAGUE), make_lead(owner_id=ME), K.ASSIGNED)
    assert alerts_new_lead(Filter(owner_id=(ME,)), REP, event)
    assert not alerts_new_lead(Filter(owner_id=(COLLEAGUE,)), REP, event)
    assert alerts_new_lead(Filter(is_mine=True), REP, event)
    assert not alerts_new_lead(Filter(is_claimable=True), REP, an_event(waiting(), make_lead(), K.ASSIGNED))


@pytest.mark.parametrize(
    ("kind", "before", "after", "member"),
    [
        (K.ASSIGNED, make_lead(owner_id=ME), make_lead(owner_id=COLLEAGUE), COLLEAGUE),
        (K.ASSIGNED, make_lead(owner_id=ME), make_lead(), None),
        (K.ASSIGNED, make_lead(partner_id=GLOBEX), make_lead(owner_id=ME), None),
        (K.ACCEPTED, make_lead(), make_lead(owner_id=ME), None),
        (K.CREATED, None, make_lead(owner_id=ME), None),
    ],
)
def test_only_a_lead_that_is_handed_on_within_its_partner_alerts_one_member(
    kind: TimelineKind, before: Lead | None, after: Lead, member: UUID | None
) -> None:
    assert only_alerted(an_event(before, after, kind)) == member
