from dataclasses import replace
from uuid import UUID

import pytest

from gql_leads.domain.events import Presence, TimelineKind
from gql_leads.domain.leads.lead import ContactHiddenReason, Lead, LeadOutcome
from gql_leads.domain.leads.visibility import (
    Visibility,
    can_read_routing,
    contact_hidden,
    is_claimable,
    is_visible_change,
    visibility_of,
    visible_actor,
)
from gql_leads.domain.routing import BY_LISTING, BY_PROFILE, BY_RULE, TO_GENERAL_QUEUE
from gql_leads.domain.viewer import MemberRole, Viewer
from tests.domain.facts import (
    ACME,
    COLLEAGUE,
    GLOBEX,
    ME,
    NOW,
    STRANGER,
    a_viewer,
    accepted,
    an_event,
    archived,
    deleted,
    make_lead,
    seen,
    waiting,
)

REP, RIVAL = a_viewer(MemberRole.SALES_REP), a_viewer(MemberRole.SALES_REP, partner=GLOBEX, member=STRANGER)
CHANNEL, ADMIN, SELLER = a_viewer(MemberRole.CHANNEL_MANAGER), a_viewer(MemberRole.ADMINISTRATOR), a_viewer(MemberRole.SELLER)
EVERYBODY = {"rep": REP, "rival": RIVAL, "channel": CHANNEL, "admin": ADMIN, "seller": SELLER}

# The lead, the partners its queue is open to (None: all), and the view of each viewer: F full, R reduced, - none.
VIEWS: list[tuple[str, Lead, tuple[UUID, ...] | None, str]] = [
    ("Acme's", make_lead(), None, "F-FF-"),
    ("Globex's", make_lead(partner_id=GLOBEX), None, "-FFF-"),
    ("waiting for everybody", waiting(), None, "FFFF-"),
    ("waiting for Acme", waiting(), (ACME,), "F-FF-"),
    ("waiting for Globex", waiting(), (GLOBEX,), "-FFF-"),
    ("waiting for both", waiting(), (ACME, GLOBEX), "FFFF-"),
    ("Acme's, sent by the seller", make_lead(sender_id=ME), None, "F-FFR"),
    ("Globex's, sent by Acme", make_lead(partner_id=GLOBEX, sender_partner_id=ACME, sender_id=COLLEAGUE), None, "RFFF-"),
    ("waiting for Globex, sent by Acme", waiting(sender_partner_id=ACME), (GLOBEX,), "RFFF-"),
    ("waiting for everybody, sent by Acme", waiting(sender_partner_id=ACME), None, "FFFF-"),
    ("expired in its queue", archived(LeadOutcome.EXPIRED, partner_id=None), None, "--FF-"),
    ("expired in its queue, sent by Acme", archived(LeadOutcome.EXPIRED, partner_id=None, sender_partner_id=ACME), None, "R-FF-"),
    ("deleted", deleted(sender_id=ME, sender_partner_id=GLOBEX), None, "-----"),
    ("deleted while it waited", waiting(deleted_at=NOW), None, "-----"),
]
LETTERS = {"F": Visibility.FULL, "R": Visibility.REDUCED, "-": Visibility.NONE}


@pytest.mark.parametrize(("lead", "open_to", "letters"), [case[1:] for case in VIEWS], ids=[case[0] for case in VIEWS])
def test_each_viewer_has_the_expected_view_of_the_lead(lead: Lead, open_to: tuple[UUID, ...] | None, letters: str) -> None:
    found = {name: visibility_of(viewer, seen(lead, open_to)) for name, viewer in EVERYBODY.items()}
    assert found == dict(zip(EVERYBODY, (LETTERS[one] for one in letters), strict=True))


@pytest.mark.parametrize("roles", [(), (MemberRole.SALES_REP,)])
def test_a_member_of_the_vendor_without_a_vendors_role_sees_nothing(roles: tuple[MemberRole, ...]) -> None:
    assert visibility_of(Viewer(ME, frozenset(roles)), seen(make_lead(sender_id=ME))) is Visibility.NONE


def test_only_partners_claim() -> None:
    snapshot = seen(waiting(), (ACME,))
    assert {name: is_claimable(viewer, snapshot) for name, viewer in EVERYBODY.items()} == {
        "rep": True, "rival": False, "channel": False, "admin": False, "seller": False,
    }  # fmt: skip
    assert not is_claimable(REP, seen(make_lead()))


EXPIRED, ERASED, UNCLAIMED = ContactHiddenReason.EXPIRED, ContactHiddenReason.ERASED, ContactHiddenReason.UNCLAIMED
HIDDEN = [
    # Its partner, its outcome, erased or not; the reasons why it is hidden from a partner and from the vendor.
    (ACME, None, False, None, None),
    (ACME, LeadOutcome.WON, False, None, None),
    (ACME, LeadOutcome.DECLINED, False, None, None),
    (ACME, LeadOutcome.EXPIRED, False, EXPIRED, EXPIRED),
    (ACME, None, True, ERASED, ERASED),
    (ACME, LeadOutcome.EXPIRED, True, ERASED, ERASED),
    (None, None, False, UNCLAIMED, None),
    (None, LeadOutcome.EXPIRED, False, EXPIRED, EXPIRED),
    (None, None, True, ERASED, ERASED),
]


