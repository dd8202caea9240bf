"""Campaigns and the response of their members, as rows."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid5

from gql_leads.services.app_context import AppContext
from gql_leads.store import campaigns
from gql_leads.store.campaigns import Campaign
from tests.factories import World
from tests.fixtures import make_lead

SPRING = Campaign(uuid5(UUID(int=1), "spring"), "Spring Straße", "SPRING-26", date(2026, 3, 1), date(2026, 5, 31))
AUTUMN = Campaign(uuid5(UUID(int=1), "autumn"), "Autumn", "AUTUMN-26")


async def test_a_saved_campaign_is_found_by_its_id_and_by_its_code_in_any_case(app: AppContext) -> None:
    async with app.unit_of_work(None) as uow:
        await campaigns.save(uow.connection, SPRING, app.now())
        assert await campaigns.by_id(uow.connection, SPRING.id) == SPRING
    assert await campaigns.by_code(app.database.reading, "spring-26") == SPRING
    assert await campaigns.by_code(app.database.reading, "spring-27") is None
    assert await campaigns.by_id(app.database.reading, AUTUMN.id) is None


async def test_saving_again_changes_the_campaign_and_leaves_its_time_of_creation(app: AppContext) -> None:
    later = replace(SPRING, name="Summer", ends_on=None)
    async with app.unit_of_work(None) as uow:
        await campaigns.save(uow.connection, SPRING, app.now())
        await campaigns.save(uow.connection, later, app.now() + timedelta(days=1))
        assert await campaigns.by_id(uow.connection, SPRING.id) == later
        rows = await uow.connection.fetch("SELECT name_key, created_at FROM campaign")
    assert [(row["name_key"], row["created_at"]) for row in rows] == [("summer", 1_795_253_400_000)]  # 2026-11-21 09:30 UTC


async def test_only_missing_campaigns_are_inserted(app: AppContext) -> None:
    async with app.unit_of_work(None) as uow:
        await campaigns.save(uow.connection, SPRING, app.now())
        await campaigns.insert_missing(uow.connection, [replace(SPRING, name="Other"), AUTUMN], app.now())
        assert await campaigns.by_id(uow.connection, SPRING.id) == SPRING
        assert await campaigns.by_code(uow.connection, "AUTUMN-26") == AUTUMN


async def test_a_response_is_added_changed_and_removed(app: AppContext, world: World) -> None:
    lead = await make_lead(app, partner=world.acme)
    async with app.unit_of_work(None) as uow:
        await campaigns.save(uow.connection, SPRING, app.now())
        found = [await campaigns.response(uow.connection, SPRING.id, lead)]
        for responded in (False, True, None):
            await campaigns.set_response(uow.connection, SPRING.id, lead, responded, app.now())
            found.append(await campaigns.response(uow.connection, SPRING.id, lead))
    assert found == [None, False, True, None]
