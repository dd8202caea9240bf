"""Members: creation, and updates of their name, roles and activity."""

from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.domain import permissions
from gql_leads.domain.errors import Invalid, InvalidField, NotFound
from gql_leads.domain.matching.addresses import email_spellings
from gql_leads.domain.members import UpdateMember, check_roles
from gql_leads.domain.values.text_folding import fold, search_text
from gql_leads.domain.values.validation import UNSET, Unset, Validator
from gql_leads.domain.viewer import MemberRole, Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.contact_validation import check_member_email
from gql_leads.store.access import sign_in
from gql_leads.store.organization import directory
from gql_leads.store.organization import lists as organization
from gql_leads.store.unit_of_work import UnitOfWork


async def add_member(app: AppContext, email: str, name: str, roles: frozenset[MemberRole], partner: str | None = None) -> UUID:
    """Create a member of the vendor or of the partner with this name, and return its id."""
    validator = Validator()
    clean_name = validator.required_text(name, "name", most=200)
    check_roles(validator, roles, is_vendor=partner is None)
    validator.raise_if_invalid()
    address = check_member_email(email)
    async with app.database.transaction() as connection:
        partner_id = None if partner is None else await directory.partner_named(connection, partner)
        if partner is not None and partner_id is None:
            raise NotFound(f"There is no partner named {partner}.", field=("partner",))
        member_id = uuid7()
        if not await directory.add_member(connection, member_id, partner_id, clean_name, address, roles, app.now()):
            raise Invalid([InvalidField(("email",), "There is a member with this e-mail address already.")])
    return member_id


async def update_member(app: AppContext, viewer: Viewer, wanted: UpdateMember) -> UUID:
    """Update a member's name, roles or activity and return its id.

    The server closes open sockets of a member who lost a permission.
    """
    validator = Validator()
    name = validator.required_text(wanted.name, "name", most=200)
    roles = None if isinstance(wanted.roles, Unset) else validator.required(wanted.roles, "roles")
    is_active = validator.required(wanted.is_active, "isActive")
    validator.raise_if_invalid()
    columns: dict[str, Any] = {"name": name, "name_key": UNSET if isinstance(name, Unset) else fold(name), "is_active": is_active}
    if roles is not None:
        columns["roles"] = sorted(set(roles))
    async with app.unit_of_work(viewer) as uow:
        connection, member_id = uow.connection, wanted.member_id
        row = (await organization.by_id(connection, viewer, organization.MEMBERS, [member_id])).get(member_id)
        if row is None:
            raise NotFound(field=("memberId",))
        is_vendor = row["partner_id"] is None
        (permissions.KEEP_VENDOR_MEMBERS if is_vendor else permissions.KEEP_MEMBERS).require(viewer)
        if roles is not None:
            check_roles(validator, roles, is_vendor=is_vendor)
        if is_active is False and member_id == viewer.member_id:
            validator.add_error("Have somebody else deactivate you: nobody locks themselves out.", "isActive")
        validator.raise_if_invalid()
        await _check_administrators(uow, wanted)
        written = {column: value for column, value in columns.items() if value is not UNSET}
        if "name" in written:
            written["search_text"] = search_text(written["name"], *email_spellings(row["email"]))
        await organization.update(connection, organization.MEMBERS, member_id, written)
        if is_active is False:
            await sign_in.end_sessions_of(connection, member_id, uow.now)  # Who is activated again signs in again.
    return member_id


async def _check_administrators(uow: UnitOfWork, wanted: UpdateMember) -> None:
    """Raise Invalid if the update would leave the vendor without an active administrator."""
    stays = wanted.is_active is not False and (isinstance(wanted.roles, Unset) or MemberRole.ADMINISTRATOR in (wanted.roles or ()))
    if not stays and await organization.lock_administrators(uow.connection) == {wanted.member_id}:
        path = "roles" if wanted.is_active is not False else "isActive"
        raise Invalid([InvalidField((path,), "Make somebody else ADMINISTRATOR first: the vendor needs one.")])
