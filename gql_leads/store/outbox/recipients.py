"""Members and addresses to which mails about leads go."""

from typing import NamedTuple
from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from gql_leads.domain.leads.lead import LeadType
from gql_leads.domain.matching.addresses import email_key
from gql_leads.domain.outbox.lead_mails import TO_NAMED_CONTACT, TO_PROFILE_CONTACT
from gql_leads.domain.viewer import MemberRole
from gql_leads.store.database.connection import Connection
from gql_leads.store.models.leads import Lead as StoredLead
from gql_leads.store.models.organization import BusinessProfile, Member


class AddressedLead(NamedTuple):
    """The facts of a lead that say to whom mails about it go."""

    type: LeadType
    partner_id: UUID | None
    profile_id: UUID | None
    sender_id: UUID | None
    recipient_email: str | None


async def lead_of(connection: Connection, lead_id: UUID) -> AddressedLead | None:
    """Return the facts of a lead; None for a deleted or erased one."""
    present = StoredLead.filter(id=lead_id, deleted_at=None, erased_at=None).using_db(connection.client)
    row = await present.first().values(*AddressedLead._fields)
    return None if row is None else AddressedLead(**{**row, "type": LeadType(row["type"])})


async def of_partner(connection: Connection, lead: AddressedLead) -> tuple[list[Member], str | None]:
    """Return the partner's members to whom a mail about its lead goes, or an address that is no member's."""
    assert lead.partner_id is not None, "a partner has it"
    members = await _members(connection, partner_id=lead.partner_id).order_by("id")
    address = await _address(connection, lead)
    if address is not None:
        key = email_key(address)
        named = [member for member in members if key in (member.email_key, email_key(member.preferred_email or ""))]
        return (named, None) if named else ([], address)
    for role in (MemberRole.REFERRAL_ADMIN, MemberRole.BUSINESS_PROFILE_ADMIN):
        if found := [member for member in members if role in member.roles]:
            return found, None
    return members, None


async def of_sender(connection: Connection, sender_id: UUID | None) -> list[Member]:
    """Return the sender of a lead if they are active, else the channel managers."""
    if sender_id is not None and (sender := await _members(connection, id=sender_id).first()) is not None:
        return [sender]
    return await with_role(connection, MemberRole.CHANNEL_MANAGER)


async def with_role(connection: Connection, role: MemberRole) -> list[Member]:
    """Return the active members of the vendor with this role."""
    return [member for member in await _members(connection, partner_id=None).order_by("id") if role in member.roles]


async def _address(connection: Connection, lead: AddressedLead) -> str | None:
    if lead.type in TO_PROFILE_CONTACT and lead.profile_id is not None:
        profile = await BusinessProfile.get(using_db=connection.client, id=lead.profile_id)
        return profile.contact_email
    return lead.recipient_email if lead.type in TO_NAMED_CONTACT else None


def _members(connection: Connection, **where: object) -> QuerySet[Member]:
    """Return the active members of active partners or the vendor who can get mail."""
    active = Member.filter(is_active=True, is_service=False, **where).using_db(connection.client)
    return active.filter(Q(partner_id=None) | Q(partner__is_active=True))
