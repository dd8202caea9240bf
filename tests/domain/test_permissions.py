"""The permission matrix: every role may do what the matrix says, and a refusal names exactly the roles that may."""

import pytest

from gql_leads.domain import permissions
from gql_leads.domain.errors import NotPermitted
from gql_leads.domain.leads.actions import LeadAction
from gql_leads.domain.leads.lifecycle import permitted, require_role
from gql_leads.domain.permissions import LEAD_ACTIONS, Permission
from gql_leads.domain.viewer import PARTNER_ROLES, MemberRole
from tests.domain.facts import ACME, a_viewer, make_lead

# The matrix of the rules: a letter for each role that may.
S, B, R, C, E, A = (
    MemberRole.SALES_REP, MemberRole.BUSINESS_PROFILE_ADMIN, MemberRole.REFERRAL_ADMIN, MemberRole.CHANNEL_MANAGER, MemberRole.SELLER,
    MemberRole.ADMINISTRATOR,
)  # fmt: skip
ACTIONS = {
    LeadAction.CLAIM: {S, B, R}, LeadAction.RELEASE: {R, C, A}, LeadAction.ACCEPT: {S, B, R}, LeadAction.DECLINE: {S, B, R},
    LeadAction.UPDATE_STATUS: {S, B, R}, LeadAction.EDIT: {S, B, R}, LeadAction.EDIT_DEAL: {S, B, R}, LeadAction.QUALIFY: {S, B, R},
    LeadAction.MARK_WON: {S, B, R}, LeadAction.MARK_LOST: {S, B, R}, LeadAction.CONVERT: {S, B, R}, LeadAction.ASSIGN: {R, C, A},
    LeadAction.ADD_NOTE: {S, B, R, C, A}, LeadAction.LOG_ACTIVITY: {S, B, R}, LeadAction.DELETE: {R, A}, LeadAction.RESTORE: {R, A},
    LeadAction.ERASE_CONTACT: {R, A}, LeadAction.MERGE: {S, B, R, A},
}  # fmt: skip
OTHERS = {
    permissions.CREATE_LEADS: {S, B, R, C, A}, permissions.REFER_LEADS: {R, E, A}, permissions.ASSIGN_ELSEWHERE: {C, A},
    permissions.CLEAR_TEST_LEADS: {R, A}, permissions.KEEP_CUSTOMERS: {S, B, R}, permissions.KEEP_OFFERS: {B, A},
    permissions.KEEP_MEMBERS: {R, A}, permissions.KEEP_VENDOR_MEMBERS: {A}, permissions.KEEP_PARTNERS: {A},
    permissions.KEEP_QUEUES: {C, A}, permissions.KEEP_RULES: {C, A}, permissions.KEEP_CAMPAIGNS: {C, A},
}  # fmt: skip
WORDS = {S: "sales rep", B: "business profile admin", R: "referral admin", C: "channel manager", E: "seller", A: "administrator"}


def named_in(message: str) -> set[MemberRole]:
    """Return the roles that a sentence names; "a member of a partner" names all of a partner's."""
    return {role for role, word in WORDS.items() if word in message or ("a member of " in message and role in PARTNER_ROLES)}


def test_every_action_is_in_the_matrix() -> None:
    assert set(LEAD_ACTIONS) == set(ACTIONS) == set(LeadAction)


@pytest.mark.parametrize("action", LeadAction)
@pytest.mark.parametrize("role", MemberRole)
def test_a_role_may_act_on_a_lead_or_is_told_who_may(action: LeadAction, role: MemberRole) -> None:
    viewer, lead = a_viewer(role), make_lead(partner_id=ACME)
    assert (action in permitted(viewer, lead)) == (role in ACTIONS[action])
    if role not in ACTIONS[action]:
        with pytest.raises(NotPermitted) as refused:
            require_role(action, viewer, lead)
        assert named_in(refused.value.message) == ACTIONS[action]


@pytest.mark.parametrize("permission", OTHERS, ids=lambda one: one.doing)
@pytest.mark.parametrize("role", MemberRole)
def test_a_role_has_a_permission_or_is_told_who_has(permission: Permission, role: MemberRole) -> None:
    viewer = a_viewer(role)
    if role in OTHERS[permission]:
        permission.require(viewer)
        return
    with pytest.raises(NotPermitted) as refused:
        permission.require(viewer)
    assert named_in(refused.value.message) == OTHERS[permission]
    assert ("your partner" in refused.value.message) == (role in PARTNER_ROLES and bool(OTHERS[permission] & PARTNER_ROLES))


def test_the_sentences_are_plain() -> None:
    assert LEAD_ACTIONS[LeadAction.DELETE].refusal("your partner") == (
        "Only a referral admin of your partner or an administrator may delete leads."
    )
    assert permissions.KEEP_QUEUES.refusal("your partner") == "Only a channel manager or an administrator may keep queues."
    assert permissions.CREATE_LEADS.refusal("a partner") == (
        "Only a member of a partner, a channel manager or an administrator may create leads."
    )
    assert LEAD_ACTIONS[LeadAction.RELEASE].refusal("your partner", "its owner") == (
        "Only its owner, a referral admin of your partner, a channel manager or an administrator may release this lead."
    )


def test_a_role_of_the_other_side_gives_nothing() -> None:
    with pytest.raises(NotPermitted):
        permissions.KEEP_QUEUES.require(a_viewer(MemberRole.ADMINISTRATOR, partner=ACME))
