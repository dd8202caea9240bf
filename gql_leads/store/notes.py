"""Notes on leads, and whom they mention (read as everything of the `journal` is)."""

from collections.abc import Collection, Sequence
from uuid import UUID

from gql_leads.domain.leads.lead import Lead
from gql_leads.domain.viewer import Viewer
from gql_leads.store import organization
from gql_leads.store.database.connection import Connection
from gql_leads.store.sql.builder import all_of, is_one_of
from gql_leads.store.sql.rows import Row, grouped
from gql_leads.store.unit_of_work import UnitOfWork


async def mentions(connection: Connection, viewer: Viewer, notes: Collection[UUID]) -> dict[UUID, list[Row]]:
    """Whom each of these notes, which the viewer may read, mentions: the members the viewer may know of, in the order given."""
    where = all_of(is_one_of("nm.note_id", notes), organization.known(organization.MEMBERS, viewer))
    rows = await connection.fetch(
        f"SELECT nm.note_id AS note_id, {', '.join(f't.{column} AS {column}' for column in organization.MEMBER)}"
        " FROM note_mention nm JOIN member t ON t.id = nm.member_id WHERE " + where + " ORDER BY nm.id"
    )
    return grouped(rows, "note_id", notes)


async def insert(uow: UnitOfWork, note_id: UUID, lead: Lead, body: str, mentions: Sequence[UUID]) -> None:
    """Write a new note on the lead by whoever acts, and whom it mentions."""
    await uow.connection.execute(
        "INSERT INTO note (id, lead_id, partner_id, author_id, body, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        note_id, lead.id, lead.partner_id, uow.actor.member_id, body, uow.now, uow.now,
    )  # fmt: skip
    await uow.connection.execute_many(
        "INSERT INTO note_mention (note_id, member_id) VALUES (?, ?)", [(note_id, one) for one in dict.fromkeys(mentions)]
    )
