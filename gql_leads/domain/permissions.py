"""The permission matrix: which roles may do what, and the sentence that says so to those who may not.

Members of a partner act for their own partner only; what one member owns, and the stage of a lead, is decided elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gql_leads.domain.errors import NotPermitted
from gql_leads.domain.leads.actions import LeadAction
from gql_leads.domain.viewer import PARTNER_ROLES, STEERING_ROLES, VENDOR_ROLES, MemberRole, Viewer

A = LeadAction
Roles = frozenset[MemberRole]

_REFERRAL_ADMIN: Final = frozenset({MemberRole.REFERRAL_ADMIN})
_PROFILE_ADMIN: Final = frozenset({MemberRole.BUSINESS_PROFILE_ADMIN})
_ADMINISTRATOR: Final = frozenset({MemberRole.ADMINISTRATOR})
_SELLER: Final = frozenset({MemberRole.SELLER})


@dataclass(frozen=True, slots=True)
class Permission:
    """The roles that may do something, and the words for it after "may"."""

    doing: str
    roles: Roles
    for_people: bool = False
    """True for what no API key may do, whatever its roles."""

    def allows(self, viewer: Viewer) -> bool:
        """Return whether the viewer may do it."""
        return not (self.for_people and viewer.is_service) and not self.roles.isdisjoint(roles_of(viewer))

    def require(self, viewer: Viewer) -> None:
        """Raise NotPermitted, and say who may, unless the viewer has one of the roles."""
        if self.for_people and viewer.is_service:
            raise NotPermitted(f"An API key may not {self.doing}. Sign in as a member for that.")
        if self.roles.isdisjoint(roles_of(viewer)):
            raise NotPermitted(self.refusal("a partner" if viewer.is_vendor else "your partner"))

    def refusal(self, partner: str, *others: str) -> str:
        """Return the sentence that says who may; `partner` names the partner, `others` are persons who may too."""
        return f"Only {_joined([*others, *_who(self.roles, partner)])} may {self.doing}."


CREATE_LEADS: Final = Permission("create leads", PARTNER_ROLES | STEERING_ROLES)
REFER_LEADS: Final = Permission("send leads to other partners", _REFERRAL_ADMIN | _SELLER | _ADMINISTRATOR)
ASSIGN_ELSEWHERE: Final = Permission("assign leads to another partner or a queue", STEERING_ROLES)
CLEAR_TEST_LEADS: Final = Permission("clear test leads", _REFERRAL_ADMIN | _ADMINISTRATOR)
IMPORT_LEADS: Final = Permission("import leads", _REFERRAL_ADMIN | _ADMINISTRATOR)
KEEP_CUSTOMERS: Final = Permission("keep accounts, contacts and opportunities", PARTNER_ROLES)
NOTE_OPPORTUNITIES: Final = Permission("add notes to opportunities", PARTNER_ROLES | STEERING_ROLES)
CHANGE_ACTIVITIES: Final = Permission("change or delete this activity", _REFERRAL_ADMIN)
"""Besides the owner of the activity."""
KEEP_OFFERS: Final = Permission("keep listings and business profiles", _PROFILE_ADMIN | _ADMINISTRATOR)
KEEP_MEMBERS: Final = Permission("change members", _REFERRAL_ADMIN | _ADMINISTRATOR, for_people=True)
INVITE_MEMBERS: Final = Permission("invite members", _REFERRAL_ADMIN | _ADMINISTRATOR, for_people=True)
KEEP_VENDOR_MEMBERS: Final = Permission("change members of the vendor", _ADMINISTRATOR, for_people=True)
KEEP_API_KEYS: Final = Permission("make, list and revoke API keys", _REFERRAL_ADMIN | _ADMINISTRATOR, for_people=True)
KEEP_INTAKE_KEYS: Final = Permission("make, list and revoke intake keys", _REFERRAL_ADMIN | _ADMINISTRATOR, for_people=True)
KEEP_WEBHOOKS: Final = Permission("make, list and delete webhooks", _REFERRAL_ADMIN | _ADMINISTRATOR, for_people=True)
KEEP_PARTNERS: Final = Permission("make and change partners", _ADMINISTRATOR)
KEEP_QUEUES: Final = Permission("keep queues", STEERING_ROLES)
KEEP_RULES: Final = Permission("keep the assignment rules", STEERING_ROLES)
KEEP_VIEWS: Final = Permission("save and delete views", PARTNER_ROLES | VENDOR_ROLES, for_people=True)
CHANGE_SHARED_VIEWS: Final = Permission("change or delete this view", _REFERRAL_ADMIN | _ADMINISTRATOR, for_people=True)
"""Besides the owner of the view."""
KEEP_CAMPAIGNS: Final = Permission("keep campaigns and say which leads belong to them", STEERING_ROLES)


def roles_of(viewer: Viewer) -> Roles:
    """Return the viewer's roles that count: a role of the vendor gives a partner's member nothing, nor the reverse."""
    return viewer.roles & (VENDOR_ROLES if viewer.is_vendor else PARTNER_ROLES)


LEAD_ACTIONS: Final[Mapping[LeadAction, Permission]] = {
    A.CLAIM: Permission("claim leads", PARTNER_ROLES),
    A.RELEASE: Permission("release this lead", _REFERRAL_ADMIN | STEERING_ROLES),
    A.ACCEPT: Permission("accept this lead", PARTNER_ROLES),
    A.DECLINE: Permission("decline this lead", PARTNER_ROLES),
    A.UPDATE_STATUS: Permission("change its status", PARTNER_ROLES),
    A.EDIT: Permission("edit this lead", PARTNER_ROLES),
    A.EDIT_DEAL: Permission("edit its deal", PARTNER_ROLES),
    A.QUALIFY: Permission("qualify this lead", PARTNER_ROLES),
    A.MARK_WON: Permission("mark it as won", PARTNER_ROLES),
    A.MARK_LOST: Permission("mark it as lost", PARTNER_ROLES),
    A.CONVERT: Permission("convert it", PARTNER_ROLES),
    A.ASSIGN: Permission("assign leads", _REFERRAL_ADMIN | STEERING_ROLES),
    A.ADD_NOTE: Permission("add notes to this lead", PARTNER_ROLES | STEERING_ROLES),
    A.LOG_ACTIVITY: Permission("log its activities", PARTNER_ROLES),
    A.DELETE: Permission("delete leads", _REFERRAL_ADMIN | _ADMINISTRATOR),
    A.RESTORE: Permission("restore leads", _REFERRAL_ADMIN | _ADMINISTRATOR),
    A.MERGE: Permission("merge leads", PARTNER_ROLES | _ADMINISTRATOR),
    A.ERASE_CONTACT: Permission("erase contacts", _REFERRAL_ADMIN | _ADMINISTRATOR),
}
"""Actions on a lead that the partner of a member has; the owner may release it too."""

_NAMES: Final = {
    MemberRole.SALES_REP: "a sales rep of {partner}",
    MemberRole.BUSINESS_PROFILE_ADMIN: "a business profile admin of {partner}",
    MemberRole.REFERRAL_ADMIN: "a referral admin of {partner}",
    MemberRole.SELLER: "a seller",
    MemberRole.CHANNEL_MANAGER: "a channel manager",
    MemberRole.ADMINISTRATOR: "an administrator",
}


def _who(roles: Roles, partner: str) -> list[str]:
    """Return the names of the roles, partner's first."""
    everybody = ["a member of {partner}"] if roles >= PARTNER_ROLES else []
    named = [name for role, name in _NAMES.items() if role in (roles - PARTNER_ROLES if everybody else roles)]
    return [name.format(partner=partner) for name in [*everybody, *named]]


def _joined(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else names[0]
