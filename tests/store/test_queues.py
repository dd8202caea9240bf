"""Queue settings as rows: names, limits and the partners that a queue names."""

from typing import Any
from uuid import UUID

from gql_leads.domain.claims import Limits, QueuePolicy
from gql_leads.services.app_context import AppContext
from gql_leads.store import queues
from tests.factories import World
from tests.fixtures import make_lead, make_queue

QUEUE = UUID(int=1)


def columns(app: AppContext, **changed: Any) -> dict[str, Any]:
    usual = {"id": QUEUE, "name": "North", "name_key": "north", "is_general": False, "created_at": app.now(), "max_open_claims": 2}
    return usual | changed


async def test_a_queue_is_inserted_once_for_its_name(app: AppContext, world: World) -> None:
    async with app.unit_of_work(None) as uow:
        inserted = [
            await queues.insert(uow.connection, columns(app)),
            await queues.insert(uow.connection, columns(app, id=UUID(int=2), name="NORTH")),
        ]
        assert inserted == [True, False]
        assert await queues.named(uow.connection, "north") == QUEUE
        assert await queues.named(uow.connection, "south") is None
        assert await queues.general(uow.connection) == world.general


async def test_limits_and_named_partners_are_replaced(app: AppContext, world: World) -> None:
    async with app.unit_of_work(None) as uow:
        connection = uow.connection
        await queues.insert(connection, columns(app))
        found = [await queues.policy(connection, QUEUE)]
        await queues.update(connection, QUEUE, {"max_open_claims": None, "max_claims_per_day": 5})
        for partners in ([world.globex, world.acme], [world.acme], []):
            await queues.set_partners(connection, QUEUE, partners)
            found.append(await queues.policy(connection, QUEUE))
    changed = Limits(None, 5)
    assert found == [
        QueuePolicy(Limits(2, None), None),
        QueuePolicy(changed, tuple(sorted([world.acme, world.globex]))),
        QueuePolicy(changed, (world.acme,)),
        QueuePolicy(changed, None),
    ]


async def test_the_leads_that_wait_in_a_queue_are_neither_claimed_nor_deleted_nor_of_another_queue(app: AppContext, world: World) -> None:
    queue = await make_queue(app)
    waiting = [await make_lead(app, queue=queue) for _ in range(2)]
    await make_lead(app, queue=queue, deleted_at=app.now())
    await make_lead(app, partner=world.acme, origin_queue_id=queue)
    await make_lead(app)
    assert [lead.id for lead in await queues.leads_in(app.database.reading, queue)] == sorted(waiting)
