"""The day's claims beside the open ones, so that a claim need not count those before it; the index that they were counted by is dropped."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State

DAY = 24 * 60 * 60 * 1000
OF_THE_COUNTER = "c.queue_id = queue_use.queue_id AND c.partner_id = queue_use.partner_id"
LAST = f"(SELECT max(c.claimed_at) FROM claim c WHERE {OF_THE_COUNTER})"
SINCE = f"(SELECT count(*) FROM claim c WHERE {OF_THE_COUNTER} AND c.claimed_at >= queue_use.day)"


class AddColumn(ops.AddField):
    """A column that can be taken out again: on SQLite, Tortoise makes the table anew for that, without its constraints."""

    async def database_backward(
        self, app_label: str, old_state: State, new_state: State, state_editor: BaseSchemaEditor | None = None
    ) -> None:
        """Take it out."""
        if state_editor:
            await state_editor.client.execute_query(f"ALTER TABLE queue_use DROP COLUMN {self.name}")


class Migration(migrations.Migration):
    """After what a partner has."""

    dependencies = [("leads", "0007_partners")]  # noqa: RUF012  (Tortoise's names)

    operations = [  # noqa: RUF012
        AddColumn("QueueUse", "day", fields.BigIntField(db_default=0)),
        AddColumn("QueueUse", "claims_that_day", fields.IntField(db_default=0)),
        ops.RunSQL(f"UPDATE queue_use SET day = COALESCE({LAST} - {LAST} % {DAY}, 0)", ops.RunSQL.noop),
        ops.RunSQL(f"UPDATE queue_use SET claims_that_day = {SINCE}", ops.RunSQL.noop),
        ops.RemoveIndex("Claim", fields=["queue_id", "partner_id", "claimed_at"]),
    ]
