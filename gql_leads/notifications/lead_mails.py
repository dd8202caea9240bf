"""Recipients of mails about leads: a request becomes one mail for each, sent at once or with the next digest."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.domain.members import EmailFrequency
from gql_leads.domain.outbox.lead_mails import ARRIVALS, MUTED_WITH, SINGLE_MAILS_A_DAY, MailKind, digest_time
from gql_leads.services.app_context import AppContext
from gql_leads.services.notifications.unsubscribing import address_hash
from gql_leads.store.database.connection import Connection
from gql_leads.store.models.mails import Mail
from gql_leads.store.models.organization import Member
from gql_leads.store.organization.notification_settings import settings_of
from gql_leads.store.outbox import mails, recipients
from gql_leads.store.sql.rows import to_millis


class Recipient(NamedTuple):
    """A member, or an address that is no member's."""

    key: str
    """The id of the member, or the hash of the address."""
    frequency: EmailFrequency
    member_id: UUID | None = None
    address: str | None = None


async def address_request(app: AppContext, request: Mail, digest_hour: int) -> None:
    """Replace a request by the mails of its recipients; each mail about a lead counts for the recipient's day."""
    async with app.database.transaction() as connection:
        members, address = await _recipients(connection, request)
        found = [
            Recipient(str(member.id), settings_of(member).email_frequency, member_id=member.id)
            for member in sorted(members, key=lambda one: one.id)
            if member.id != request.actor_id and _wants(member, MailKind(request.kind))
        ]
        if address is not None and not await mails.opted_out(connection, [key := address_hash(address)]):
            found.append(Recipient(key, EmailFrequency.AUTOMATIC, address=address))
        made = [await _mail_to(connection, request, recipient, app.now(), digest_hour) for recipient in found]
        await mails.replace_request(connection, request, made)


async def _recipients(connection: Connection, request: Mail) -> tuple[Sequence[Member], str | None]:
    lead = None if request.lead_id is None else await recipients.lead_of(connection, request.lead_id)
    if lead is None:
        return (), None
    if MailKind(request.kind) not in ARRIVALS:
        return await recipients.of_sender(connection, lead.sender_id), None
    if lead.partner_id is None or lead.partner_id != request.partner_id:
        return (), None  # it was given to somebody else meanwhile, which made another request
    return await recipients.of_partner(connection, lead)


def _wants(member: Member, kind: MailKind) -> bool:
    settings = settings_of(member)
    return settings.email_frequency is not EmailFrequency.NONE and MUTED_WITH[kind] not in settings.muted_kinds


async def _mail_to(connection: Connection, request: Mail, recipient: Recipient, now: datetime, digest_hour: int) -> Mail:
    number = await mails.count_mail(connection, recipient.key, to_millis(now) // 86_400_000)
    is_digest = recipient.frequency is EmailFrequency.DAILY_DIGEST or (
        recipient.frequency is EmailFrequency.AUTOMATIC and number > SINGLE_MAILS_A_DAY
    )
    return Mail(
        id=uuid7(), kind=request.kind, member_id=recipient.member_id, address=recipient.address, lead_id=request.lead_id,
        partner_id=request.partner_id, created_at=request.created_at, is_digest=is_digest,
        due_at=to_millis(digest_time(now, digest_hour) if is_digest else now),
    )  # fmt: skip
