"""Every stage × action × role × ownership, against tables that repeat the rules independently of the code."""

from datetime import timedelta
from itertools import product

import pytest

from gql_leads.domain.errors import InvalidTransition, NotPermitted, QualificationIncomplete
from gql_leads.domain.leads.actions import LeadAction, Requirement
from gql_leads.domain.leads.lead import Lead, LeadOutcome, LeadStage
from gql_leads.domain.leads.lifecycle import (
    action_phrase,
    allowed_actions,
    blocked_actions,
    may_act_now_or_later,
    require_not_archived,
    require_role,
    require_stage,
)
from gql_leads.domain.rules import Rules
from gql_leads.domain.viewer import MemberRole, Viewer
from tests.domain.facts import (
    BANT,
    COLLEAGUE,
    GLOBEX,
    ME,
    NOW,
    QUALIFIED,
    a_viewer,
    accepted,
    archived,
    claimed,
    deleted,
    make_lead,
    waiting,
)

RULES = Rules()

STAGES: dict[str, tuple[Lead, str]] = {
    "waiting": (waiting(), "CLAIM ACCEPT ASSIGN ADD_NOTE DELETE ERASE_CONTACT MERGE"),
    "received": (make_lead(), "ACCEPT DECLINE UPDATE_STATUS EDIT ASSIGN ADD_NOTE LOG_ACTIVITY DELETE ERASE_CONTACT MERGE"),
    "claimed": (claimed(), "ACCEPT DECLINE UPDATE_STATUS EDIT ASSIGN ADD_NOTE LOG_ACTIVITY DELETE ERASE_CONTACT MERGE RELEASE"),
    "accepted": (
        accepted(**QUALIFIED),
        "UPDATE_STATUS EDIT EDIT_DEAL QUALIFY MARK_WON MARK_LOST CONVERT ASSIGN ADD_NOTE LOG_ACTIVITY DELETE ERASE_CONTACT MERGE",
    ),
    "accepted from a queue": (
        accepted(**QUALIFIED, origin_queue_id=waiting().queue_id, claimed_at=NOW),
        "UPDATE_STATUS EDIT EDIT_DEAL QUALIFY MARK_WON MARK_LOST CONVERT ASSIGN ADD_NOTE LOG_ACTIVITY DELETE ERASE_CONTACT MERGE",
    ),
    "won": (archived(LeadOutcome.WON), "UPDATE_STATUS DELETE ERASE_CONTACT"),
    "converted": (archived(LeadOutcome.CONVERTED), "UPDATE_STATUS DELETE ERASE_CONTACT"),
    "lost": (archived(LeadOutcome.LOST), "DELETE ERASE_CONTACT"),
    "duplicate": (archived(LeadOutcome.DUPLICATE), "DELETE ERASE_CONTACT"),
    "declined": (archived(LeadOutcome.DECLINED), "DELETE ERASE_CONTACT"),
    "expired": (archived(LeadOutcome.EXPIRED), "DELETE ERASE_CONTACT"),
    "expired in its queue": (archived(LeadOutcome.EXPIRED, partner_id=None), "DELETE ERASE_CONTACT"),
    "deleted": (deleted(), "RESTORE"),
    "deleted while it waited": (waiting(deleted_at=NOW), "RESTORE"),
    "deleted and archived": (archived(deleted_at=NOW), "RESTORE"),
}  # fmt: skip

WORK = "ACCEPT DECLINE UPDATE_STATUS EDIT EDIT_DEAL QUALIFY MARK_WON MARK_LOST CONVERT ADD_NOTE LOG_ACTIVITY CLAIM MERGE"
ROLES: dict[MemberRole, str] = {
    MemberRole.SALES_REP: WORK,
    MemberRole.BUSINESS_PROFILE_ADMIN: WORK,
    MemberRole.REFERRAL_ADMIN: f"{WORK} RELEASE ASSIGN DELETE RESTORE ERASE_CONTACT",
    MemberRole.CHANNEL_MANAGER: "ADD_NOTE RELEASE ASSIGN",
    MemberRole.SELLER: "",
    MemberRole.ADMINISTRATOR: "ADD_NOTE RELEASE ASSIGN DELETE RESTORE ERASE_CONTACT MERGE",
}
OWNERS = {"mine": ME, "a colleague's": COLLEAGUE, "nobody's": None}


