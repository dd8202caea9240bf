"""Who is asking."""

from dataclasses import dataclass
from enum import StrEnum
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
    """A member who came in: of one partner, or of the vendor where `partner_id` is None."""

    member_id: UUID
    roles: frozenset[MemberRole]
    partner_id: UUID | None = None
    open_queues: frozenset[UUID] = frozenset()
    """The queues that the viewer's partner may claim from; empty for the vendor's members."""

    def __hash__(self) -> int:
        # Nobody is two viewers at once, and much is remembered by viewer.
        return hash(self.member_id)

    def has(self, *roles: MemberRole) -> bool:
        """Whether the viewer has one of these roles."""
        return not self.roles.isdisjoint(roles)

    @property
    def is_vendor(self) -> bool:
        """Whether the viewer is of the vendor."""
        return self.partner_id is None

    @property
    def sees_everything(self) -> bool:
        """Whether every lead is in the viewer's sight."""
        return self.is_vendor and not self.roles.isdisjoint(STEERING_ROLES)

    @property
    def works_leads(self) -> bool:
        """Whether the viewer may work the leads of their partner."""
        return self.partner_id is not None and not self.roles.isdisjoint(PARTNER_ROLES)

    @property
    def may_restore(self) -> bool:
        """Whether the viewer may delete leads and bring deleted ones back."""
        return self.has(MemberRole.ADMINISTRATOR if self.is_vendor else MemberRole.REFERRAL_ADMIN)
