"""What a migration runs on one of the two databases alone."""

from collections.abc import Awaitable, Callable

from tortoise.migrations.schema_editor import BaseSchemaEditor
from tortoise.migrations.schema_generator.state_apps import StateApps

from gql_leads.store.database.configuration import Dialect


def only_on(dialect: Dialect, *statements: str) -> Callable[[StateApps, BaseSchemaEditor], Awaitable[None]]:
    """A step that runs these statements one after the other on databases of this dialect, and nothing on others."""

    async def run(_apps: StateApps, editor: BaseSchemaEditor) -> None:
        if editor.client.capabilities.dialect == dialect:
            for statement in statements:
                await editor.client.execute_query(statement)

    return run
