"""What a partner has is listed and searched in its index alone on SQLite, whose rows are far apart; what waits is so already."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor import BaseSchemaEditor
from tortoise.migrations.schema_generator.state_apps import StateApps

LISTED = "partner_id, created_at, id, deleted_at, status"
OF_THE_MODEL = "idx_lead_partner_aedfc5"
"""The same without the texts, which PostgreSQL keeps: it allows none so long in an index."""


async def forward(_apps: StateApps, editor: BaseSchemaEditor) -> None:
    """Put the texts into the index."""
    await _run(
        editor,
        f"CREATE INDEX lead_partner_present ON lead ({LISTED}, search_open, search_person) WHERE partner_id IS NOT NULL",
        f"DROP INDEX {OF_THE_MODEL}",
    )


async def backward(_apps: StateApps, editor: BaseSchemaEditor) -> None:
    """Take them out again."""
    await _run(editor, f"CREATE INDEX {OF_THE_MODEL} ON lead ({LISTED})", "DROP INDEX lead_partner_present")


async def _run(editor: BaseSchemaEditor, *statements: str) -> None:
    if editor.client.capabilities.dialect == "sqlite":
        for statement in statements:
            await editor.client.execute_query(statement)


class Migration(migrations.Migration):
    """After PostgreSQL's trigrams."""

    dependencies = [("leads", "0006_grams")]  # noqa: RUF012  (Tortoise's names)

    operations = [ops.RunPython(forward, backward)]  # noqa: RUF012
