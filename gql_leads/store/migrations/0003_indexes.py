"""Indexes that models cannot say: those of columns that are mostly NULL, without the NULLs; and trigrams for the search on PostgreSQL.

A planner counts the NULLs of a full index as one very frequent value, and then passes the index over. Where PostgreSQL has no pg_trgm, the
search finds the same by reading. Of what a partner may search, an index of trigrams alone gives everybody's first: so it begins with
whose a lead is, and where it waits, if there is btree_gin.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor import BaseSchemaEditor
from tortoise.migrations.schema_generator.state_apps import StateApps

SPARSE = {
    "lead_queue": ("queue_id, created_at, id, deleted_at, status", "queue_id"),
    "lead_owner": ("owner_id, created_at, id", "owner_id"),
    "lead_listing": ("listing_id, created_at, id", "listing_id"),
    "lead_sender": ("sender_id", "sender_id"),
    "lead_sender_partner": ("sender_partner_id", "sender_partner_id"),
    "lead_overdue": ("overdue_at", "overdue_at"),
    "lead_expires": ("expires_at", "expires_at"),
    "lead_deleted": ("deleted_at", "deleted_at"),
    "lead_request": ("listing_id, substr(company_key, 1, 300), created_at", "company_key"),
}
"""Columns of an index, and the one that must not be NULL. Folding can make a text longer than PostgreSQL sorts: its beginning will do."""
ALIKE = ("email_key", "phone_key", "person_key")
"""Columns that are only compared for equality: a hash has no length that it cannot hold."""
SEARCHED = {"search_open": "partner_id, queue_id, ", "search_person": "partner_id, "}
"""Columns with trigrams, and those before them."""


async def forward(_apps: StateApps, editor: BaseSchemaEditor) -> None:
    """Make the indexes."""
    is_postgres = editor.client.capabilities.dialect == "postgres"
    for name, (columns, present) in SPARSE.items():
        # What waits is searched in its index alone on SQLite, whose rows are far apart. PostgreSQL allows no texts so long in there.
        searched = ", search_open" if name == "lead_queue" and not is_postgres else ""
        await editor.client.execute_query(f"CREATE INDEX {name}_present ON lead ({columns}{searched}) WHERE {present} IS NOT NULL")
    using = "USING hash" if is_postgres else ""
    for column in ALIKE:
        await editor.client.execute_query(f"CREATE INDEX lead_{column}_present ON lead {using} ({column}) WHERE {column} IS NOT NULL")
    if is_postgres and await _has_extension(editor, "pg_trgm"):
        has_btree_gin = await _has_extension(editor, "btree_gin")
        for column, before in SEARCHED.items():
            columns = f"{before if has_btree_gin else ''}{column} gin_trgm_ops"
            await editor.client.execute_query(f"CREATE INDEX lead_{column} ON lead USING gin ({columns})")


async def backward(_apps: StateApps, editor: BaseSchemaEditor) -> None:
    """Drop them."""
    for name in (*SPARSE, *(f"lead_{column}" for column in ALIKE)):
        await editor.client.execute_query(f"DROP INDEX {name}_present")
    for column in SEARCHED:
        await editor.client.execute_query(f"DROP INDEX IF EXISTS lead_{column}")


async def _has_extension(editor: BaseSchemaEditor, name: str) -> bool:
    """Whether it is there, made now where it may be: by a superuser, or by who may create in the database, since it is trusted."""
    rows = await editor.client.execute_query_dict(
        "SELECT a.installed_version IS NOT NULL AS installed,"
        " has_database_privilege(current_database(), 'CREATE')"
        " OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS can_install"
        " FROM pg_available_extensions a WHERE a.name = $1",
        [name],
    )
    if not rows or not (rows[0]["installed"] or rows[0]["can_install"]):
        return False
    await editor.client.execute_query(f"CREATE EXTENSION IF NOT EXISTS {name}")
    return True


class Migration(migrations.Migration):
    """After the tables."""

    dependencies = [("leads", "0002_work")]  # noqa: RUF012  (Tortoise's names)

    operations = [ops.RunPython(forward, backward)]  # noqa: RUF012
