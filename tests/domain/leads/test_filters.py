from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from gql_leads.domain.events import Presence, TimelineKind
from gql_leads.domain.leads.filters import (
    EVERYTHING,
    Filter,
    Interval,
    TextFilter,
    TextMatch,
    matches,
    presence,
)
from gql_leads.domain.leads.lead import ContactUrgency, EmailValidity, Lead, LeadOutcome, LeadStage, LeadStatus, LeadTab, LeadType
from gql_leads.domain.rules import Rules
from gql_leads.domain.viewer import MemberRole
from tests.domain.facts import (
    COLLEAGUE,
    GENERAL,
    GLOBEX,
    LEAD,
    ME,
    NOW,
    STRANGER,
    a_viewer,
    accepted,
    an_event,
    archived,
    claimed,
    deleted,
    make_lead,
    seen,
    waiting,
)

REP, RIVAL = a_viewer(MemberRole.SALES_REP), a_viewer(MemberRole.SALES_REP, partner=GLOBEX, member=STRANGER)
ADMIN, SELLER = a_viewer(MemberRole.ADMINISTRATOR), a_viewer(MemberRole.SELLER)
HOT = {"contact_requested_at": NOW, "overdue_at": NOW + Rules().hot_for}
DAY = timedelta(days=1)
SPRING, AUTUMN = UUID(int=41), UUID(int=42)


def text(match: TextMatch, wanted: str) -> dict[str, Any]:
    return {"company": TextFilter(match, wanted)}


