"""Notes and activities of the previous release are kept, and may belong to an opportunity afterwards."""

from typing import Any

from gql_leads.domain.activities import ActivityKind, NewActivity
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads.activities import log_lead_activity
from gql_leads.services.leads.notes import add_lead_note
from tests.factories import World
from tests.fixtures import make_lead, migrate_to

BEFORE = "0012_epochs"
TABLES = ("note", "note_mention", "activity", "timeline_entry", "event")


async def read(app: AppContext) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of what members write, without the columns that the previous release does not have."""
    added = {"opportunity_id", "updated_at", "later_kind", "details"}
    rows = {table: await app.database.writing.fetch(f"SELECT * FROM {table} ORDER BY id") for table in TABLES}
    return {table: [{name: row[name] for name in dict(row) if name not in added} for row in found] for table, found in rows.items()}  # type: ignore[call-overload]


async def test_rows_of_the_previous_release_are_kept_with_their_keys_and_mentions(app: AppContext, world: World) -> None:
    lead = await make_lead(app, partner=world.acme)
    await add_lead_note(app, world.rep, lead, "Look!", mentions=[world.colleague.member_id])
    await log_lead_activity(app, world.rep, lead, NewActivity(kind=ActivityKind.CALL, subject="Call"))
    expected, connection = await read(app), app.database.writing
    await migrate_to(app.database, BEFORE)
    assert await read(app) == expected
    await migrate_to(app.database)
    assert await read(app) == expected
    for table in ("note", "activity"):
        await connection.execute(f"UPDATE {table} SET lead_id = NULL")
        await connection.execute(f"UPDATE {table} SET lead_id = ?", lead)
    await connection.execute("DELETE FROM lead")
    assert {table: rows for table, rows in (await read(app)).items() if rows}.keys() == {"event"}
