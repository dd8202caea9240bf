"""Mails to the administrators about what needs their attention."""

from datetime import datetime

from gql_leads.domain.outbox.lead_mails import MailKind
from gql_leads.domain.viewer import MemberRole
from gql_leads.store.database.connection import Connection
from gql_leads.store.outbox import mails, recipients


async def report_to_administrators(connection: Connection, kind: MailKind, now: datetime) -> None:
    """Write a mail to each administrator for whom none of this kind is waiting: it tells everything when it is sent."""
    administrators = await recipients.with_role(connection, MemberRole.ADMINISTRATOR)
    await mails.add_report(connection, kind, [member.id for member in administrators], now)