# what is asked, the lead, and whether it is one of those
ASKED: list[tuple[dict[str, Any], Lead, bool]] = [
    ({}, make_lead(), True),
    ({"tab": LeadTab.MARKETPLACE}, make_lead(type=LeadType.PROFILE), True),
    ({"tab": LeadTab.MARKETPLACE}, make_lead(type=LeadType.JOINT_PLANNING), False),
    ({"tab": LeadTab.SALES_AND_MARKETING}, make_lead(type=LeadType.SHARED_MARKETING), True),
    ({"tab": LeadTab.SALES_AND_MARKETING}, make_lead(type=LeadType.OFFER), False),
    ({"ids": (LEAD,)}, make_lead(), True),
    ({"ids": ()}, make_lead(), False),
    ({"status": (LeadStatus.NEW, LeadStatus.CONTACTED)}, make_lead(), True),
    ({"status": ()}, make_lead(), False),
    ({"outcome": (LeadOutcome.WON,)}, make_lead(), False),
    ({"outcome": ()}, make_lead(), False),
    ({"country": ("FR",)}, make_lead(country="FR"), True),
    ({"country": ("FR",)}, make_lead(), False),
    ({"stage": (LeadStage.RECEIVED,), "country": ("FR",)}, make_lead(country="DE"), False),
    (text(TextMatch.EQUALS, "ÉCOLE"), make_lead(company="école"), True),
    (text(TextMatch.EQUALS, "ÉCOLE"), make_lead(company="École 2"), False),
    (text(TextMatch.CONTAINS, "%"), make_lead(company="100% Ltd"), True),
    (text(TextMatch.CONTAINS, "%"), make_lead(company="100 Ltd"), False),
    (text(TextMatch.CONTAINS, ""), make_lead(company="any"), True),
    (text(TextMatch.CONTAINS, ""), make_lead(company=None), False),
    (text(TextMatch.STARTS_WITH, "straß"), make_lead(company="STRASSE"), True),
    (text(TextMatch.STARTS_WITH, "tra"), make_lead(company="STRASSE"), False),
    ({"owner_id": (ME, COLLEAGUE)}, make_lead(owner_id=COLLEAGUE), True),
    ({"owner_id": (ME,)}, make_lead(), False),
    ({"campaign_ids": (SPRING, AUTUMN)}, make_lead(campaign_ids=(AUTUMN,)), True),
    ({"campaign_ids": (SPRING,)}, make_lead(campaign_ids=(AUTUMN,)), False),
    ({"campaign_ids": (SPRING,)}, make_lead(), False),
    ({"campaign_ids": ()}, make_lead(campaign_ids=(AUTUMN,)), False),
    ({"is_mine": True}, make_lead(owner_id=ME), True),
    ({"is_mine": True}, make_lead(owner_id=COLLEAGUE), False),
    ({"is_mine": False}, make_lead(), True),
    ({"is_claimable": True}, waiting(), True),
    ({"is_claimable": False}, make_lead(), True),
    ({"is_hot": True}, make_lead(**HOT), True),
    ({"is_hot": False}, make_lead(**HOT), False),
    ({"is_hot": False}, make_lead(contact_requested_at=NOW), True),
    ({"urgency": (ContactUrgency.OVERDUE,)}, make_lead(contact_requested_at=NOW), True),
    ({"urgency": (ContactUrgency.OVERDUE,)}, make_lead(), False),
    ({"is_test": True}, make_lead(is_test=True), True),
    ({"is_test": False}, make_lead(is_test=True), False),
    ({"is_deleted": True}, deleted(), True),
    ({"is_deleted": False}, make_lead(), True),
    ({"created_at": Interval(NOW, NOW + DAY)}, make_lead(), True),
    ({"created_at": Interval(NOW - DAY, NOW)}, make_lead(), False),
    ({"expires_at": Interval()}, make_lead(expires_at=None), False),
    ({"expires_at": Interval()}, make_lead(), True),
    ({"expires_at": Interval(end=NOW)}, make_lead(), False),
    ({"email_validity": (EmailValidity.UNKNOWN,)}, make_lead(), True),
    ({"email_validity": (EmailValidity.UNKNOWN,)}, waiting(), False),  # hidden is absent
    ({"email_validity": (EmailValidity.UNKNOWN,)}, archived(LeadOutcome.EXPIRED), False),
    ({"all_of": ()}, make_lead(), True),
    ({"any_of": ()}, make_lead(), False),
    ({"all_of": (Filter(is_test=False), Filter(country=("FR",)))}, make_lead(), False),
    ({"any_of": (Filter(is_test=False), Filter(country=("FR",)))}, make_lead(), True),
    ({"negated": Filter()}, make_lead(), False),
    ({"negated": Filter(country=("FR",))}, make_lead(), True),
    ({"negated": Filter(negated=Filter(country=("FR",)))}, make_lead(), False),
    ({"negated": Filter(email_validity=(EmailValidity.VALID,))}, waiting(), True),  # nothing is unknown
]


@pytest.mark.parametrize(("asked", "lead", "expected"), ASKED)
def test_a_lead_matches_if_all_criteria_hold(asked: dict[str, Any], lead: Lead, expected: bool) -> None:
    assert matches(Filter(**asked), REP, lead.id, seen(lead)) is expected
    assert matches(Filter(negated=Filter(**asked)), REP, lead.id, seen(lead)) is not expected


def test_a_sender_cannot_filter_by_owner_or_queue() -> None:
    sent = seen(make_lead(owner_id=COLLEAGUE, sender_id=ME, campaign_ids=(SPRING,)))
    assert not matches(Filter(campaign_ids=(SPRING,)), SELLER, LEAD, sent)
    assert not matches(Filter(owner_id=(COLLEAGUE,)), SELLER, LEAD, sent)
    assert not matches(Filter(queue_id=(GENERAL,)), SELLER, LEAD, seen(waiting(sender_id=ME)))
    assert matches(Filter(is_mine=False), SELLER, LEAD, seen(make_lead(owner_id=ME, sender_id=ME)))


NESTED = [
    (Filter(is_favorite=True), True, 1),
    (Filter(tab=LeadTab.FAVORITES), True, 1),
    (Filter(is_favorite=False), True, 1),
    (Filter(tab=LeadTab.MARKETPLACE), False, 1),
    (Filter(all_of=(Filter(), Filter(any_of=(Filter(negated=Filter(is_favorite=True)),)))), True, 4),
    (Filter(all_of=()), False, 1),
]


