"""Notes and activities may belong to an opportunity in place of a lead; activities are listed by what is due next.

Columns are only added, and `lead_id` may be NULL from now on: an older server writes one always, and joins the lead of what it reads.
"""

from typing import Any, Final

from tortoise import fields, migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State
from tortoise.migrations.schema_generator.state_apps import StateApps

from gql_leads.store.migrations._columns import AddColumn

RANK: Final = "CASE WHEN completed_at IS NULL THEN COALESCE(due_at, 4503599627370496) ELSE 9007199254740992 - completed_at END"
"""As `store.activities` sorts by: both databases use an index only if its expression is written alike."""
OF_LEAD: Final = {"note": "idx_note_lead_id_551086", "activity": "idx_activity_lead_id_44aebb"}
"""Tables of what members write, and their index by lead."""
LISTED: Final = {"activity_rank": "", "activity_owner_rank": "owner_id, ", "activity_partner_rank": "partner_id, "}


class AllowNull(ops.AlterField):
    """The lead of a note or activity, NULL where it belongs to an opportunity."""

    async def database_forward(
        self, app_label: str, old_state: State, new_state: State, state_editor: BaseSchemaEditor | None = None
    ) -> None:
        """Drop NOT NULL."""
        await self._alter(state_editor, "")

    async def database_backward(
        self, app_label: str, old_state: State, new_state: State, state_editor: BaseSchemaEditor | None = None
    ) -> None:
        """Delete what belongs to opportunities, and add NOT NULL."""
        table = self.model_name.lower()
        if state_editor:
            await state_editor.client.execute_query(f"DELETE FROM {table} WHERE lead_id IS NULL")
        await self._alter(state_editor, "NOT NULL DEFAULT ''")

    async def _alter(self, editor: BaseSchemaEditor | None, constraint: str) -> None:
        if editor is None:
            return
        table = self.model_name.lower()
        if editor.client.capabilities.dialect == "postgres":
            await editor.client.execute_query(f"ALTER TABLE {table} ALTER COLUMN lead_id {'SET' if constraint else 'DROP'} NOT NULL")
            return
        # SQLite cannot alter a column, so the column is replaced: a new table would lose the rows that refer to this one.
        index = OF_LEAD[table]
        for statement in (
            f"ALTER TABLE {table} RENAME COLUMN lead_id TO former_lead_id",
            f"ALTER TABLE {table} ADD COLUMN lead_id CHAR(36) REFERENCES lead (id) ON DELETE CASCADE",
            f"UPDATE {table} SET lead_id = former_lead_id",
            f"DROP INDEX {index}",
            f"ALTER TABLE {table} DROP COLUMN former_lead_id",
            f"CREATE INDEX {index} ON {table} (lead_id, created_at, id)",
        ):
            await editor.client.execute_query(statement)


async def forward(_apps: StateApps, editor: BaseSchemaEditor) -> None:
    """Make the indexes of lists and of opportunities."""
    for name, columns in LISTED.items():
        await editor.client.execute_query(f"CREATE INDEX {name} ON activity ({columns}({RANK}), id)")
    for table in OF_LEAD:
        columns = "opportunity_id, created_at, id"
        await editor.client.execute_query(
            f"CREATE INDEX {table}_opportunity_present ON {table} ({columns}) WHERE opportunity_id IS NOT NULL"
        )


async def backward(_apps: StateApps, editor: BaseSchemaEditor) -> None:
    """Drop them."""
    for name in (*LISTED, *(f"{table}_opportunity_present" for table in OF_LEAD)):
        await editor.client.execute_query(f"DROP INDEX {name}")


def _relation(model: str) -> Any:
    return fields.ForeignKeyField(f"leads.{model}", null=True, on_delete=fields.CASCADE, related_name=False)


class Migration(migrations.Migration):
    """After the identity of the log."""

    dependencies = [("leads", "0012_epochs")]  # noqa: RUF012  (Tortoise's names)

    operations = [  # noqa: RUF012
        *(AllowNull(model, "lead", _relation("Lead")) for model in ("Note", "Activity")),
        *(AddColumn(model, "opportunity", _relation("Opportunity")) for model in ("Note", "Activity")),
        AddColumn("Activity", "updated_at", fields.BigIntField(null=True)),
        AddColumn("TimelineEntry", "later_kind", fields.CharField(max_length=32, null=True)),
        AddColumn("Event", "details", fields.JSONField(null=True)),
        ops.RunPython(forward, backward),
    ]
