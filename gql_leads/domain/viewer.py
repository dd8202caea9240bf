"""The viewer: the member for whom a request is executed, and their roles."""

from collections.abc import Hashable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID


class MemberRole(StrEnum):
    SALES_REP = "SALES_REP"
    REFERRAL_ADMIN = "REFERRAL_ADMIN"
    BUSINESS_PROFILE_ADMIN = "BUSINESS_PROFILE_ADMIN"
    CHANNEL_MANAGER = "CHANNEL_MANAGER"
    SELLER = "SELLER"
    ADMINISTRATOR = "ADMINISTRATOR"


PARTNER_ROLES = frozenset({MemberRole.SALES_REP, MemberRole.REFERRAL_ADMIN, MemberRole.BUSINESS_PROFILE_ADMIN})
VENDOR_ROLES = frozenset(MemberRole) - PARTNER_ROLES
STEERING_ROLES = frozenset({MemberRole.CHANNEL_MANAGER, MemberRole.ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class Viewer:
    """Authenticated member of a partner, or of the vendor if `partner_id` is None."""

    member_id: UUID
    roles: frozenset[MemberRole]
    partner_id: UUID | None = None
    open_queues: frozenset[UUID] = frozenset()
    """Queues from which the viewer's partner may claim; empty for members of the vendor."""
    is_service: bool = False
    """True for an API key, which acts as a member of its own."""
    roles_from_token: bool = False
    """True if a token of the identity provider named the roles; until it ends, they do not follow the member's own."""

    def __hash__(self) -> int:
        # Viewers are cache keys. The member id alone is hashed faster, and equal ids nearly always mean equal viewers.
        return hash(self.member_id)

    def has(self, *roles: MemberRole) -> bool:
        """True if the viewer has at least one of these roles."""
        return not self.roles.isdisjoint(roles)

    @property
    def is_vendor(self) -> bool:
        """True for a member of the vendor."""
        return self.partner_id is None

    @property
    def sees_everything(self) -> bool:
        """True if all leads are visible to the viewer."""
        return self.is_vendor and not self.roles.isdisjoint(STEERING_ROLES)

    @property
    def is_administrator(self) -> bool:
        """True for an administrator of the vendor."""
        return self.is_vendor and MemberRole.ADMINISTRATOR in self.roles

    @property
    def permission_scope(self) -> Hashable:
        """The key of viewers with identical permissions."""
        if self.is_vendor and not self.sees_everything:
            return self.member_id, self.roles
        return self.partner_id, self.roles

    @property
    def works_leads(self) -> bool:
        """True if the viewer may work the leads of their partner."""
        return self.partner_id is not None and not self.roles.isdisjoint(PARTNER_ROLES)

    @property
    def may_restore(self) -> bool:
        """True if the viewer may delete and restore leads."""
        return self.has(MemberRole.ADMINISTRATOR if self.is_vendor else MemberRole.REFERRAL_ADMIN)


OPERATOR: Final = Viewer(UUID(int=0), frozenset({MemberRole.ADMINISTRATOR}))
"""The person at the command line, who may do what administrators may; no row of the database has this id."""
