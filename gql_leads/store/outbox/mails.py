"""Mails to be sent, written in the transaction of the change that they report."""

from datetime import datetime
from uuid import UUID

from tortoise.expressions import F, Q
from uuid_utils.compat import uuid7

from gql_leads.store.database.connection import Connection
from gql_leads.store.models.mails import Mail
from gql_leads.store.sql.rows import to_millis


async def add_mail_to_member(connection: Connection, kind: str, member_id: UUID, now: datetime, *, link_id: UUID | None = None) -> None:
    """Add a mail to a member, due now."""
    columns = {"id": uuid7(), "kind": kind, "member_id": member_id, "link_id": link_id}
    await Mail.create(using_db=connection.client, **columns, created_at=to_millis(now), due_at=to_millis(now))


async def take_due(connection: Connection, now: datetime, leased_until: datetime, most: int) -> list[Mail]:
    """Lease and return at most so many due mails, the oldest first; no two servers get the same one."""
    free = Q(leased_until=None) | Q(leased_until__lt=to_millis(now))
    due = Mail.filter(free, due_at__lte=to_millis(now)).using_db(connection.client)
    taken = []
    for mail in await due.order_by("due_at", "id").limit(most):
        leasing = Mail.filter(free, id=mail.id, due_at__lte=to_millis(now)).using_db(connection.client)
        if await leasing.update(leased_until=to_millis(leased_until)):
            taken.append(mail)
    return taken


async def record_sent(connection: Connection, mail_id: UUID, now: datetime) -> None:
    """Record that a mail was sent."""
    await _update(connection, mail_id, sent_at=to_millis(now), due_at=None, leased_until=None, error=None)


async def record_retry(connection: Connection, mail_id: UUID, due_at: datetime, error: str) -> None:
    """Record a failed attempt, and the time of the next."""
    await _update(connection, mail_id, attempts=F("attempts") + 1, due_at=to_millis(due_at), leased_until=None, error=error)


async def record_failed(connection: Connection, mail_id: UUID, now: datetime, error: str) -> None:
    """Record that a mail is given up."""
    await _update(connection, mail_id, failed_at=to_millis(now), due_at=None, leased_until=None, error=error)


async def _update(connection: Connection, mail_id: UUID, **columns: object) -> None:
    await Mail.filter(id=mail_id).using_db(connection.client).update(**columns)
