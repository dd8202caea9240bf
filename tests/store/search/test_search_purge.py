"""Erased texts are removed from SQLite's trigram index in steps."""

from dataclasses import replace

from gql_leads.domain.events import TimelineKind
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads.erasure import erase_lead_contact
from gql_leads.store.search import search_purge
from tests.factories import World
from tests.fixtures import load_lead, make_lead


async def purge_step(app: AppContext) -> bool:
    async with app.database.transaction() as connection:
        return await search_purge.forget(connection)


async def test_index_without_erased_texts_needs_no_step(app: AppContext, world: World) -> None:
    lead = await load_lead(app, await make_lead(app, partner=world.acme))
    async with app.unit_of_work(world.rep) as uow:
        await uow.save(lead, replace(lead, country="DE"), TimelineKind.DETAILS_CHANGED)
    assert not await purge_step(app)


async def test_steps_after_an_erasure_end_with_no_erased_texts(app: AppContext, world: World) -> None:
    lead = await make_lead(app, partner=world.acme)
    await erase_lead_contact(app, world.referrals, lead)
    if app.database.dialect == "postgres":  # GIN indexes keep no deleted texts that have to be merged
        assert not await purge_step(app)
        return
    reading = app.database.reading
    (pending,) = await reading.fetch("SELECT count(*) AS texts FROM lead_search_remains")
    assert pending["texts"] > 0
    assert await purge_step(app)
    (begun,) = await reading.fetch("SELECT count(*) AS texts FROM lead_search_remains WHERE is_being_forgotten")
    assert begun["texts"] == pending["texts"]
    steps = 0
    while await purge_step(app):
        steps += 1
        assert steps < 100
    assert steps > 0
    assert await reading.fetch("SELECT 1 AS one FROM lead_search_remains") == []


async def test_text_erased_during_a_merge_waits_for_the_next_merge(app: AppContext, world: World) -> None:
    one, two = [await make_lead(app, partner=world.acme) for _ in range(2)]
    await erase_lead_contact(app, world.referrals, one)
    if app.database.dialect == "postgres":
        assert not await purge_step(app)
        return
    assert await purge_step(app)
    await erase_lead_contact(app, world.referrals, two)
    rows = await app.database.reading.fetch("SELECT is_being_forgotten FROM lead_search_remains ORDER BY id")
    assert {bool(row["is_being_forgotten"]) for row in rows} == {False, True}
    while await purge_step(app):
        pass
    assert await app.database.reading.fetch("SELECT 1 AS one FROM lead_search_remains") == []
