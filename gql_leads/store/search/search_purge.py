"""Remove erased texts from SQLite's trigram index.

SQLite marks deleted texts only, and removes them when it merges segments of the index. Raw SQL because the merge commands of FTS5 have no
QuerySet form; a scheduled job runs them, so no benchmark measures them.
"""

from typing import Final

from gql_leads.store.access.access_policy import SEARCHED
from gql_leads.store.database.connection import Connection

MERGED_AT_ONCE: Final = 100
"""Pages merged at a time, so that other writers can run in between."""


async def forget(connection: Connection) -> bool:
    """Merge more of the index if it holds erased texts; return whether there is more to do.

    Texts erased during a merge are marked in a new segment and wait for the next merge.
    """
    if connection.dialect == "postgres" or not await _exists(connection):
        return False
    row = await connection.fetch_one("SELECT count(*) AS remains, sum(is_being_forgotten) AS begun FROM lead_search_remains")
    if row is None or not row["remains"]:
        return False
    if not row["begun"]:
        await connection.execute("UPDATE lead_search_remains SET is_being_forgotten = TRUE")
        await _merge(connection, -MERGED_AT_ONCE)  # a negative number merges all segments into one
    elif not await _merge(connection, MERGED_AT_ONCE):
        await connection.execute("DELETE FROM lead_search_remains WHERE is_being_forgotten")
    return True


async def _merge(connection: Connection, pages: int) -> bool:
    """Run one merge step; return whether it merged anything. Each command counts as one change, its work as more."""
    before = await _changes(connection)
    for column in SEARCHED:
        await connection.execute(f"INSERT INTO grams_of_{column} (grams_of_{column}, rank) VALUES ('merge', ?)", pages)
    return await _changes(connection) - before > len(SEARCHED)


async def _changes(connection: Connection) -> int:
    row = await connection.fetch_one("SELECT total_changes() AS total")
    return int(row["total"]) if row else 0


async def _exists(connection: Connection) -> bool:
    return await connection.fetch_one("SELECT 1 FROM sqlite_master WHERE name = 'lead_search_remains'") is not None
