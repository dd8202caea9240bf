"""The migration masks the messages that a previous release stored."""

from gql_leads.services.app_context import AppContext
from tests.factories import World
from tests.fixtures import make_lead, migrate_to


async def test_messages_of_the_previous_release_are_masked(app: AppContext, world: World) -> None:
    for number in range(501):
        await make_lead(app, message=f"Bosu {number}" if number != 7 else None)
    await migrate_to(app.database, "0010_matching")
    await migrate_to(app.database)
    rows = await app.database.writing.fetch("SELECT message, message_masked FROM lead ORDER BY id")
    expected = [None if number == 7 else f"[hidden] {number}" for number in range(501)]
    assert [row["message_masked"] for row in rows] == expected
