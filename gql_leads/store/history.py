"""Notes and timeline of leads: seen by the partner that held the lead when they were made, and by the vendor; not by senders."""

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from gql_leads.domain.lead import Lead
from gql_leads.domain.viewer import Viewer
from gql_leads.store import organisation, paging, sight
from gql_leads.store.changes import Change
from gql_leads.store.connection import Connection
from gql_leads.store.paging import Key, Page, Select, Window, as_uuid
from gql_leads.store.rows import Row
from gql_leads.store.shapes import Shape, named
from gql_leads.store.sql import Sql, all_of, any_of, is_one_of

NOTES = Sql("FROM note n JOIN lead l ON l.id = n.lead_id")
WHOLE_NOTE = Shape(frozenset({"id", "body", "created_at", "updated_at"}) | {named("author", column) for column in organisation.MEMBER})
NEWEST_NOTE = (Key("n.created_at", descending=True), Key("n.id", descending=True))

ENTRIES = Sql("FROM timeline_entry t JOIN lead l ON l.id = t.lead_id LEFT JOIN member a ON a.id = t.actor_id")
NEWEST_ENTRY = (Key("t.id", descending=True),)


@sight.remembered
def notes_seen(viewer: Viewer) -> Sql:
    """The notes the viewer may read."""
    return all_of(sight.audience(viewer), sight.in_full(viewer), sight.history(viewer, "n"))


@sight.remembered
def entries_seen(viewer: Viewer) -> Sql:
    """The timeline entries the viewer may read: whoever sees the lead in full sees that it was created."""
    began = any_of(sight.history(viewer, "t"), Sql("t.kind = 'CREATED'"))
    return all_of(sight.audience(viewer), sight.in_full(viewer), began)


@sight.remembered
def _notes_read(viewer: Viewer, shape: Shape) -> Select:
    """What reads so much of the notes that the viewer may read, each with its author as far as the viewer may know of them."""
    columns, source = organisation.with_member(viewer, "n", shape, "author")
    return Select(columns, NOTES + source, notes_seen(viewer), NEWEST_NOTE)


async def notes(connection: Connection, viewer: Viewer, shape: Shape, window: Window, leads: Iterable[UUID]) -> dict[UUID, Page]:
    """The same page of each lead's notes, newest first."""
    return await paging.read_pages(connection, _notes_read(viewer, shape), window, "n.lead_id", leads)


async def note_totals(connection: Connection, viewer: Viewer, leads: Iterable[UUID]) -> dict[UUID, int]:
    """How many notes each lead has."""
    return await paging.counts(connection, NOTES.text, notes_seen(viewer), "n.lead_id", leads)


async def notes_by_id(connection: Connection, viewer: Viewer, shape: Shape, ids: Collection[UUID]) -> dict[UUID, Row]:
    """Those of the notes that the viewer may read."""
    return await paging.read_by_id(connection, _notes_read(viewer, shape), ids)


async def mentions(connection: Connection, viewer: Viewer, notes: Iterable[UUID]) -> dict[UUID, list[Row]]:
    """Whom each of these notes, which the viewer may read, mentions: the members the viewer may know of, in the order given."""
    where = all_of(is_one_of("nm.note_id", notes), organisation.known(organisation.MEMBERS, viewer))
    rows = await connection.fetch(
        f"SELECT nm.note_id AS note_id, {', '.join(f't.{column} AS {column}' for column in organisation.MEMBER)}"
        f" FROM note_mention nm JOIN member t ON t.id = nm.member_id WHERE {where.text} ORDER BY nm.id",
        *where.parameters,
    )
    found: dict[UUID, list[Row]] = {}
    for row in rows:
        found.setdefault(as_uuid(row["note_id"]), []).append(row)
    return found


async def insert_note(change: Change, note_id: UUID, lead: Lead, body: str, mentions: Sequence[UUID]) -> None:
    """Write a new note on the lead by whoever acts, and whom it mentions."""
    await change.connection.execute(
        "INSERT INTO note (id, lead_id, partner_id, author_id, body, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        note_id, lead.id, lead.partner_id, change.actor.member_id, body, change.now, change.now,
    )  # fmt: skip
    await change.connection.execute_many(
        "INSERT INTO note_mention (note_id, member_id) VALUES (?, ?)", [(note_id, one) for one in dict.fromkeys(mentions)]
    )


async def timeline(connection: Connection, viewer: Viewer, window: Window, leads: Iterable[UUID]) -> dict[UUID, Page]:
    """The same page of each lead's timeline, newest first. Beside each entry: whose it is, who acted, and whether the contact is hidden."""
    columns = Sql(
        "t.kind AS kind, t.occurred_at AS occurred_at, t.partner_id AS partner_id, t.changes AS changes,"
        " t.note_id AS note_id, t.activity_id AS activity_id,"
        " a.id AS actor_id, a.name AS actor_name, a.email AS actor_email, a.roles AS actor_roles, a.is_active AS actor_is_active,"
        f" a.partner_id AS actor_partner_id, {sight.hidden_reason(viewer)} AS contact_hidden"
    )
    select = Select(columns, ENTRIES, entries_seen(viewer), NEWEST_ENTRY)
    return await paging.read_pages(connection, select, window, "t.lead_id", leads)