def permitted_by_hand(action: LeadAction, viewer: Viewer, lead: Lead) -> bool:
    """Return whether the roles permit the action on a visible lead, by a second implementation of the role table."""
    if viewer.partner_id is not None and lead.partner_id != viewer.partner_id:
        return action in {LeadAction.CLAIM, LeadAction.ACCEPT}
    if action is LeadAction.RELEASE and viewer.partner_id is not None and lead.owner_id == viewer.member_id:
        return True
    return any(action.value in ROLES[role].split() for role in viewer.roles)


CASES = [
    pytest.param(action, stage, role, owner, id=f"{action} {stage} {role} {owner}")
    for action, stage, role, owner in product(LeadAction, STAGES, MemberRole, OWNERS)
]


@pytest.mark.parametrize(("action", "stage", "role", "owner"), CASES)
def test_an_action_is_offered_as_in_the_tables_and_refused_otherwise(action: LeadAction, stage: str, role: MemberRole, owner: str) -> None:
    lead, offered = STAGES[stage]
    if lead.partner_id is not None:
        lead = _owned(lead, owner)
    viewer = a_viewer(role)
    permitted = permitted_by_hand(action, viewer, lead)
    possible = action.value in offered.split()

    assert (action in allowed_actions(viewer, lead, RULES)) == (permitted and possible)
    if not permitted:
        with pytest.raises(NotPermitted):
            require_role(action, viewer, lead)
        return
    require_role(action, viewer, lead)
    if possible:
        require_stage(action, viewer, lead, RULES, NOW)
        return
    with pytest.raises(InvalidTransition) as refused:
        require_stage(action, viewer, lead, RULES, NOW)
    assert refused.value.stage is lead.stage
    assert refused.value.allowed_actions == allowed_actions(viewer, lead, RULES)


def _owned(lead: Lead, owner: str) -> Lead:
    facts = {name: getattr(lead, name) for name in lead.__slots__}
    return Lead(**(facts | {"owner_id": OWNERS[owner]}))


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("role", MemberRole)
def test_the_senders_reduced_view_offers_nothing(stage: str, role: MemberRole) -> None:
    lead, viewer = STAGES[stage][0], a_viewer(role)
    assert allowed_actions(viewer, lead, RULES, reduced=True) == ()
    assert blocked_actions(viewer, lead, RULES, reduced=True) == ()
    for action in LeadAction:
        with pytest.raises(NotPermitted):
            require_role(action, viewer, lead, reduced=True)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("role", MemberRole)
def test_permitted_actions_may_be_taken_later_until_the_lead_is_archived_or_deleted(stage: str, role: MemberRole) -> None:
    lead, viewer = STAGES[stage][0], a_viewer(role)
    is_over = lead.is_archived or lead.deleted_at is not None
    for action in LeadAction:
        assert may_act_now_or_later(action, viewer, lead) == (permitted_by_hand(action, viewer, lead) and not is_over)
        assert not may_act_now_or_later(action, viewer, lead, reduced=True)


def test_several_roles_permit_what_each_of_them_does() -> None:
    both = a_viewer(MemberRole.SALES_REP, MemberRole.REFERRAL_ADMIN)
    assert set(allowed_actions(both, claimed(), RULES)) == set(allowed_actions(a_viewer(MemberRole.REFERRAL_ADMIN), claimed(), RULES))
    steering = a_viewer(MemberRole.SELLER, MemberRole.CHANNEL_MANAGER)
    assert allowed_actions(steering, make_lead(), RULES) == (LeadAction.ASSIGN, LeadAction.ADD_NOTE)


