"""Letting people in."""

from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.domain.checking import Checking
from gql_leads.domain.errors import Invalid, InvalidField, NotFound
from gql_leads.domain.folding import fold
from gql_leads.domain.viewer import PARTNER_ROLES, VENDOR_ROLES, MemberRole
from gql_leads.services.desk import Desk
from gql_leads.services.reachability import check_member_email
from gql_leads.store.database import Connection
from gql_leads.store.paging import as_uuid


async def add_member(desk: Desk, email: str, name: str, roles: frozenset[MemberRole], partner: str | None = None) -> UUID:
    """Make a member of a partner, named by its name, or of the vendor; returns the id."""
    check = Checking()
    clean_name = check.required_text(name, "name", most=200)
    allowed = VENDOR_ROLES if partner is None else PARTNER_ROLES
    if not roles or not roles <= allowed:
        names = ", ".join(role.value for role in MemberRole if role in allowed)
        check.fault(f"Give one or more of these roles: {names}.", "roles")
    check.done()
    address = check_member_email(email)
    async with desk.database.transaction() as connection:
        partner_id = None if partner is None else await _partner(connection, partner)
        member_id = uuid7()
        inserted = await connection.fetch(
            "INSERT INTO member (id, partner_id, name, name_key, email, email_key, roles, is_active, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (email_key) DO NOTHING RETURNING id",
            member_id, partner_id, clean_name, fold(clean_name), address, fold(address), sorted(roles), True, desk.now(),
        )  # fmt: skip
        if not inserted:
            raise Invalid([InvalidField(("email",), "There is a member with this e-mail address already.")])
    return member_id


async def _partner(connection: Connection, name: str) -> UUID:
    row = await connection.fetch_one("SELECT id FROM partner WHERE name_key = ?", fold(name.strip()))
    if row is None:
        raise NotFound(f"There is no partner named {name}.", field=("partner",))
    return as_uuid(row["id"])
