"""The event log: how it is written and read so that nobody misses anything.

The row is the truth. On PostgreSQL ids are taken before they commit, so a reader that went by ids alone would pass over rows that commit
late. Rows are read by (epoch, xid, id) below the oldest transaction still open; SQLite has one writer, and the id is the commit order.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from gql_leads.domain.errors import BadInput, CursorExpired
from gql_leads.domain.events import Event, TimelineKind
from gql_leads.domain.leads.lead import LeadSnapshot
from gql_leads.store.database.connection import Connection
from gql_leads.store.events.cursor_codec import CursorCodec, InvalidCursor
from gql_leads.store.sql.builder import Sql
from gql_leads.store.sql.rows import Row, as_uuid, decode_json, from_millis, reader, to_json, uuid_or_none

_LAYOUT: Final = struct.Struct(">IQQ")
_XMIN: Final = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
_XMAX: Final = "pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
_LAST_ID: Final = "COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'event'), 0)"
_as_names = reader(tuple[str, ...])


class Position(NamedTuple):
    """A place in the log: everything up to it was read."""

    epoch: int
    xid: int
    id: int


BEGINNING: Final = Position(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Logged:
    """An event and its place."""

    position: Position
    event: Event


class EventCursors:
    """Positions as clients carry them: sealed, and the same text for the same position."""

    def __init__(self, seal: CursorCodec) -> None:
        self._seal = seal

    def seal(self, position: Position) -> str:
        """The cursor of this position."""
        return self._seal.seal("event", _LAYOUT.pack(*position))

    def open(self, cursor: str) -> Position:
        """The position of this cursor; BadInput where it was not made here."""
        try:
            return Position(*_LAYOUT.unpack(self._seal.open("event", cursor)))
        except (InvalidCursor, struct.error):
            raise BadInput(
                "This is not a cursor of the event log. Pass an eventCursor, or the cursor of an earlier event, unchanged."
            ) from None


async def append(connection: Connection, events: Sequence[Event]) -> None:
    """Write the events into the transaction that made the change."""
    if events:
        rows = [insertion(connection, event) for event in events]
        await connection.execute_many(rows[0].text, [row.parameters for row in rows])


def insertion(connection: Connection, event: Event) -> Sql:
    """The statement that writes one event into the transaction that made the change."""
    xid = "pg_current_xact_id()::text::bigint" if connection.dialect == "postgres" else "0"
    return Sql(
        "INSERT INTO event (epoch, xid, lead_id, kind, occurred_at, actor_id, actor_partner_id, before, after, changed)"
        f" VALUES ((SELECT epoch FROM log_state), {xid}, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            event.lead_id, event.kind, event.occurred_at, event.actor_id, event.actor_partner_id,
            None if event.before is None else to_json(event.before), to_json(event.after), to_json(event.changed),
        ),
    )  # fmt: skip


async def horizon(connection: Connection) -> Position:
    """The position below which everything is committed: what is read after this call shows it, and what comes later lies behind it."""
    if connection.dialect == "postgres":
        row = await connection.fetch_one(f"SELECT epoch, {_XMIN} AS xid FROM log_state")
        assert row is not None
        return Position(row["epoch"], row["xid"], 0)
    row = await connection.fetch_one(f"SELECT epoch, {_LAST_ID} AS id FROM log_state")
    assert row is not None
    return Position(row["epoch"], 0, row["id"])


async def read(connection: Connection, after: Position, limit: int) -> list[Logged]:
    """The next events behind a position, in the log's order, as far as nothing can still come between them."""
    settled = f"AND (epoch < (SELECT epoch FROM log_state) OR xid < {_XMIN})" if connection.dialect == "postgres" else ""
    rows = await connection.fetch(
        f"SELECT * FROM event WHERE (epoch, xid, id) > (?, ?, ?) {settled} ORDER BY epoch, xid, id LIMIT ?", *after, limit
    )
    return [_logged(row) for row in rows]


async def check(connection: Connection, position: Position) -> None:
    """Raise CursorExpired where events behind the position were trimmed, or where the log never reached it (a restored database)."""
    end = _XMAX if connection.dialect == "postgres" else _LAST_ID
    row = await connection.fetch_one(f"SELECT epoch, trimmed_epoch, trimmed_xid, trimmed_id, {end} AS newest FROM log_state")
    assert row is not None
    reached = position.xid if connection.dialect == "postgres" else position.id
    if position < (row["trimmed_epoch"], row["trimmed_xid"], row["trimmed_id"]):
        raise CursorExpired()
    if position.epoch > row["epoch"] or (position.epoch == row["epoch"] and reached > row["newest"]):
        raise CursorExpired()


async def oldest(connection: Connection) -> Position:
    """The position from which everything that is kept follows."""
    row = await connection.fetch_one("SELECT trimmed_epoch, trimmed_xid, trimmed_id FROM log_state")
    assert row is not None
    return Position(row["trimmed_epoch"], row["trimmed_xid"], row["trimmed_id"])


async def lag(connection: Connection, reached: Position, now: datetime) -> float:
    """The age in seconds of the oldest event behind a position, told or not; 0 where there is none."""
    row = await connection.fetch_one("SELECT min(occurred_at) AS oldest FROM event WHERE (epoch, xid, id) > (?, ?, ?)", *reached)
    return 0.0 if row is None or row["oldest"] is None else max(0.0, (now - from_millis(row["oldest"])).total_seconds())


async def trim(connection: Connection, before: datetime) -> int:
    """Forget what happened before this instant, and remember up to where; the number of events forgotten."""
    row = await connection.fetch_one(
        "SELECT epoch, xid, id FROM event WHERE occurred_at < ? ORDER BY epoch DESC, xid DESC, id DESC LIMIT 1", before
    )
    if row is None:
        return 0
    last = (row["epoch"], row["xid"], row["id"])
    await connection.execute("UPDATE log_state SET trimmed_epoch = ?, trimmed_xid = ?, trimmed_id = ?", *last)
    return await connection.execute("DELETE FROM event WHERE (epoch, xid, id) <= (?, ?, ?)", *last)


async def start_epoch(connection: Connection) -> None:
    """Begin a new epoch where a restored database's transactions start below those in its log: old cursors must not hide new events."""
    await connection.execute(
        "INSERT INTO log_state (id, epoch, trimmed_epoch, trimmed_xid, trimmed_id) VALUES (1, 1, 0, 0, 0) ON CONFLICT (id) DO NOTHING"
    )
    if connection.dialect == "postgres":
        await connection.execute(
            f"UPDATE log_state SET epoch = epoch + 1 WHERE (SELECT max(xid) FROM event WHERE event.epoch = log_state.epoch) >= {_XMAX}"
        )


def _logged(row: Row) -> Logged:
    return Logged(
        Position(row["epoch"], row["xid"], row["id"]),
        Event(
            lead_id=as_uuid(row["lead_id"]),
            kind=TimelineKind(row["kind"]),
            occurred_at=from_millis(row["occurred_at"]),
            actor_id=uuid_or_none(row["actor_id"]),
            actor_partner_id=uuid_or_none(row["actor_partner_id"]),
            before=None if row["before"] is None else decode_json(LeadSnapshot, row["before"]),
            after=decode_json(LeadSnapshot, row["after"]),
            changed=_as_names(row["changed"]),
        ),
    )
