"""What was received with an intake key in the last day, so that what is sent again makes no second lead."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.store.database.connection import Connection
from gql_leads.store.models.intake import IntakeSubmission
from gql_leads.store.sql.rows import to_millis


async def reserve(
    connection: Connection, key_id: UUID, digests: Sequence[str], lead_id: UUID, now: datetime, since: datetime
) -> UUID | None:
    """Reserve the digests for a new lead and return None, or return the lead that has one since `since`.

    On PostgreSQL it waits for a transaction that has reserved an equal digest and not ended.
    """
    rows = IntakeSubmission.filter(key_id=key_id, digest__in=list(digests)).using_db(connection.client)
    await rows.filter(received_at__lt=to_millis(since)).delete()
    marks = {"key_id": key_id, "lead_id": lead_id, "received_at": to_millis(now)}
    wanted = [IntakeSubmission(id=uuid7(), digest=digest, **marks) for digest in sorted(digests)]
    await IntakeSubmission.bulk_create(wanted, ignore_conflicts=True, using_db=connection.client)
    known = next((row.lead_id for row in await rows.order_by("received_at", "id") if row.lead_id != lead_id), None)
    if known is not None:  # the digests that were new are of the lead that the others have
        await rows.filter(lead_id=lead_id).update(lead_id=known)
    return known


async def delete_older(connection: Connection, before: datetime) -> None:
    """Delete what was received before this instant."""
    await IntakeSubmission.filter(received_at__lt=to_millis(before)).using_db(connection.client).delete()
