"""The member that an identity provider's token stands for, with the roles and the partner that it names."""

from dataclasses import replace
from typing import Final

from gql_leads.domain.values.text_folding import fold
from gql_leads.domain.viewer import PARTNER_ROLES, VENDOR_ROLES, MemberRole, Viewer
from gql_leads.services.sign_in.oidc.id_tokens import Identity, RefusedToken
from gql_leads.store.access.viewers import AddressedViewer

MOST_SHOWN: Final = 100


def viewer_of_identity(identity: Identity, found: AddressedViewer | None) -> Viewer:
    """Return the active member with the token's e-mail address; raise RefusedToken if the claims do not fit.

    A partner in the token must be the member's. Roles in the token replace the member's own for this request.
    """
    # The key under which members are found folds letters that differ in other mail systems, such as ß and ss.
    if found is None or found.email.encode().lower() != identity.email.encode().lower():
        raise RefusedToken("there is no active member with its e-mail address")
    if identity.has_partner:
        _check_partner(identity.partner, found)
    return replace(found.viewer, roles=_roles(identity.roles, found.viewer), roles_from_token=True) if identity.has_roles else found.viewer


def _check_partner(named: object, found: AddressedViewer) -> None:
    """Refuse another partner than the member's, named by its id or its name; null and an empty text name the vendor."""
    partner_id, partner_key = found.viewer.partner_id, found.partner_key
    if named in (None, ""):
        fits = partner_id is None
    else:
        fits = partner_id is not None and isinstance(named, str) and (named.lower() == str(partner_id) or fold(named) == partner_key)
    if not fits:
        raise RefusedToken(f"its partner claim names {_shown(named)}, which is not the member's partner")


def _roles(named: object, member: Viewer) -> frozenset[MemberRole]:
    """Return the roles that the claim names: a list, or one of them as a text."""
    allowed = VENDOR_ROLES if member.is_vendor else PARTNER_ROLES
    names = [named] if isinstance(named, str) else named
    if not isinstance(names, list) or not names:
        raise RefusedToken("its roles claim is no list of roles")
    for name in names:
        if not isinstance(name, str) or name not in allowed:
            side = "the vendor" if member.is_vendor else "a partner"
            raise RefusedToken(f"its roles claim names {_shown(name)}, which is no role of a member of {side}")
    return frozenset(map(MemberRole, names))


def _shown(value: object) -> str:
    """Return a value of the issuer for the log, at most so long."""
    text = repr(value)
    return text if len(text) <= MOST_SHOWN else text[:MOST_SHOWN] + "…"
