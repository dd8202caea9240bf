"""The event log: append and read so that no reader misses an event.

The row is the truth; notifications only wake readers. PostgreSQL assigns ids before commit, so a reader that used ids alone would skip rows
that commit late. Rows are read by (epoch, xid, id) below the oldest open transaction. SQLite has one writer, so the id is the commit order.
Raw SQL because transaction ids have no QuerySet form and every write appends here (`make bench`, claims and fanout).
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from gql_leads.domain.errors import BadInput, CursorExpired
from gql_leads.domain.events import KNOWN_BEFORE, Event, TimelineKind
from gql_leads.domain.leads.lead import LeadSource, LeadType
from gql_leads.domain.leads.snapshots import LeadSnapshot
from gql_leads.domain.leads.visibility import HISTORY_ONLY
from gql_leads.domain.opportunities.events import OpportunityEvent, OpportunityEventKind, OpportunitySnapshot
from gql_leads.domain.outbox.notifications import Notification, NotificationKind
from gql_leads.store.database.connection import Connection
from gql_leads.store.events.cursor_codec import CursorCodec, InvalidCursor
from gql_leads.store.events.time_slices import TimeSlice
from gql_leads.store.events.unreadable_events import Unreadable, unreadable_events
from gql_leads.store.sql.builder import Sql
from gql_leads.store.sql.rows import (
    Row,
    as_uuid,
    attributes_of,
    decode_document,
    decode_json,
    from_millis,
    loaded,
    reader,
    to_json,
    uuid_or_none,
)

_LAYOUT: Final = struct.Struct(">IQQ")
_XMIN: Final = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
_XMAX: Final = "pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
LAST_ID: Final = "COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'event'), 0)"
"""The id of the newest event on SQLite."""
_as_names = reader(tuple[str, ...])
_KINDS: Final = {kind.value: kind for kind in TimelineKind}
_OPPORTUNITY_KINDS: Final = {kind.value: kind for kind in OpportunityEventKind}
_DELETED_LEAD: Final = to_json(
    LeadSnapshot(
        type=LeadType.OFFER, source=LeadSource.API, created_at=from_millis(0), updated_at=from_millis(0), open_to=(), is_deleted=True
    )
)


AnyEvent = Event | OpportunityEvent | Notification


class Position(NamedTuple):
    """A position in the log; every event up to it has been read."""

    epoch: int
    xid: int
    id: int


BEGINNING: Final = Position(0, 0, 0)


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """An event and its position; the content is Unreadable if this release cannot decode it."""

    position: Position
    content: AnyEvent | Unreadable

    @property
    def event(self) -> Any:
        """The event; raise CursorExpired if it is unreadable, because clients that need it must load the list again."""
        if isinstance(self.content, Unreadable):
            raise CursorExpired("An event after this cursor cannot be read. Read the list again and subscribe from its eventCursor.")
        return self.content

    @property
    def subject_id(self) -> UUID | None:
        """The id of the lead, opportunity or notification; None if it is unreadable."""
        content = self.content
        if isinstance(content, Notification):
            return content.id
        return content.opportunity_id if isinstance(content, OpportunityEvent) else content.lead_id

    def concerns(self, event_type: type) -> bool:
        """Return True if it is an event of this type; an unreadable one is, unless it is known to be of another."""
        if isinstance(self.content, Unreadable):
            return self.content.event_type in (None, event_type)
        return isinstance(self.content, event_type)


class EventCursors:
    """Positions as clients carry them: encrypted cursors, one text per position."""

    def __init__(self, codec: CursorCodec) -> None:
        self._codec = codec

    def encode(self, position: Position) -> str:
        """Return the cursor of a position."""
        return self._codec.encode("event", _LAYOUT.pack(*position))

    def decode(self, cursor: str) -> Position:
        """Return the position of a cursor.

        Raise CursorExpired if it was made with a secret that is not in use any more, and BadInput for a text that is no cursor.
        """
        try:
            return Position(*_LAYOUT.unpack(self._codec.decode("event", cursor)))
        except (InvalidCursor, struct.error) as error:
            if isinstance(error, InvalidCursor) and error.payload_bytes == _LAYOUT.size:
                raise CursorExpired(
                    "This cursor cannot be read any more. Read the list again and subscribe from its eventCursor."
                ) from None
            raise BadInput(
                "This is not a cursor of the event log. Pass an eventCursor, or the cursor of an earlier event, unchanged."
            ) from None


async def append(connection: Connection, events: Sequence[AnyEvent]) -> None:
    """Append events in the transaction of the change that made them."""
    if events:
        rows = [insertion(connection, event) for event in events]
        await connection.execute_many(rows[0].text, [row.parameters for row in rows])


def insertion(connection: Connection, event: AnyEvent) -> Sql:
    """Return the INSERT of one event."""
    xid = "pg_current_xact_id()::text::bigint" if connection.dialect == "postgres" else "0"
    return Sql(
        "INSERT INTO event (epoch, xid, occurred_at, actor_id, actor_partner_id, changed, lead_id, kind, before, after, details)"
        f" VALUES ((SELECT epoch FROM log_state), {xid}, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (event.occurred_at, event.actor_id, event.actor_partner_id, *_columns(event)),
    )


def _columns(event: AnyEvent) -> tuple[object, ...]:
    """Return the columns from `changed` on."""
    if isinstance(event, Event):
        return to_json(event.changed), *_lead_columns(event)
    if isinstance(event, OpportunityEvent):
        details: dict[str, object] = {"opportunity": {"kind": event.kind, "before": event.before, "after": event.after}}
        return to_json(event.changed), event.opportunity_id, *_later_columns(details)
    common = {"id", "occurred_at", "actor_id", "actor_partner_id"}
    details = {"notification": {name: value for name, value in attributes_of(event).items() if name not in common}}
    return "[]", event.id, *_later_columns(details)


def _lead_columns(event: Event) -> tuple[object, ...]:
    is_elsewhere = event.kind in HISTORY_ONLY and event.history_partner_id != event.after.partner_id
    details = None
    if event.kind in KNOWN_BEFORE or is_elsewhere:
        details = to_json({"kind": event.kind, "history_partner_id": event.history_partner_id})
    before = None if event.before is None else to_json(event.before)
    return event.lead_id, KNOWN_BEFORE.get(event.kind, event.kind), before, to_json(event.after), details


def _later_columns(details: Mapping[str, object]) -> tuple[object, ...]:
    """Return the last columns of an event of an opportunity, or of a notification.

    Servers of release 0.4 take each row for an event of a lead. They read a deleted lead here, and show it to nobody.
    """
    return TimelineKind.DETAILS_CHANGED, None, _DELETED_LEAD, to_json(details)


async def horizon(connection: Connection) -> Position:
    """Return the position below which every event is committed.

    Later events lie behind it, earlier ones are visible to later reads.
    """
    if connection.dialect == "postgres":
        row = await connection.fetch_one(f"SELECT epoch, {_XMIN} AS xid FROM log_state")
        assert row is not None
        return Position(row["epoch"], row["xid"], 0)
    row = await connection.fetch_one(f"SELECT epoch, {LAST_ID} AS id FROM log_state")
    assert row is not None
    return Position(row["epoch"], 0, row["id"])


async def read(connection: Connection, after: Position, limit: int, time_slice: TimeSlice | None = None) -> list[LoggedEvent]:
    """Read the next committed events after a position, in the log's order, and give way while decoding many.

    Stop where an older transaction is still open. Raise CursorExpired if events after the position were trimmed, or a new epoch began.
    """
    visible = f"AND (epoch < (SELECT epoch FROM log_state) OR xid < {_XMIN})" if connection.dialect == "postgres" else ""
    rows = await connection.fetch(
        "SELECT s.epoch AS last_epoch, s.trimmed_epoch, s.trimmed_xid, s.trimmed_id, e.* FROM log_state s LEFT JOIN"
        f" (SELECT * FROM event WHERE (epoch, xid, id) > (?, ?, ?) {visible} ORDER BY epoch, xid, id LIMIT ?) e ON TRUE"
        " ORDER BY e.epoch, e.xid, e.id",
        *after, limit,
    )  # fmt: skip
    # A restored log may be of an epoch before that of the position: epochs advance by random steps.
    if rows and (after < _trimmed(rows[0]) or after.epoch > rows[0]["last_epoch"]):
        raise CursorExpired()
    events: list[LoggedEvent] = []
    for row in rows:
        if row["id"] is not None:
            events.append(_logged(row))
            if time_slice is not None:
                await time_slice.give_way()
    return events


async def check(connection: Connection, position: Position) -> None:
    """Raise CursorExpired if events after the position were trimmed, a new epoch began, or the log never reached it."""
    if position < await check_reached(connection, position):
        raise CursorExpired()


async def check_reached(connection: Connection, position: Position) -> Position:
    """Raise CursorExpired if the log never reached the position; return the position up to which it was trimmed."""
    end = _XMAX if connection.dialect == "postgres" else LAST_ID
    row = await connection.fetch_one(f"SELECT epoch, trimmed_epoch, trimmed_xid, trimmed_id, {end} AS newest FROM log_state")
    assert row is not None
    reached = position.xid if connection.dialect == "postgres" else position.id
    if position.epoch > row["epoch"] or (position.epoch == row["epoch"] and reached > row["newest"]):
        raise CursorExpired()
    return _trimmed(row)


async def oldest(connection: Connection) -> Position:
    """Return the position before the oldest event that is kept."""
    row = await connection.fetch_one("SELECT trimmed_epoch, trimmed_xid, trimmed_id FROM log_state")
    assert row is not None
    return _trimmed(row)


async def lag(connection: Connection, reached: Position, now: datetime) -> float:
    """Return the age in seconds of the oldest event after a position; 0 if there is none."""
    row = await connection.fetch_one("SELECT min(occurred_at) AS oldest FROM event WHERE (epoch, xid, id) > (?, ?, ?)", *reached)
    return 0.0 if row is None or row["oldest"] is None else max(0.0, (now - from_millis(row["oldest"])).total_seconds())


async def trim(connection: Connection, before: datetime) -> int:
    """Delete events older than an instant and record the position; return the number of deleted events."""
    row = await connection.fetch_one(
        "SELECT epoch, xid, id FROM event WHERE occurred_at < ? ORDER BY epoch DESC, xid DESC, id DESC LIMIT 1", before
    )
    if row is None:
        return 0
    last = (row["epoch"], row["xid"], row["id"])
    await connection.execute(
        "UPDATE log_state SET trimmed_epoch = ?, trimmed_xid = ?, trimmed_id = ?"
        " WHERE (trimmed_epoch, trimmed_xid, trimmed_id) < (?, ?, ?)",  # the start of an epoch is beyond all events of the earlier ones
        *last, *last,
    )  # fmt: skip
    return await connection.execute("DELETE FROM event WHERE (epoch, xid, id) <= (?, ?, ?)", *last)


def _trimmed(row: Row) -> Position:
    return Position(row["trimmed_epoch"], row["trimmed_xid"], row["trimmed_id"])


def _logged(row: Row) -> LoggedEvent:
    position = Position(row["epoch"], row["xid"], row["id"])
    event_type: type | None = None
    try:
        details: dict[str, Any] = {} if row["details"] is None else loaded(row["details"])
        event_type = OpportunityEvent if "opportunity" in details else Notification if "notification" in details else Event
        if event_type is Notification:
            return LoggedEvent(position, _notification(row, details["notification"]))
        event = _opportunity_event(row, details["opportunity"]) if event_type is OpportunityEvent else _lead_event(row, details)
        return LoggedEvent(position, event)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one event, the others must be read
        unreadable_events.notice(position, row["lead_id"], error)
        return LoggedEvent(position, Unreadable(_subject_id(row), event_type))


def _lead_event(row: Row, details: Mapping[str, Any]) -> Event:
    after = decode_json(LeadSnapshot, row["after"])
    return Event(
        lead_id=as_uuid(row["lead_id"]),
        # A later release may have written a kind that this one does not know; the column has one that it does.
        kind=_KINDS.get(details.get("kind", "")) or TimelineKind(row["kind"]),
        before=None if row["before"] is None else decode_json(LeadSnapshot, row["before"]),
        after=after,
        history_partner_id=uuid_or_none(details.get("history_partner_id", after.partner_id)),
        changed=_as_names(row["changed"]),
        **_common(row),
    )


def _opportunity_event(row: Row, details: Mapping[str, Any]) -> OpportunityEvent:
    return OpportunityEvent(
        opportunity_id=as_uuid(row["lead_id"]),
        kind=_OPPORTUNITY_KINDS.get(details["kind"], OpportunityEventKind.CHANGED),
        before=None if details["before"] is None else decode_document(OpportunitySnapshot, details["before"]),
        after=decode_document(OpportunitySnapshot, details["after"]),
        changed=_as_names(row["changed"]),
        **_common(row),
    )


def _notification(row: Row, details: Mapping[str, Any]) -> Notification:
    return Notification(
        id=as_uuid(row["lead_id"]),
        kind=NotificationKind(details["kind"]),
        audience_id=as_uuid(details["audience_id"]),
        excluded=tuple(as_uuid(one) for one in details["excluded"]),
        lead_id=uuid_or_none(details["lead_id"]),
        opportunity_id=uuid_or_none(details["opportunity_id"]),
        import_id=uuid_or_none(details["import_id"]),
        **_common(row),
    )


def _common(row: Row) -> dict[str, Any]:
    return {
        "occurred_at": from_millis(row["occurred_at"]),
        "actor_id": uuid_or_none(row["actor_id"]),
        "actor_partner_id": uuid_or_none(row["actor_partner_id"]),
    }


def _subject_id(row: Row) -> UUID | None:
    try:
        return as_uuid(row["lead_id"])
    except ValueError:
        return None
