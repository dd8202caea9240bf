"""Writes of notes, and the members that they mention.

`mentions` is raw SQL because it combines the access policy's conditions with a join.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

from gql_leads.domain.leads.lead import Lead
from gql_leads.domain.viewer import Viewer
from gql_leads.store import organization
from gql_leads.store.database.connection import Connection
from gql_leads.store.models.leads import Note, NoteMention
from gql_leads.store.sql.builder import all_of, is_one_of
from gql_leads.store.sql.rows import Row, grouped, to_millis
from gql_leads.store.unit_of_work import UnitOfWork


async def mentions(connection: Connection, viewer: Viewer, notes: Collection[UUID]) -> dict[UUID, list[Row]]:
    """Return the members that each note mentions and that the viewer may know of, in the order given."""
    where = all_of(is_one_of("nm.note_id", notes), organization.known(organization.MEMBERS, viewer))
    rows = await connection.fetch(
        f"SELECT nm.note_id AS note_id, {', '.join(f't.{column} AS {column}' for column in organization.MEMBER)}"
        " FROM note_mention nm JOIN member t ON t.id = nm.member_id WHERE " + where + " ORDER BY nm.id"
    )
    return grouped(rows, "note_id", notes)


async def insert(uow: UnitOfWork, note_id: UUID, lead: Lead, body: str, mentions: Sequence[UUID]) -> None:
    """Insert a new note on the lead by the actor, and the members that it mentions."""
    client, now = uow.connection.client, to_millis(uow.now)
    await Note.create(
        using_db=client, id=note_id, lead_id=lead.id, partner_id=lead.partner_id, author_id=uow.actor.member_id, body=body,
        created_at=now, updated_at=now,
    )  # fmt: skip
    if mentions:
        await NoteMention.bulk_create(
            [NoteMention(note_id=note_id, member_id=member_id) for member_id in dict.fromkeys(mentions)], using_db=client
        )