@pytest.mark.parametrize(("asked", "favorites", "depth"), NESTED)
def test_depth_and_use_of_favorites_include_nested_filters(asked: Filter, favorites: bool, depth: int) -> None:
    assert asked.uses_favorites is favorites
    assert asked.depth == depth


ENTERED, CHANGED, LEFT = Presence.ENTERED, Presence.CHANGED, Presence.LEFT
# before, after, and what it means to the rep of Acme, the rival of Globex, and the vendor
MOVES: list[tuple[str, Lead | None, Lead, tuple[Presence | None, Presence | None, Presence | None]]] = [
    ("created for Acme", None, make_lead(), (ENTERED, None, ENTERED)),
    ("created in a queue", None, waiting(), (ENTERED, ENTERED, ENTERED)),
    ("claimed by Acme", waiting(), claimed(), (CHANGED, LEFT, CHANGED)),
    ("claimed by Globex", waiting(), claimed(partner_id=GLOBEX), (LEFT, CHANGED, CHANGED)),
    ("released by Acme", claimed(), waiting(), (CHANGED, ENTERED, CHANGED)),
    ("given to Globex", make_lead(), make_lead(partner_id=GLOBEX), (LEFT, ENTERED, CHANGED)),
    ("accepted by Acme", make_lead(), accepted(), (CHANGED, None, CHANGED)),
    ("expired in its queue", waiting(), archived(LeadOutcome.EXPIRED, partner_id=None), (LEFT, LEFT, CHANGED)),
    ("deleted", make_lead(), deleted(), (LEFT, None, LEFT)),
    ("restored", deleted(), make_lead(), (ENTERED, None, ENTERED)),
]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (EVERYTHING, True),
        (Filter(stage=(LeadStage.RECEIVED, LeadStage.ARCHIVED)), True),
        (Filter(stage=(LeadStage.ARCHIVED,)), False),
        (Filter(all_of=(Filter(status=(LeadStatus.NEW,)), Filter(stage=(LeadStage.ACCEPTED,)))), False),
        (Filter(any_of=(Filter(stage=(LeadStage.ACCEPTED,)), Filter(status=(LeadStatus.NEW,)))), True),
        (Filter(negated=Filter(stage=(LeadStage.ACCEPTED,))), True),
    ],
)
def test_a_filter_that_no_waiting_lead_matches_is_recognised(asked: Filter, expected: bool) -> None:
    assert asked.may_include_waiting is expected


@pytest.mark.parametrize(("before", "after", "expected"), [case[1:] for case in MOVES], ids=[case[0] for case in MOVES])
def test_presence_depends_on_what_each_viewer_saw_before_and_after(
    before: Lead | None, after: Lead, expected: tuple[Presence | None, ...]
) -> None:
    event = an_event(before, after)
    assert tuple(presence(EVERYTHING, viewer, event) for viewer in (REP, RIVAL, ADMIN)) == expected


def test_a_visible_lead_enters_and_leaves_a_filtered_list() -> None:
    asked = Filter(status=(LeadStatus.CONTACTED,))
    there, back = (
        an_event(make_lead(), make_lead(status=LeadStatus.CONTACTED)),
        an_event(make_lead(status=LeadStatus.CONTACTED), make_lead()),
    )
    assert (presence(asked, REP, there), presence(asked, REP, back)) == (ENTERED, LEFT)


def test_a_note_of_others_causes_no_event_in_the_queue() -> None:
    assert presence(EVERYTHING, REP, an_event(waiting(), waiting(), TimelineKind.NOTE_ADDED)) is None
    assert presence(EVERYTHING, REP, an_event(make_lead(), make_lead(), TimelineKind.NOTE_ADDED)) is CHANGED
