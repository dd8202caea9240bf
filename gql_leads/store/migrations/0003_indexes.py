"""Indexes that models cannot say: those of columns that are mostly NULL, without the NULLs.

A planner counts the NULLs of a full index as one very frequent value, and then passes the index over.
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


async def backward(_apps: StateApps, editor: BaseSchemaEditor) -> None:
    """Drop them."""
    for name in (*SPARSE, *(f"lead_{column}" for column in ALIKE)):
        await editor.client.execute_query(f"DROP INDEX {name}_present")


class Migration(migrations.Migration):
    """After the tables."""

    dependencies = [("leads", "0002_work")]  # noqa: RUF012  (Tortoise's names)

    operations = [ops.RunPython(forward, backward)]  # noqa: RUF012