def test_a_role_of_the_vendor_gives_a_partners_member_nothing() -> None:
    assert allowed_actions(a_viewer(MemberRole.ADMINISTRATOR, partner=GLOBEX), make_lead(partner_id=GLOBEX), RULES) == ()


GATES = [
    ({}, ("CUSTOMER_RESPONDED", "BUDGET", "AUTHORITY", "NEED", "TIMELINE")),
    ({"customer_responded": True}, ("BUDGET", "AUTHORITY", "NEED", "TIMELINE")),
    (BANT, ("CUSTOMER_RESPONDED",)),
    ({**QUALIFIED, "need": False}, ("NEED",)),
]


@pytest.mark.parametrize(("facts", "missing"), GATES)
def test_winning_and_converting_are_blocked_until_the_lead_is_qualified(facts: dict[str, bool], missing: tuple[str, ...]) -> None:
    lead, viewer = accepted(**facts), a_viewer(MemberRole.SALES_REP)
    expected = tuple(Requirement(one) for one in missing)
    assert blocked_actions(viewer, lead, RULES) == ((LeadAction.MARK_WON, expected), (LeadAction.CONVERT, expected))
    assert LeadAction.MARK_WON not in allowed_actions(viewer, lead, RULES)
    assert LeadAction.MARK_LOST in allowed_actions(viewer, lead, RULES)
    with pytest.raises(QualificationIncomplete) as refused:
        require_stage(LeadAction.MARK_WON, viewer, lead, RULES, NOW)
    assert refused.value.missing == expected
    assert all(one.value.lower().replace("_", " ") in refused.value.message for one in expected)


def test_a_setting_removes_the_requirements() -> None:
    viewer, rules = a_viewer(MemberRole.SALES_REP), Rules(qualification_gate=False)
    assert blocked_actions(viewer, accepted(), rules) == ()
    assert LeadAction.MARK_WON in allowed_actions(viewer, accepted(), rules)
    require_stage(LeadAction.MARK_WON, viewer, accepted(), rules, NOW)


@pytest.mark.parametrize("role", [MemberRole.CHANNEL_MANAGER, MemberRole.SELLER, MemberRole.ADMINISTRATOR])
def test_actions_that_the_roles_do_not_permit_are_not_listed_as_blocked(role: MemberRole) -> None:
    assert blocked_actions(a_viewer(role), accepted(), RULES) == ()


@pytest.mark.parametrize("lead", [waiting(), make_lead(), claimed()], ids=["waiting", "received", "claimed"])
@pytest.mark.parametrize("action", LeadAction)
def test_an_expired_lead_can_only_be_deleted_or_erased_even_before_the_expiry_is_recorded(lead: Lead, action: LeadAction) -> None:
    assert lead.expires_at is not None
    viewer = a_viewer(MemberRole.REFERRAL_ADMIN)
    if action in {LeadAction.DELETE, LeadAction.ERASE_CONTACT}:
        require_stage(action, viewer, lead, RULES, lead.expires_at)
        return
    with pytest.raises(InvalidTransition):
        require_stage(action, viewer, lead, RULES, lead.expires_at)


@pytest.mark.parametrize("stage", STAGES)
def test_changes_without_an_action_are_refused_for_archived_leads(stage: str) -> None:
    lead, _ = STAGES[stage]
    viewer = a_viewer(MemberRole.CHANNEL_MANAGER)
    if lead.is_archived:
        with pytest.raises(InvalidTransition, match=r"^Counting is not possible: the lead is archived as .*, which is final\.$"):
            require_not_archived("counting", viewer, lead, RULES, NOW)
        return
    require_not_archived("counting", viewer, lead, RULES, NOW)
    if lead.expires_at is not None:
        with pytest.raises(InvalidTransition):
            require_not_archived("counting", viewer, lead, RULES, lead.expires_at)


def test_a_lead_can_be_accepted_until_just_before_its_expiry() -> None:
    lead = make_lead()
    assert lead.expires_at is not None
    require_stage(LeadAction.ACCEPT, a_viewer(MemberRole.SALES_REP), lead, RULES, lead.expires_at - timedelta(milliseconds=1))


