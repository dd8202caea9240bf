"""Taking what was erased out of SQLite's indexes of trigrams as well, where it is only crossed out until their parts are merged."""

from typing import Final

from gql_leads.store.access.access_policy import SEARCHED
from gql_leads.store.database.connection import Connection

MERGED_AT_ONCE: Final = 100
"""Pages; others may write in between."""


async def forget(connection: Connection) -> bool:
    """Merge some more of the indexes, if they still have what was erased; whether there is more to do.

    What is erased while parts are merged is crossed out in a new one, and waits for the next round.
    """
    if connection.dialect == "postgres" or not await _exists(connection):
        return False
    row = await connection.fetch_one("SELECT count(*) AS remains, sum(is_being_forgotten) AS begun FROM lead_search_remains")
    if row is None or not row["remains"]:
        return False
    if not row["begun"]:
        await connection.execute("UPDATE lead_search_remains SET is_being_forgotten = TRUE")
        await _merge(connection, -MERGED_AT_ONCE)  # negative: all parts into one, whatever their size
    elif not await _merge(connection, MERGED_AT_ONCE):
        await connection.execute("DELETE FROM lead_search_remains WHERE is_being_forgotten")
    return True


async def _merge(connection: Connection, pages: int) -> bool:
    """Whether there was anything to merge: each command itself counts as one change, and its work as others."""
    before = await _changes(connection)
    for column in SEARCHED:
        await connection.execute(f"INSERT INTO grams_of_{column} (grams_of_{column}, rank) VALUES ('merge', ?)", pages)
    return await _changes(connection) - before > len(SEARCHED)


async def _changes(connection: Connection) -> int:
    row = await connection.fetch_one("SELECT total_changes() AS total")
    return int(row["total"]) if row else 0


async def _exists(connection: Connection) -> bool:
    return await connection.fetch_one("SELECT 1 FROM sqlite_master WHERE name = 'lead_search_remains'") is not None
