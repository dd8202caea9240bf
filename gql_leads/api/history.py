"""What people wrote on a lead, and what happened to it."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import strawberry

from gql_leads.api import facts
from gql_leads.api.activities import Activity, activity_by_id, activity_plan
from gql_leads.api.connections import CURSOR, EDGES, NODE, NODES, PAGE_INFO, PageInfo, row_selection
from gql_leads.api.context import Context, Info
from gql_leads.api.facts import Plan, beside, identity, key, plain, whole
from gql_leads.api.making import made
from gql_leads.api.node import Node
from gql_leads.api.organisation import Member, member, member_facts, row_by_id
from gql_leads.api.scalars import DateTime
from gql_leads.api.selection import Selection
from gql_leads.domain import timeline
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.history import FieldChange as Change
from gql_leads.domain.viewer import Viewer
from gql_leads.store import history, organisation, queues
from gql_leads.store.paging import as_uuid
from gql_leads.store.rows import Row


@strawberry.type(description="What somebody wrote on a lead.")
class Note(Node):
    body: str = strawberry.field(description="The text, with its line breaks.")
    created_at: DateTime = strawberry.field(description="When it was written.")
    updated_at: DateTime = strawberry.field(description="When it was last changed.")
    author: Member = strawberry.field(description="Who wrote it.")
    uuid: strawberry.Private[UUID]

    @strawberry.field(description="Whom it was written for in particular.")
    async def mentions(self, info: Info) -> list[Member]:
        connection, viewer = info.context.connection, info.context.viewer
        rows = await info.context.batches.load("mentions", self.uuid, lambda ids: history.mentions(connection, viewer, ids))
        return [member(row) for row in rows or ()]


NOTE: Final = {
    "id": identity("Note"),
    "body": plain("body"),
    "createdAt": plain("created_at"),
    "updatedAt": plain("updated_at"),
    "author": beside("author", Member, member_facts),
    "mentions": key("uuid", "id"),
}
WHOLE_NOTE: Final = facts.plan(Note, NOTE)
_actor = whole(Member, member_facts("actor_"))


def note_plan(selection: Selection) -> Plan:
    """The plan for what is selected of a note."""
    return facts.plan(Note, NOTE, selection)


def notes_plan(selection: Selection) -> Plan:
    """The plan for what is selected of the notes of a connection."""
    return note_plan(row_selection(selection.fields("NoteConnection"), "NoteEdge", selection.nothing()))


async def note_by_id(context: Context, uuid: UUID, plan: Plan = WHOLE_NOTE) -> Note | None:
    """A note the viewer may read."""
    connection, viewer = context.connection, context.viewer
    row = await context.batches.load(("note", plan.shape), uuid, lambda ids: history.notes_by_id(connection, viewer, plan.shape, ids))
    return None if row is None else plan.make(row)


@strawberry.type(description="One field before and after.")
class FieldChange:
    field: str = strawberry.field(description="The field's path in this API, such as `contact.email`.")
    from_: str | None = strawberry.field(
        name="from", description="The value before; null where there was none, or the viewer may not know it."
    )
    to: str | None = strawberry.field(description="The value after; null where there is none, or the viewer may not know it.")


@strawberry.type(description="One thing that happened to a lead. Never edited.")
class TimelineEntry:
    kind: TimelineKind = strawberry.field(description="What happened.")
    occurred_at: DateTime = strawberry.field(description="When.")
    actor: Member | None = strawberry.field(description="Who did it; null where it happened by itself, or another partner's member did it.")
    told: strawberry.Private[tuple[Change, ...]]
    note_id: strawberry.Private[UUID | None]
    activity_id: strawberry.Private[UUID | None]

    @strawberry.field(description="The entry in a sentence.")
    async def summary(self, info: Info) -> str:
        named = await _named(info.context, self.told)
        return timeline.summary(TimelineKind(self.kind), named, self.actor.name if self.actor else None)

    @strawberry.field(description="Which fields changed, from what to what.")
    async def changes(self, info: Info) -> list[FieldChange]:
        named = await _named(info.context, self.told)
        return [FieldChange(field=one.field, from_=one.before, to=one.after) for one in named]

    @strawberry.field(description="The note that was added.")
    async def note(self, info: Info) -> Note | None:
        plan = Selection.under(info).remember(note_plan)
        return None if self.note_id is None else await note_by_id(info.context, self.note_id, plan)

    @strawberry.field(description="The activity that was logged or completed, as it is today.")
    async def activity(self, info: Info) -> Activity | None:
        plan = Selection.under(info).remember(activity_plan)
        return None if self.activity_id is None else await activity_by_id(info.context, self.activity_id, plan)


@strawberry.type(description="An entry and where it stands.")
class TimelineEdge:
    cursor: str = strawberry.field(description=CURSOR)
    node: TimelineEntry = strawberry.field(description=NODE)


@strawberry.type(description="One page of a timeline.")
class TimelineConnection:
    edges: list[TimelineEdge] = strawberry.field(description=EDGES)
    nodes: list[TimelineEntry] = strawberry.field(description=NODES)
    page_info: PageInfo = strawberry.field(description=PAGE_INFO)


def entry(row: Row, viewer: Viewer) -> TimelineEntry:
    """The entry in the row, as far as the viewer may know it."""
    stranger = not viewer.is_vendor and row["actor_partner_id"] is not None
    stranger = stranger and as_uuid(row["actor_partner_id"]) != viewer.partner_id
    return made(
        TimelineEntry,
        kind=row["kind"],
        occurred_at=row["occurred_at"],
        actor=None if row["actor_id"] is None or stranger else _actor(row),
        told=_told(row),
        note_id=None if row["note_id"] is None else as_uuid(row["note_id"]),
        activity_id=None if row["activity_id"] is None else as_uuid(row["activity_id"]),
    )


def _told(row: Row) -> tuple[Change, ...]:
    if row["kind"] == TimelineKind.CREATED.value:
        return ()
    loaded: Any = row["changes"]
    if isinstance(loaded, str | bytes):
        loaded = json.loads(loaded)
    hidden = row["contact_hidden"] is not None
    return tuple(
        Change(one["field"], None, None)
        if hidden and one["field"].startswith(timeline.OF_THE_CONTACT)
        else Change(one["field"], one["from"], one["to"])
        for one in loaded
    )


async def _named(context: Context, changes: Sequence[Change]) -> Sequence[Change]:
    """The changes with names for the ids of holders, None for one the viewer may not know: from nobody to nobody they know is no change."""
    if not any(one.field in timeline.HOLDERS for one in changes):
        return changes
    # All at once, so that every entry of the level asks in the same turn.
    names = await asyncio.gather(*(_name(context, one.field, value) for one in changes for value in (one.before, one.after)))
    named = [Change(one.field, *names[2 * at : 2 * at + 2]) for at, one in enumerate(changes)]
    return [one for one in named if one.field not in timeline.HOLDERS or one.before is not None or one.after is not None]


async def _name(context: Context, field: str, value: str | None) -> str | None:
    kind = timeline.HOLDERS.get(field)
    if kind is None or value is None:
        return value
    if kind == "queue":
        reading = context.reading
        row = await context.batches.load("queue", UUID(value), lambda ids: queues.by_id(reading, ids))
    elif kind == "partner":
        row = await _known_partner(context, UUID(value))
    else:
        row = await row_by_id(context, organisation.MEMBERS, UUID(value))
    return None if row is None else str(row["name"])


async def _known_partner(context: Context, uuid: UUID) -> Row | None:
    """A partner that held the lead: to another partner's member, nobody."""
    viewer = context.viewer
    if not viewer.is_vendor and uuid != viewer.partner_id:
        return None
    return await row_by_id(context, organisation.PARTNERS, uuid)
