"""Writes of notes, and the members that they mention.

`mentions` is raw SQL because it combines the access policy's conditions with a join.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from gql_leads.domain.outbox.notifications import Notice, NotificationKind
from gql_leads.domain.viewer import Viewer
from gql_leads.store.access import access_policy
from gql_leads.store.database.connection import Connection
from gql_leads.store.models.leads import Note, NoteMention
from gql_leads.store.organization import lists as organization
from gql_leads.store.sql.builder import Sql, all_of, is_one_of
from gql_leads.store.sql.rows import Row, attributes_of, decode, encode_columns, grouped, to_millis
from gql_leads.store.unit_of_work import UnitOfWork


async def mentions(connection: Connection, viewer: Viewer, notes: Collection[UUID]) -> dict[UUID, list[Row]]:
    """Return the members that each note mentions and that the viewer may know of, in the order given."""
    where = all_of(is_one_of("nm.note_id", notes), organization.known(organization.MEMBERS, viewer))
    rows = await connection.fetch(
        f"SELECT nm.note_id AS note_id, {', '.join(f't.{column} AS {column}' for column in organization.MEMBER)}"
        " FROM note_mention nm JOIN member t ON t.id = nm.member_id WHERE " + where + " ORDER BY nm.id"
    )
    return grouped(rows, "note_id", notes)


@dataclass(frozen=True, slots=True)
class StoredNote:
    """A note as it is stored."""

    id: UUID
    lead_id: UUID | None
    opportunity_id: UUID | None
    partner_id: UUID | None
    """The partner that had the lead or opportunity when it was written; its history stays with that partner."""
    author_id: UUID
    body: str


def lead_of(viewer: Viewer, note_id: UUID) -> Sql:
    """Return the condition of the lead `l` that the note belongs to, if the viewer may read the note."""
    known = all_of(Sql("n.id = ?", (note_id,)), access_policy.history(viewer, "n"))
    return all_of(
        "l.id = (SELECT n.lead_id FROM note n WHERE " + known + ")", access_policy.visible_to(viewer), access_policy.full_view(viewer)
    )


async def record(connection: Connection, note_id: UUID) -> StoredNote | None:
    """Return the note without an access policy, None if there is none."""
    rows = await Note.filter(id=note_id).using_db(connection.client).values()
    return decode(StoredNote, rows[0]) if rows else None


async def edit(uow: UnitOfWork, note_id: UUID, body: str) -> None:
    """Replace the text of the note."""
    await Note.filter(id=note_id).using_db(uow.connection.client).update(body=body, updated_at=to_millis(uow.now))


async def insert(uow: UnitOfWork, note: StoredNote, mentions: Sequence[UUID]) -> None:
    """Insert a new note and the members that it mentions, who are notified."""
    client, now = uow.connection.client, to_millis(uow.now)
    await Note.create(using_db=client, **encode_columns(attributes_of(note)), created_at=now, updated_at=now)
    if mentions:
        await NoteMention.bulk_create(
            [NoteMention(note_id=note.id, member_id=member_id) for member_id in dict.fromkeys(mentions)], using_db=client
        )
    for member_id in dict.fromkeys(mentions):
        uow.notify(Notice(NotificationKind.MENTION, member_id), lead_id=note.lead_id, opportunity_id=note.opportunity_id)
