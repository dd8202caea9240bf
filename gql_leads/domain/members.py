"""Members and the roles that they may have."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from gql_leads.domain.values.validation import UNSET, Unset, Validator
from gql_leads.domain.viewer import PARTNER_ROLES, VENDOR_ROLES, MemberRole


class Language(StrEnum):
    EN = "EN"
    FR = "FR"
    CS = "CS"
    PL = "PL"


class EmailFrequency(StrEnum):
    AUTOMATIC = "AUTOMATIC"
    IMMEDIATE = "IMMEDIATE"
    DAILY_DIGEST = "DAILY_DIGEST"
    NONE = "NONE"


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteMember:
    """The input of `inviteMember`, not validated yet; without a partner the member is the vendor's."""

    name: str
    email: str
    roles: Sequence[MemberRole]
    partner_id: UUID | None = None
    language: Language = Language.EN


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateMember:
    """Input for a change of a member, not validated yet; `UNSET` stands for fields that were left out."""

    member_id: UUID
    name: str | Unset | None = UNSET
    roles: Sequence[MemberRole] | Unset | None = UNSET
    is_active: bool | Unset | None = UNSET


def check_roles(validator: Validator, roles: Collection[MemberRole], *, is_vendor: bool) -> None:
    """Add an error to the validator unless a member of the vendor, or else of a partner, may have these roles."""
    allowed = VENDOR_ROLES if is_vendor else PARTNER_ROLES
    if not roles or not allowed.issuperset(roles):
        names = ", ".join(role.value for role in MemberRole if role in allowed)
        validator.add_error(f"Give one or more of these roles: {names}.", "roles")
