"""The timeline of a lead."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final
from uuid import UUID

import strawberry

from gql_leads.api.resolving.construction import construct
from gql_leads.api.resolving.context import Context, Info
from gql_leads.api.resolving.relay_connections import (
    CURSOR,
    EDGES,
    NODE,
    NODES,
    PAGE_INFO,
    PageInfo,
    Paging,
    build_connection,
    cursor_encoder,
)
from gql_leads.api.resolving.row_mapping import full_mapper
from gql_leads.api.resolving.selections import Selection
from gql_leads.api.types.activities import ACTIVITIES, Activity
from gql_leads.api.types.notes import NOTES, Note
from gql_leads.api.types.organization import Member, member_by_id, member_sources, partner_by_id
from gql_leads.api.types.queues import queue_by_id
from gql_leads.api.values.scalars import DateTime
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads import timeline
from gql_leads.domain.leads.history import CONTACT_PATHS
from gql_leads.domain.leads.history import FieldChange as Change
from gql_leads.domain.leads.visibility import can_read_routing
from gql_leads.domain.routing import TO_GENERAL_QUEUE
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.store.leads import timeline as entries
from gql_leads.store.sql.pagination import EMPTY
from gql_leads.store.sql.rows import Row, as_uuid, loaded, uuid_or_none

PURPOSE: Final = "timeline"
"""Sealed into the cursors, so that a cursor of another kind of list is refused."""
PAGE_SIZE: Final = 20
ID_DIGITS: Final = 20
"""Digits of the number in an entry's id, so that its length tells nothing."""


@strawberry.type(description="The old and new value of a field.")
class FieldChange:
    field: str = strawberry.field(description="The path of the field in this API, such as `contact.email`.")
    from_: str | None = strawberry.field(name="from", description="The old value; null if there was none, or it is hidden from the viewer.")
    to: str | None = strawberry.field(description="The new value; null if there is none, or it is hidden from the viewer.")


@strawberry.type(description="An event in the history of a lead. Entries are never edited.")
class TimelineEntry:
    id: strawberry.ID = strawberry.field(description="The id of the entry.")
    kind: TimelineKind = strawberry.field(description="The kind of event.")
    occurred_at: DateTime = strawberry.field(description="The time of the event.")
    actor: Member | None = strawberry.field(
        description="The member who made the change; null for automatic changes and for members of other partners."
    )
    field_changes: strawberry.Private[tuple[Change, ...]]
    note_id: strawberry.Private[UUID | None]
    activity_id: strawberry.Private[UUID | None]

    @strawberry.field(description="The entry as a sentence.")
    async def summary(self, info: Info) -> str:
        named = await with_names(info.context, self.field_changes, NAMES)
        return timeline.summary(TimelineKind(self.kind), named, self.actor.name if self.actor else None)

    @strawberry.field(
        description=(
            "The changed fields. CREATED has the one that routed the lead: `routing.rule`, `routing.listing`, `routing.profile`"
            " or, if no rule matched, `routing.queue`. Rules and queue are shown to those who see all leads."
        )
    )
    async def changes(self, info: Info) -> list[FieldChange]:
        named = await with_names(info.context, self.field_changes, NAMES)
        return [FieldChange(field=one.field, from_=one.before, to=one.after) for one in named]

    @strawberry.field(description="The note that was added or edited, in its current state; null for other kinds.")
    async def note(self, info: Info) -> Note | None:
        return None if self.note_id is None else await NOTES.by_id(info.context, self.note_id, Selection.under(info))

    @strawberry.field(
        description="The activity that was logged, changed or completed, as it is now; null for other kinds, and once it is deleted."
    )
    async def activity(self, info: Info) -> Activity | None:
        return None if self.activity_id is None else await ACTIVITIES.by_id(info.context, self.activity_id, Selection.under(info))


@strawberry.type(description="An entry and its cursor.")
class TimelineEdge:
    cursor: str = strawberry.field(description=CURSOR)
    node: TimelineEntry = strawberry.field(description=NODE)


@strawberry.type(description="One page of a timeline.")
class TimelineConnection:
    edges: list[TimelineEdge] = strawberry.field(description=EDGES)
    nodes: list[TimelineEntry] = strawberry.field(description=NODES)
    page_info: PageInfo = strawberry.field(description=PAGE_INFO)


