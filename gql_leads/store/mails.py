"""Mails to be sent, written in the transaction of the change that they report."""

from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.store.database.connection import Connection
from gql_leads.store.models.mails import Mail
from gql_leads.store.sql.rows import to_millis


async def add_mail_to_member(connection: Connection, kind: str, member_id: UUID, now: datetime, *, link_id: UUID | None = None) -> None:
    """Add a mail to a member, due now."""
    columns = {"id": uuid7(), "kind": kind, "member_id": member_id, "link_id": link_id}
    await Mail.create(using_db=connection.client, **columns, created_at=to_millis(now), due_at=to_millis(now))