@pytest.mark.parametrize(("partner", "outcome", "erased", "from_partner", "from_vendor"), HIDDEN)
def test_the_contact_is_hidden_while_unclaimed_and_once_expired_or_erased(
    partner: UUID | None,
    outcome: LeadOutcome | None,
    erased: bool,
    from_partner: ContactHiddenReason | None,
    from_vendor: ContactHiddenReason | None,
) -> None:
    facts = {"partner_id": partner, "outcome": outcome, "erased": erased}
    assert contact_hidden(REP, **facts) is from_partner  # type: ignore[arg-type]
    assert contact_hidden(ADMIN, **facts) is from_vendor  # type: ignore[arg-type]


SENT = accepted(partner_id=GLOBEX, sender_partner_id=ACME)
OWN_HISTORY = {kind for kind in TimelineKind if kind.value.startswith(("NOTE_", "ACTIVITY_"))}
WORK_ONLY = OWN_HISTORY | {TimelineKind.DEAL_CHANGED, TimelineKind.QUALIFIED}


@pytest.mark.parametrize("kind", TimelineKind)
def test_viewers_get_an_event_only_if_they_can_see_what_it_changed(kind: TimelineKind) -> None:
    is_reported = {
        "its partner": is_visible_change(REP, an_event(make_lead(), make_lead(), kind), Presence.CHANGED),
        "the vendor": is_visible_change(ADMIN, an_event(make_lead(), make_lead(), kind), Presence.CHANGED),
        "partners that may claim it": is_visible_change(REP, an_event(waiting(), waiting(), kind), Presence.CHANGED),
        "its sender": is_visible_change(REP, an_event(SENT, SENT, kind), Presence.CHANGED),
    }
    assert is_reported == {
        "its partner": True,
        "the vendor": True,
        "partners that may claim it": kind not in OWN_HISTORY,
        "its sender": kind not in WORK_ONLY,
    }


# The changed fields, and whether the sender gets an event.
CHANGED_FIELDS: list[tuple[tuple[str, ...], bool]] = [
    ((), True),
    (("owner",), False),
    (("city", "region"), False),
    (("industry", "companySize"), False),
    (("campaigns",), False),
    (("city", "company"), True),
    (("owner", "partner"), True),
    (("contact.email",), True),
]


@pytest.mark.parametrize(("changed", "is_reported"), CHANGED_FIELDS)
def test_senders_get_no_event_for_changes_of_hidden_fields_alone(changed: tuple[str, ...], is_reported: bool) -> None:
    event = replace(an_event(SENT, SENT, TimelineKind.DETAILS_CHANGED), changed=changed)
    assert is_visible_change(REP, event, Presence.CHANGED) is is_reported
    assert is_visible_change(RIVAL, event, Presence.CHANGED)


@pytest.mark.parametrize("presence", [Presence.ENTERED, Presence.LEFT])
def test_a_lead_that_enters_or_leaves_a_list_is_reported_unless_hidden_work_of_others_did_it(presence: Presence) -> None:
    assert not is_visible_change(REP, an_event(SENT, SENT, TimelineKind.DEAL_CHANGED), presence)
    assert is_visible_change(ADMIN, an_event(SENT, SENT, TimelineKind.DEAL_CHANGED), presence)
    for before, after in ((make_lead(), SENT), (SENT, make_lead()), (None, SENT)):
        assert is_visible_change(REP, an_event(before, after, TimelineKind.ASSIGNED), presence)


ACTORS = [
    # The actor, and whether they are shown to the rep of Acme, to the admin and to the seller of the vendor.
    (REP, True, True, True),  # the seller is the same member as the rep, and viewers always see themselves
    (a_viewer(MemberRole.SALES_REP, member=COLLEAGUE), True, True, False),
    (RIVAL, False, True, False),
    (a_viewer(MemberRole.CHANNEL_MANAGER, member=STRANGER), True, True, False),
]


@pytest.mark.parametrize(("actor", "rep", "admin", "seller"), ACTORS)
def test_an_actor_of_another_partner_is_hidden(actor: Viewer, rep: bool, admin: bool, seller: bool) -> None:
    event = an_event(make_lead(), make_lead(), actor=actor)
    assert [visible_actor(one, event) for one in (REP, ADMIN, SELLER)] == [
        actor.member_id if known else None for known in (rep, admin, seller)
    ]


def test_a_scheduled_change_has_no_actor() -> None:
    assert visible_actor(ADMIN, an_event(make_lead(), make_lead(), TimelineKind.EXPIRED)) is None


@pytest.mark.parametrize(
    ("field", "holder", "readers"),
    [
        (BY_LISTING, ACME, {"rep", "channel", "admin"}),
        (BY_PROFILE, GLOBEX, {"rival", "channel", "admin"}),
        (BY_RULE, ACME, {"channel", "admin"}),
        (TO_GENERAL_QUEUE, None, {"channel", "admin"}),
        (BY_LISTING, None, {"channel", "admin"}),
        ("company", ACME, set()),
    ],
)
def test_what_routed_a_lead_is_read_by_its_partner_and_by_those_who_see_all(field: str, holder: UUID | None, readers: set[str]) -> None:
    assert {name for name, viewer in EVERYBODY.items() if can_read_routing(viewer, holder, field)} == readers