def test_every_action_has_a_phrase_for_messages() -> None:
    assert len({action_phrase(action) for action in LeadAction}) == len(LeadAction)
    for action in LeadAction:
        with pytest.raises(NotPermitted, match=r"^Only .* may .+\.$"):
            require_role(action, a_viewer(MemberRole.SELLER), make_lead(), reduced=True)
    with pytest.raises(InvalidTransition, match=r"^Accepting is not possible: the lead is archived as won, which is final\.$"):
        require_stage(LeadAction.ACCEPT, a_viewer(MemberRole.SALES_REP), archived(LeadOutcome.WON), RULES, NOW)


def test_every_stage_is_in_the_table() -> None:
    assert {lead.stage for lead, _ in STAGES.values()} == set(LeadStage)
    assert {lead.outcome for lead, _ in STAGES.values()} == {None, *LeadOutcome}


@pytest.mark.parametrize(
    ("action", "lead", "message"),
    [
        (LeadAction.RELEASE, make_lead(), "It was never claimed from a queue."),
        (LeadAction.MARK_WON, make_lead(), "Accept this lead first."),
        (LeadAction.QUALIFY, claimed(), "Accept this lead first."),
        (LeadAction.CONVERT, make_lead(), "Accept this lead first."),
        (LeadAction.ACCEPT, accepted(), "It is accepted already."),
        (LeadAction.DECLINE, accepted(), "It is accepted already: mark it as lost instead."),
        (
            LeadAction.RELEASE,
            accepted(claimed_at=NOW),
            "An accepted lead stays with its partner: mark it as lost instead.",
        ),
        (LeadAction.RELEASE, accepted(), "It was never claimed from a queue."),
        (LeadAction.CLAIM, make_lead(), "Your partner has this lead already."),
    ],
)
def test_a_refused_step_says_what_to_do_first(action: LeadAction, lead: Lead, message: str) -> None:
    with pytest.raises(InvalidTransition) as refused:
        require_stage(action, a_viewer(MemberRole.REFERRAL_ADMIN), lead, RULES, NOW)
    assert refused.value.message == message


@pytest.mark.parametrize(
    ("action", "role", "lead", "message"),
    [
        (LeadAction.EDIT, MemberRole.SALES_REP, waiting(), "Claim this lead first."),
        (LeadAction.ADD_NOTE, MemberRole.REFERRAL_ADMIN, waiting(), "Claim this lead first."),
        (LeadAction.RELEASE, MemberRole.SALES_REP, waiting(), "Claim this lead first."),
        (LeadAction.DELETE, MemberRole.REFERRAL_ADMIN, waiting(), "Claim this lead first."),
        (LeadAction.DELETE, MemberRole.SALES_REP, waiting(), "Only a referral admin of your partner or an administrator may delete leads."),
        (LeadAction.CLAIM, MemberRole.CHANNEL_MANAGER, waiting(), "Only a member of a partner may claim leads."),
        (
            LeadAction.DELETE,
            MemberRole.SALES_REP,
            make_lead(),
            "Only a referral admin of your partner or an administrator may delete leads.",
        ),
        (LeadAction.DELETE, MemberRole.CHANNEL_MANAGER, make_lead(), "Only a referral admin of its partner or an administrator may"),
        (LeadAction.ASSIGN, MemberRole.SALES_REP, make_lead(), "Only a referral admin of your partner, a channel manager or"),
        (LeadAction.EDIT, MemberRole.ADMINISTRATOR, make_lead(), "Only a member of its partner may"),
    ],
)
def test_a_refused_role_reads_who_may_or_what_to_do_first(action: LeadAction, role: MemberRole, lead: Lead, message: str) -> None:
    with pytest.raises(NotPermitted) as refused:
        require_role(action, a_viewer(role), lead)
    assert refused.value.message.startswith(message)
