"""Purge of leads that can no longer be restored."""

from datetime import timedelta
from uuid import UUID

from gql_leads.services.app_context import AppContext
from gql_leads.store import notes
from gql_leads.store.leads import favorites
from gql_leads.store.maintenance import retention
from gql_leads.store.notes import StoredNote
from gql_leads.store.sql.rows import as_uuid
from tests.factories import World
from tests.fixtures import Clock, load_lead, make_lead


async def deleted_lead(app: AppContext, world: World, number: int) -> UUID:
    """Create a lead with a note and a favorite mark, deleted now."""
    lead = await load_lead(app, await make_lead(app, partner=world.acme, deleted_at=app.now()))
    async with app.unit_of_work(world.rep) as uow:
        await notes.insert(uow, StoredNote(UUID(int=number), lead.id, None, lead.partner_id, world.rep.member_id, "Called."), [])
        await favorites.mark(uow, lead.id)
    return lead.id


async def rows_of(app: AppContext, table: str) -> list[UUID]:
    return [as_uuid(row["lead_id"]) for row in await app.database.reading.fetch(f"SELECT lead_id FROM {table} ORDER BY id")]


async def test_only_leads_past_the_time_for_restoring_are_purged_with_what_belongs_to_them(
    app: AppContext, world: World, clock: Clock
) -> None:
    old = await deleted_lead(app, world, 1)
    clock.advance(hours=1)
    recent = await deleted_lead(app, world, 2)
    clock.at += app.rules.restore_within - timedelta(hours=1)
    async with app.unit_of_work(None) as uow:
        assert await retention.purge(uow, 10)
        assert not await retention.purge(uow, 10)
    purged, kept = await load_lead(app, old), await load_lead(app, recent)
    assert (purged.purged_at, purged.last_name, purged.email, purged.company) == (clock.at, "Unknown", None, None)
    assert (kept.purged_at, kept.last_name) == (None, "Bosu")
    assert [await rows_of(app, table) for table in ("note", "favorite", "timeline_entry")] == [[recent]] * 3


async def test_a_purge_takes_at_most_so_many_leads(app: AppContext, world: World, clock: Clock) -> None:
    for number in range(3):
        await deleted_lead(app, world, number + 1)
    clock.at += app.rules.restore_within
    async with app.unit_of_work(None) as uow:
        assert [await retention.purge(uow, 2) for _ in range(3)] == [True, True, False]
    assert await rows_of(app, "note") == []
