"""Epochs of the event log: a restored database starts a new one, so that cursors of lost events are refused.

A restored log continues from an earlier event, and its positions are soon those of events that were lost. The epoch is the first part of
a position. Starting one trims the log up to it, which expires every older cursor. SQLite files get it from `backup` and `restore`; on
PostgreSQL `ensure_epoch` compares the identity of the database with the stored one. Raw SQL, because the identity has no QuerySet form.
"""

import secrets
import sqlite3
from typing import Final

from gql_leads.store.database.connection import Connection

LARGEST_STEP: Final = 1 << 20
"""Epochs advance by a random step: two databases restored from one backup must not share an epoch."""
START: Final = "UPDATE log_state SET epoch = epoch + {0}, trimmed_epoch = epoch + {0}, trimmed_xid = 0, trimmed_id = 0"
IDENTITY: Final = (
    "SELECT concat_ws('/', (SELECT system_identifier FROM pg_control_system()),"
    # Not the timeline of pg_control_checkpoint(): it stays the old one until the first checkpoint after a promotion.
    " substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8),"
    " (SELECT oid FROM pg_database WHERE datname = current_database()), 'log_state'::regclass::oid) AS identity"
)
"""The identity: system identifier, timeline, and the oids of the database and of the table, which `pg_restore` creates again."""
HAS_FUTURE_XID: Final = (
    "SELECT 1 FROM event e JOIN log_state s ON e.epoch = s.epoch"
    " WHERE e.xid >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint LIMIT 1"
)
"""Finds events of transactions that this cluster has not begun: the log comes from another one."""


async def ensure_epoch(connection: Connection) -> bool:
    """Create the log's state if it is missing; start a new epoch if PostgreSQL's database is a restored one.

    Return whether an epoch was started. A log of a release without identities is known by its transaction ids only.
    """
    await connection.execute(
        "INSERT INTO log_state (id, epoch, trimmed_epoch, trimmed_xid, trimmed_id) VALUES (1, 1, 0, 0, 0) ON CONFLICT (id) DO NOTHING"
    )
    if connection.dialect == "sqlite":
        return False
    state = await connection.fetch_one("SELECT identity FROM log_state FOR UPDATE")
    now = await connection.fetch_one(IDENTITY)
    assert state is not None
    assert now is not None
    if state["identity"] == now["identity"]:
        return False
    is_moved = state["identity"] is not None or bool(await connection.fetch(HAS_FUTURE_XID))
    if is_moved:
        await start_epoch(connection)
    await connection.execute("UPDATE log_state SET identity = ?", now["identity"])
    return is_moved


async def start_epoch(connection: Connection) -> None:
    """Start a new epoch: every cursor of an earlier one is expired from now on."""
    if connection.dialect == "postgres":
        # Wait for transactions that have written events of the old epoch: readers of the new one would skip these.
        await connection.execute("LOCK TABLE event IN EXCLUSIVE MODE")
    await connection.execute(START.format(_step()))


def start_epoch_in_file(copy: sqlite3.Connection) -> None:
    """Start a new epoch in a copy of an SQLite database, unless it has no event log yet."""
    if copy.execute("SELECT 1 FROM sqlite_master WHERE name = 'log_state'").fetchone():
        copy.execute(START.format(_step()))
        copy.commit()


def _step() -> int:
    return 1 + secrets.randbelow(LARGEST_STEP)
