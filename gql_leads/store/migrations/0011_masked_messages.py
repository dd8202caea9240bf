"""Add the masked copy of each lead's message, which is shown while the contact is hidden, and compute it in batches.

The column is nullable, so that servers of the version before may still run. A message that such a server writes has no copy: it is not shown
while the contact is hidden.
"""

from typing import Final
from uuid import UUID

from tortoise import fields, migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor import BaseSchemaEditor
from tortoise.migrations.schema_generator.state_apps import StateApps

from gql_leads.domain.leads.masking import mask_contact
from gql_leads.store.database.connection import Connection
from gql_leads.store.migrations._columns import AddColumn
from gql_leads.store.sql.rows import as_uuid

BATCH: Final = 500
READ: Final = (
    "SELECT id, message, first_name, last_name, COALESCE(phone_given, phone) AS phone FROM lead"
    f" WHERE id > ? AND message IS NOT NULL ORDER BY id LIMIT {BATCH}"
)


async def forward(_apps: StateApps, editor: BaseSchemaEditor) -> None:
    """Mask the messages."""
    dialect = editor.client.capabilities.dialect
    connection = Connection(editor.client, "postgres" if dialect == "postgres" else "sqlite")
    last = UUID(int=0)
    while True:
        rows = await connection.fetch(READ, last)
        await connection.execute_many(
            "UPDATE lead SET message_masked = ? WHERE id = ?",
            [(mask_contact(row["message"], row["first_name"], row["last_name"], row["phone"]), row["id"]) for row in rows],
        )
        if len(rows) < BATCH:
            return
        last = as_uuid(rows[-1]["id"])


async def backward(_apps: StateApps, _editor: BaseSchemaEditor) -> None:
    """Do nothing: the copies go with their column."""


class Migration(migrations.Migration):
    """After the keys of matching."""

    dependencies = [("leads", "0010_matching")]  # noqa: RUF012  (Tortoise's names)

    operations = [AddColumn("Lead", "message_masked", fields.TextField(null=True)), ops.RunPython(forward, backward)]  # noqa: RUF012
