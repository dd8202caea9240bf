"""The event log: append and read so that no reader misses an event.

The row is the truth; notifications only wake readers. PostgreSQL assigns ids before commit, so a reader that used ids alone would skip rows
that commit late. Rows are read by (epoch, xid, id) below the oldest open transaction. SQLite has one writer, so the id is the commit order.
Raw SQL because transaction ids have no QuerySet form and every write appends here (`make bench`, claims and fanout).
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from gql_leads.domain.errors import BadInput, CursorExpired
from gql_leads.domain.events import KNOWN_BEFORE, Event, TimelineKind
from gql_leads.domain.leads.snapshots import LeadSnapshot
from gql_leads.domain.leads.visibility import HISTORY_ONLY
from gql_leads.store.database.connection import Connection
from gql_leads.store.events.cursor_codec import CursorCodec, InvalidCursor
from gql_leads.store.events.time_slices import TimeSlice
from gql_leads.store.events.unreadable_events import Unreadable, unreadable_events
from gql_leads.store.sql.builder import Sql
from gql_leads.store.sql.rows import Row, as_uuid, decode_json, from_millis, loaded, reader, to_json, uuid_or_none

_LAYOUT: Final = struct.Struct(">IQQ")
_XMIN: Final = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
_XMAX: Final = "pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
_LAST_ID: Final = "COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'event'), 0)"
_as_names = reader(tuple[str, ...])
_KINDS: Final = {kind.value: kind for kind in TimelineKind}


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
    content: Event | Unreadable

    @property
    def event(self) -> Event:
        """The event; raise CursorExpired if it is unreadable, because whoever needs it must load the list again."""
        if isinstance(self.content, Unreadable):
            raise CursorExpired("An event after this cursor cannot be read. Read the list again and subscribe from its eventCursor.")
        return self.content


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


async def append(connection: Connection, events: Sequence[Event]) -> None:
    """Append events in the transaction of the change that made them."""
    if events:
        rows = [insertion(connection, event) for event in events]
        await connection.execute_many(rows[0].text, [row.parameters for row in rows])


def insertion(connection: Connection, event: Event) -> Sql:
    """Return the INSERT of one event."""
    xid = "pg_current_xact_id()::text::bigint" if connection.dialect == "postgres" else "0"
    details = _details(event)
    return Sql(
        "INSERT INTO event (epoch, xid, lead_id, kind, occurred_at, actor_id, actor_partner_id, before, after, changed, details)"
        f" VALUES ((SELECT epoch FROM log_state), {xid}, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            event.lead_id, KNOWN_BEFORE.get(event.kind, event.kind), event.occurred_at, event.actor_id, event.actor_partner_id,
            None if event.before is None else to_json(event.before), to_json(event.after), to_json(event.changed),
            None if details is None else to_json(details),
        ),
    )  # fmt: skip


def _details(event: Event) -> dict[str, object] | None:
    """Return the facts of the event that release 0.4 does not read, None if there are none."""
    is_elsewhere = event.kind in HISTORY_ONLY and event.history_partner_id != event.after.partner_id
    if event.kind not in KNOWN_BEFORE and not is_elsewhere:
        return None
    return {"kind": event.kind, "history_partner_id": event.history_partner_id}


async def horizon(connection: Connection) -> Position:
    """Return the position below which every event is committed.

    Later events lie behind it, earlier ones are visible to later reads.
    """
    if connection.dialect == "postgres":
        row = await connection.fetch_one(f"SELECT epoch, {_XMIN} AS xid FROM log_state")
        assert row is not None
        return Position(row["epoch"], row["xid"], 0)
    row = await connection.fetch_one(f"SELECT epoch, {_LAST_ID} AS id FROM log_state")
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
    end = _XMAX if connection.dialect == "postgres" else _LAST_ID
    row = await connection.fetch_one(f"SELECT epoch, trimmed_epoch, trimmed_xid, trimmed_id, {end} AS newest FROM log_state")
    assert row is not None
    reached = position.xid if connection.dialect == "postgres" else position.id
    if position < _trimmed(row):
        raise CursorExpired()
    if position.epoch > row["epoch"] or (position.epoch == row["epoch"] and reached > row["newest"]):
        raise CursorExpired()


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
    try:
        return LoggedEvent(position, _event(row))
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one event, the others must be read
        unreadable_events.notice(position, row["lead_id"], error)
        return LoggedEvent(position, Unreadable(_lead_id(row)))


def _event(row: Row) -> Event:
    after = decode_json(LeadSnapshot, row["after"])
    details: dict[str, Any] = {} if row["details"] is None else loaded(row["details"])
    return Event(
        lead_id=as_uuid(row["lead_id"]),
        # A later release may have written a kind that this one does not know; the column has one that it does.
        kind=_KINDS.get(details.get("kind", "")) or TimelineKind(row["kind"]),
        occurred_at=from_millis(row["occurred_at"]),
        actor_id=uuid_or_none(row["actor_id"]),
        actor_partner_id=uuid_or_none(row["actor_partner_id"]),
        before=None if row["before"] is None else decode_json(LeadSnapshot, row["before"]),
        after=after,
        changed=_as_names(row["changed"]),
        history_partner_id=uuid_or_none(details.get("history_partner_id", after.partner_id)),
    )


def _lead_id(row: Row) -> UUID | None:
    try:
        return as_uuid(row["lead_id"])
    except ValueError:
        return None
