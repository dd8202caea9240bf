"""Removal of the personal data of leads that were deleted longer ago than they can be restored.

The statements on `lead` are raw SQL: one skips locked rows, and the other writes columns derived from the declared attributes.
"""

from collections.abc import Mapping
from typing import Final

from gql_leads.domain.attributes import Personal, defaults_of
from gql_leads.domain.leads.lead import ATTRIBUTES, Lead
from gql_leads.domain.values.text_folding import fold
from gql_leads.store.models.leads import Activity, Favorite, Note, TimelineEntry
from gql_leads.store.models.notifications import Notification
from gql_leads.store.outbox import mails
from gql_leads.store.sql.builder import Sql, is_one_of
from gql_leads.store.sql.rows import as_uuid
from gql_leads.store.unit_of_work import UnitOfWork

UNKNOWN_NAME: Final = "Unknown"
"""Last name of a purged lead: a last name is required."""
_DEFAULTS: Final = {**defaults_of(Lead), "last_name": UNKNOWN_NAME}
_PURGED: Final = {name: _DEFAULTS[name] for name, one in ATTRIBUTES.items() if one.personal in (Personal.YES, Personal.MAYBE)}
PURGED: Final[Mapping[str, object]] = {
    **_PURGED,
    **{f"{name}_key": fold(UNKNOWN_NAME) if name == "last_name" else None for name in _PURGED if ATTRIBUTES[name].is_folded},
    **dict.fromkeys(("company_search", "company_match", "company_form", "company_rest", "phone_local", "person_key", "message_masked")),
    "search_open": "", "search_person": "", "reference_scope": None,
}  # fmt: skip
"""Columns of a purged lead that held personal data, with their new values. Columns that reports count keep theirs."""
_ASSIGNMENTS: Final = Sql(", ".join(f"{name} = ?" for name in PURGED), tuple(PURGED.values())).encoded()


async def purge(uow: UnitOfWork, most: int) -> bool:
    """Purge at most so many leads that can no longer be restored; return False if there were none."""
    locking = " FOR UPDATE SKIP LOCKED" if uow.connection.dialect == "postgres" else ""
    rows = await uow.connection.fetch(
        f"SELECT id FROM lead WHERE deleted_at <= ? AND purged_at IS NULL LIMIT {most:d}{locking}",
        uow.now - uow.rules.restore_within,
    )
    if not rows:
        return False
    ids = [row["id"] for row in rows]
    for model in (Note, Activity, TimelineEntry, Favorite, Notification):
        await model.filter(lead_id__in=ids).using_db(uow.connection.client).delete()
    await mails.erase_mails_of(uow.connection, [as_uuid(one) for one in ids])
    await uow.connection.execute("UPDATE lead SET " + _ASSIGNMENTS + Sql(", purged_at = ? WHERE ", (uow.now,)) + is_one_of("id", ids))
    return True