def entry_id(app: AppContext, purpose: str, number: int) -> str:
    """Return the id of an entry, which does not tell how many entries there are."""
    return app.cursor_codec.encode(purpose, f"{number:0{ID_DIGITS}d}".encode())


_actor = full_mapper(Member, member_sources("actor_"))


async def timeline_of(info: Info, lead_id: UUID, paging: Paging) -> TimelineConnection:
    """Return one page of a lead's timeline, newest first."""
    app, reader = info.context.app, info.context.reader
    selected, window = Selection.under(info).fields("TimelineConnection"), paging.window(app, PURPOSE, PAGE_SIZE)
    page = await info.context.dataloader.load(
        (PURPOSE, window), lead_id, lambda ids: entries.pages(reader.connection, reader.viewer, window, ids)
    )
    cursor = cursor_encoder(app, PURPOSE, len(entries.NEWEST))
    return build_connection(TimelineConnection, TimelineEdge, selected, page or EMPTY, lambda row: _entry(app, row, reader.viewer), cursor)


def _entry(app: AppContext, row: Row, viewer: Viewer) -> TimelineEntry:
    """Return the entry in a row, without what the viewer cannot see."""
    stranger = not viewer.is_vendor and row["actor_partner_id"] is not None
    stranger = stranger and as_uuid(row["actor_partner_id"]) != viewer.partner_id
    return construct(
        TimelineEntry,
        id=entry_id(app, "timeline entry", row["id"]),
        kind=row["kind"],
        occurred_at=row["occurred_at"],
        actor=None if row["actor_id"] is None or stranger else _actor(row),
        field_changes=_field_changes(row, viewer),
        note_id=uuid_or_none(row["note_id"]),
        activity_id=uuid_or_none(row["activity_id"]),
    )


def _field_changes(row: Row, viewer: Viewer) -> tuple[Change, ...]:
    if row["kind"] == TimelineKind.CREATED.value:
        holder = uuid_or_none(row["partner_id"])
        recorded = [Change(one["field"], None, one["to"]) for one in loaded(row["changes"])]
        return tuple(change for change in recorded if can_read_routing(viewer, holder, change.field))
    hidden = row["contact_hidden"] is not None
    return tuple(
        Change(one["field"], None, None) if hidden and one["field"] in CONTACT_PATHS else Change(one["field"], one["from"], one["to"])
        for one in loaded(row["changes"])
    )


NameReader = Callable[[Context, UUID], Awaitable[str | None]]


async def with_names(context: Context, changes: Sequence[Change], names: Mapping[str, NameReader]) -> Sequence[Change]:
    """Replace ids by names, None for invisible ones, and drop changes between two of those.

    `names` has a reader for each field that is recorded by id.
    """
    if not any(one.field in names for one in changes):
        return changes

    async def name(field: str, value: str | None) -> str | None:
        return value if value is None or field not in names else await names[field](context, UUID(value))

    # Load concurrently, so that the DataLoader reads the names of the whole level with one statement.
    found = await asyncio.gather(*(name(one.field, value) for one in changes for value in (one.before, one.after)))
    named = [Change(one.field, *found[2 * at : 2 * at + 2]) for at, one in enumerate(changes)]
    return [one for one in named if one.field not in names or one.before is not None or one.after is not None]


async def member_name(context: Context, uuid: UUID) -> str | None:
    """Return the name of a member, None for one that is not visible."""
    member = await member_by_id(context, uuid)
    return None if member is None else member.name


async def _partner_name(context: Context, uuid: UUID) -> str | None:
    """Return the name of a partner that held the lead; None for members of other partners."""
    viewer = context.viewer
    partner = await partner_by_id(context, uuid) if viewer.is_vendor or uuid == viewer.partner_id else None
    return None if partner is None else partner.name


async def _queue_name(context: Context, uuid: UUID) -> str | None:
    queue = await queue_by_id(context, uuid)
    return None if queue is None else queue.name


NAMES: Final[Mapping[str, NameReader]] = {
    "owner": member_name, "partner": _partner_name, "queue": _queue_name, "activity.owner": member_name,
    TO_GENERAL_QUEUE: _queue_name,
}  # fmt: skip
assert NAMES.keys() == {*timeline.BY_ID}
