"""The operation that adds a column."""

from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State


class AddColumn(ops.AddField):
    """A column that the way back drops by itself: Tortoise would build the SQLite table anew, without its constraints."""

    async def database_backward(
        self, app_label: str, old_state: State, new_state: State, state_editor: BaseSchemaEditor | None = None
    ) -> None:
        """Drop the column."""
        if state_editor:
            model = old_state.apps.get_model(f"{app_label}.{self.model_name}")._meta
            column = model.fields_map[self.name].source_field or self.name
            await state_editor.client.execute_query(f"ALTER TABLE {model.db_table} DROP COLUMN {column}")
