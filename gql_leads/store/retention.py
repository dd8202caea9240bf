"""Removing for good what was kept long enough."""

from gql_leads.store.sql.builder import Sql, is_one_of
from gql_leads.store.unit_of_work import UnitOfWork

PURGED = (
    "first_name = NULL, last_name = 'Unknown', title = NULL, email = NULL, phone = NULL, company = NULL, industry = NULL, city = NULL,"
    " region = NULL, message = NULL, external_reference = NULL, reference_scope = NULL, recipient_email = NULL, deal_name = NULL,"
    " campaign_code = NULL, crm_id = NULL, team = '[]', close_comment = NULL, first_name_key = NULL, last_name_key = 'unknown',"
    " company_key = NULL, email_key = NULL, phone_key = NULL, person_key = NULL, search_open = '', search_person = ''"
)
"""What goes with a purge; what reports count stays."""


async def purge(uow: UnitOfWork, most: int) -> bool:
    """Purge leads that were deleted too long ago to be restored; whether there were any."""
    locking = " FOR UPDATE SKIP LOCKED" if uow.connection.dialect == "postgres" else ""
    rows = await uow.connection.fetch(
        f"SELECT id FROM lead WHERE deleted_at <= ? AND purged_at IS NULL LIMIT {most:d}{locking}",
        uow.now - uow.rules.restore_within,
    )
    if not rows:
        return False
    ids = tuple(row["id"] for row in rows)
    for table in ("note", "activity", "timeline_entry", "favorite"):
        await uow.connection.execute(f"DELETE FROM {table} WHERE " + is_one_of("lead_id", ids))
    await uow.connection.execute(Sql(f"UPDATE lead SET {PURGED}, purged_at = ? WHERE ", (uow.now,)) + is_one_of("id", ids))
    return True
