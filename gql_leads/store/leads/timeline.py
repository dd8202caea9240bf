"""Timelines of leads; read by the partner that held the lead at the time and by the vendor, not by senders.

Raw SQL because one statement reads a page for each of many leads (`make bench`, q3).
"""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from gql_leads.domain.viewer import Viewer
from gql_leads.store.access import access_policy
from gql_leads.store.database.connection import Connection
from gql_leads.store.sql import pagination
from gql_leads.store.sql.builder import Sql, all_of, any_of
from gql_leads.store.sql.pagination import Key, Page, Select, Window

ENTRIES: Final = Sql("FROM timeline_entry t JOIN lead l ON l.id = t.lead_id LEFT JOIN member a ON a.id = t.actor_id")
NEWEST: Final = (Key("t.id", descending=True),)


@access_policy.memoized
def _seen(viewer: Viewer) -> Sql:
    """Return the condition for entries that the viewer may read.

    CREATED is readable by every viewer who sees the lead in full.
    """
    began = any_of(access_policy.history(viewer, "t"), Sql("t.kind = 'CREATED'"))
    return all_of(access_policy.visible_to(viewer), access_policy.full_view(viewer), began)


async def pages(connection: Connection, viewer: Viewer, window: Window, leads: Iterable[UUID]) -> dict[UUID, Page]:
    """Read the same page of each lead's timeline, newest first, with the partner, the actor and the contact's mask."""
    columns = Sql(
        "t.id AS id, COALESCE(t.later_kind, t.kind) AS kind, t.occurred_at AS occurred_at, t.partner_id AS partner_id,"
        " t.changes AS changes,"
        " t.note_id AS note_id, t.activity_id AS activity_id,"
        " a.id AS actor_id, a.name AS actor_name, a.email AS actor_email, a.roles AS actor_roles, a.is_active AS actor_is_active,"
        " a.is_service AS actor_is_service,"
        f" a.partner_id AS actor_partner_id, {access_policy.hidden_reason(viewer)} AS contact_hidden"
    )
    select = Select(columns, ENTRIES, _seen(viewer), NEWEST)
    return await pagination.read_pages(connection, select, window, "t.lead_id", leads)
