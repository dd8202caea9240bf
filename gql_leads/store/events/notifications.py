"""Notifications in the event log: each is an event and a row of its audience's list, with the same position.

Raw SQL because the row takes its position from the log in the statement that writes the event.
"""

from collections.abc import Sequence
from typing import Final

from gql_leads.domain.outbox.notifications import Notification
from gql_leads.store.database.connection import Connection
from gql_leads.store.events import event_log

COLUMNS: Final = (
    "id", "kind", "audience_id", "excluded", "lead_id", "opportunity_id", "import_id", "actor_id", "created_at", "epoch", "xid", "number",
)  # fmt: skip


async def append(connection: Connection, notifications: Sequence[Notification]) -> None:
    """Insert notifications and their events, in the transaction of the change that they report."""
    if not notifications:
        return
    names, marks = ", ".join(COLUMNS), ", ".join("?" * (len(COLUMNS) - 3))
    if connection.dialect == "postgres":
        events = [event_log.insertion(connection, one) for one in notifications]
        position = ", ".join(f"(SELECT {name} FROM logged)" for name in ("epoch", "xid", "id"))
        statement = (
            f"WITH logged AS ({events[0].text} RETURNING epoch, xid, id) INSERT INTO notification ({names}) VALUES ({marks}, {position})"
        )
        rows = [(*event.parameters, *_columns(one)) for event, one in zip(events, notifications, strict=True)]
        await connection.execute_many(statement, rows)
        return
    await event_log.append(connection, notifications)
    position = f"(SELECT epoch FROM log_state), 0, {event_log.LAST_ID} - ?"
    statement = f"INSERT INTO notification ({names}) VALUES ({marks}, {position})"
    await connection.execute_many(statement, [(*_columns(one), len(notifications) - at) for at, one in enumerate(notifications, 1)])


def _columns(one: Notification) -> tuple[object, ...]:
    excluded = ",".join(map(str, one.excluded)) or None
    return one.id, one.kind, one.audience_id, excluded, one.lead_id, one.opportunity_id, one.import_id, one.actor_id, one.occurred_at
