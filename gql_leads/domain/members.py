"""Who belongs where, and which roles that permits."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from gql_leads.domain.validation import UNSET, Unset, Validator
from gql_leads.domain.viewer import PARTNER_ROLES, VENDOR_ROLES, MemberRole


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateMember:
    """A member as somebody wants them: unchecked, with `UNSET` where a field was left out."""

    member_id: UUID
    name: str | Unset | None = UNSET
    roles: Sequence[MemberRole] | Unset | None = UNSET
    is_active: bool | Unset | None = UNSET


def check_roles(validator: Validator, roles: Collection[MemberRole], *, is_vendor: bool) -> None:
    """Note a fault where these are not roles that a member of the vendor, or of a partner, may have."""
    allowed = VENDOR_ROLES if is_vendor else PARTNER_ROLES
    if not roles or not allowed.issuperset(roles):
        names = ", ".join(role.value for role in MemberRole if role in allowed)
        validator.add_error(f"Give one or more of these roles: {names}.", "roles")
