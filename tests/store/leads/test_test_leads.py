"""Test leads to delete: those that the viewer sees, of one partner if given."""

from gql_leads.services.app_context import AppContext
from gql_leads.store.leads import test_leads as store
from tests.factories import World
from tests.fixtures import make_lead


async def test_visible_test_leads_are_found_in_the_order_of_their_ids(app: AppContext, world: World) -> None:
    held = [await make_lead(app, partner=world.acme, is_test=True) for _ in range(2)]
    rival = await make_lead(app, partner=world.globex, is_test=True)
    await make_lead(app, partner=world.acme)
    await make_lead(app, partner=world.acme, is_test=True, deleted_at=app.now())
    connection = app.database.reading
    assert await store.test_leads(connection, world.rep, None) == sorted(held)
    assert await store.test_leads(connection, world.admin, None) == sorted([*held, rival])
    assert await store.test_leads(connection, world.admin, world.globex) == [rival]
    assert await store.test_leads(connection, world.rep, world.globex) == []


async def test_leads_that_are_no_longer_test_leads_or_visible_are_not_locked(app: AppContext, world: World) -> None:
    still, corrected, deleted = [await make_lead(app, partner=world.acme, is_test=True) for _ in range(3)]
    rival = await make_lead(app, partner=world.globex, is_test=True)
    await app.database.writing.execute("UPDATE lead SET is_test = FALSE WHERE id = ?", corrected)
    await app.database.writing.execute("UPDATE lead SET deleted_at = 1 WHERE id = ?", deleted)
    async with app.unit_of_work(world.referrals) as uow:
        locked = await store.lock_test_leads(uow, [still, corrected, deleted, rival], None)
        assert [one.lead.id for one in locked] == [still]
        assert await store.lock_test_leads(uow, [still], world.globex) == []
