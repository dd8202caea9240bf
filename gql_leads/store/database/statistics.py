"""The planner's statistics of PostgreSQL, gathered at once after many rows were written.

Until autovacuum gathers them, the planner would not know the new rows.
"""

from gql_leads.store.database.connection import Connection


async def refresh_statistics(connection: Connection) -> None:
    """Gather the statistics of every table on PostgreSQL; call it after a migration and after writing many rows.

    Do nothing on SQLite, whose statements are written for a planner without statistics.
    """
    if connection.dialect == "postgres":
        owned = "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE tableowner = current_user"
        for row in await connection.fetch(f"{owned} AND schemaname = current_schema()"):
            await connection.execute(f"ANALYZE {row['name']}")
