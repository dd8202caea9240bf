"""Invitations: a new member gets a mail with a link by which they set their password."""

from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.domain import permissions
from gql_leads.domain.errors import Invalid, InvalidField, NotFound
from gql_leads.domain.matching.addresses import email_spellings
from gql_leads.domain.members import InviteMember, check_roles
from gql_leads.domain.values.text_folding import fold, search_text
from gql_leads.domain.values.validation import Validator
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.contact_validation import check_member_email
from gql_leads.services.idempotency import check_key, request_hash
from gql_leads.services.sign_in.links import LinkPurpose, address_of, create_link, mail_link
from gql_leads.store import idempotency
from gql_leads.store.access import sign_in
from gql_leads.store.organization import directory
from gql_leads.store.organization import lists as organization
from gql_leads.store.organization.lists import MEMBERS
from gql_leads.store.sql.rows import as_uuid, uuid_or_none
from gql_leads.store.unit_of_work import UnitOfWork

ADDRESS_TAKEN = Invalid([InvalidField(("email",), "There is a member with this e-mail address already.")])


async def invite_member(app: AppContext, viewer: Viewer, wanted: InviteMember, idempotency_key: str | None = None) -> UUID:
    """Create a member, write their invitation, and return the member's id.

    A member who never set a password is invited anew, with the given name, roles and language.
    """
    name, email = check_invitation(viewer, wanted, idempotency_key)
    request = request_hash("inviteMember", wanted)
    async with app.unit_of_work(viewer) as uow:
        partner_id = wanted.partner_id if viewer.is_vendor else viewer.partner_id
        is_hidden = wanted.partner_id not in (None, partner_id)
        if is_hidden or (partner_id is not None and not await directory.is_active_partner(uow.connection, partner_id)):
            raise NotFound(field=("partnerId",))
        permissions.INVITE_MEMBERS.require(viewer)
        if (invited := await idempotency.reserve(uow, idempotency_key, request)) is not None:
            return invited
        member_id = await _create_or_change(uow, partner_id, name, email, wanted)
        await organization.update(uow.connection, MEMBERS, member_id, {"language": wanted.language})
        await mail_link(app, uow.connection, member_id, LinkPurpose.INVITATION)
        await idempotency.store_result(uow, idempotency_key, member_id)
    return member_id


async def create_invitation(app: AppContext, viewer: Viewer, wanted: InviteMember) -> str:
    """Create a member as `invite_member` does, but return the link instead of sending it by mail."""
    name, email = check_invitation(viewer, wanted, None)
    async with app.unit_of_work(viewer) as uow:
        if wanted.partner_id is not None and not await directory.is_active_partner(uow.connection, wanted.partner_id):
            raise NotFound(field=("partnerId",))
        member_id = await _create_or_change(uow, wanted.partner_id, name, email, wanted)
        await organization.update(uow.connection, MEMBERS, member_id, {"language": wanted.language})
        return await address_of(app, uow.connection, await create_link(app, uow.connection, member_id, LinkPurpose.INVITATION))


def check_invitation(viewer: Viewer, wanted: InviteMember, idempotency_key: str | None) -> tuple[str, str]:
    """Return the clean name and address; raise Invalid with all faults."""
    validator = Validator()
    name = validator.required_text(wanted.name, "name", most=200)
    email = ""
    try:
        email = check_member_email(wanted.email)
    except Invalid as faults:
        for fault in faults.invalid_fields:
            validator.add_error(fault.message, *fault.field)
    check_roles(validator, wanted.roles, is_vendor=viewer.is_vendor and wanted.partner_id is None)
    check_key(validator, idempotency_key)
    validator.raise_if_invalid()
    return name, email


async def _create_or_change(uow: UnitOfWork, partner_id: UUID | None, name: str, email: str, wanted: InviteMember) -> UUID:
    connection, roles = uow.connection, frozenset(wanted.roles)
    existing = await organization.member_by_email(connection, email)
    if existing is None:
        member_id = uuid7()
        if not await directory.add_member(connection, member_id, partner_id, name, email, roles, uow.now):
            raise ADDRESS_TAKEN
        return member_id
    member_id = as_uuid(existing["id"])
    has_accepted = await sign_in.password_of(connection, member_id) is not None
    if has_accepted or not existing["is_active"] or uuid_or_none(existing["partner_id"]) != partner_id:
        raise ADDRESS_TAKEN
    names = {"name": name, "name_key": fold(name), "search_text": search_text(name, *email_spellings(existing["email"]))}
    await organization.update(connection, MEMBERS, member_id, {**names, "roles": sorted(roles)})
    return member_id
