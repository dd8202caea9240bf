import asyncio

import pytest
from uuid_utils.compat import uuid7

from gql_leads.domain.commands import SaveQueue
from gql_leads.domain.errors import Invalid, NotFound, NotPermitted
from gql_leads.domain.events import Presence, TimelineKind
from gql_leads.domain.leads.filters import EVERYTHING, presence
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads.notes import add_lead_note
from gql_leads.services.queues import save_queue
from gql_leads.store import queues
from gql_leads.store.events import event_log
from gql_leads.store.sql.rows import as_uuid
from tests.factories import World
from tests.fixtures import dump_tables, lead_events, load_viewer, make_lead, make_partner, make_queue, wait_for_event_log


async def test_a_queue_is_created_and_updated_and_fields_left_out_stay(app: AppContext, world: World) -> None:
    made = await save_queue(app, world.channel, SaveQueue(name=" West ", partner_ids=(world.acme, world.acme), max_open_claims=3))
    row = (await queues.by_id(app.reader(world.admin), [made]))[made]
    assert (row["name"], row["max_open_claims"], row["max_claims_per_day"]) == ("West", 3, None)
    assert await save_queue(app, world.admin, SaveQueue(queue_id=made, max_open_claims=None, max_claims_per_day=0)) == made
    row = (await queues.by_id(app.reader(world.admin), [made]))[made]
    assert (row["name"], row["max_open_claims"], row["max_claims_per_day"]) == ("West", None, 0)
    assert made in (await load_viewer(app, world.rep)).open_queues
    assert made not in (await load_viewer(app, world.rival)).open_queues
    for everybody in (None, ()):
        await save_queue(app, world.admin, SaveQueue(queue_id=made, partner_ids=(world.acme,)))
        await save_queue(app, world.admin, SaveQueue(queue_id=made, partner_ids=everybody))
        assert made in (await load_viewer(app, world.rival)).open_queues


async def test_queue_names_are_unique_and_a_queue_may_keep_its_own(app: AppContext, world: World) -> None:
    made = await save_queue(app, world.channel, SaveQueue(name="École"))
    for wanted in (SaveQueue(name="ÉCOLE"), SaveQueue(queue_id=world.general, name="école")):
        with pytest.raises(Invalid) as refused:
            await save_queue(app, world.channel, wanted)
        assert [fault.field for fault in refused.value.invalid_fields] == [("name",)]
    await save_queue(app, world.channel, SaveQueue(queue_id=made, name="ÉCOLE"))


async def test_only_managers_save_queues_and_unknown_ids_are_reported_first(app: AppContext, world: World) -> None:
    closed = await make_queue(app, open_to=[world.globex])
    before = await dump_tables(app)
    for who in (world.rep, world.referrals, world.profiles, world.seller):
        with pytest.raises(NotPermitted):
            await save_queue(app, who, SaveQueue(name="Mine"))
    for who, wanted in (
        (world.rep, SaveQueue(queue_id=closed)),
        (world.seller, SaveQueue(queue_id=world.general)),
        (world.admin, SaveQueue(queue_id=uuid7())),
    ):
        with pytest.raises(NotFound):
            await save_queue(app, who, wanted)
    with pytest.raises(NotFound) as refused:
        await save_queue(app, world.admin, SaveQueue(name="New", partner_ids=(world.acme, uuid7())))
    assert refused.value.field == ("partnerIds", "1")
    assert await dump_tables(app) == before


async def test_a_change_of_partners_has_one_event_for_each_queued_lead(app: AppContext, world: World) -> None:
    initech = await make_partner(app)
    queue = await make_queue(app, open_to=[world.acme])
    waiting = {await make_lead(app, queue=queue) for _ in range(3)}
    await make_lead(app)
    await wait_for_event_log(app)
    start = await event_log.horizon(app.database.reading)
    await save_queue(app, world.channel, SaveQueue(queue_id=queue, partner_ids=(world.globex, initech)))
    await save_queue(app, world.channel, SaveQueue(queue_id=queue, partner_ids=(initech, world.globex), name="Same partners"))
    events = await lead_events(app, start)
    assert {event.lead_id for event in events} == waiting
    assert len(events) == 3
    rep, rival = await load_viewer(app, world.rep), await load_viewer(app, world.rival)
    for event in events:
        assert (event.kind, event.actor_id) == (TimelineKind.ASSIGNED, world.channel.member_id)
        assert [presence(EVERYTHING, viewer, event) for viewer in (rep, rival, world.admin)] == [
            Presence.LEFT, Presence.ENTERED, Presence.CHANGED,
        ]  # fmt: skip
    assert len(await lead_events(app)) == 7


async def test_the_general_queue_is_listed_first_and_a_partner_sees_only_itself(app: AppContext, world: World) -> None:
    both = await make_queue(app, "B", open_to=[world.acme, world.globex])
    await make_queue(app, "A", open_to=[world.globex])
    await make_lead(app, queue=both)
    reader = app.reader(await load_viewer(app, world.rep))
    assert [row["name"] for row in await queues.visible(reader)] == ["General", "B"]
    assert [row["name"] for row in await queues.visible(app.reader(world.channel))] == ["General", "A", "B"]
    assert await queues.visible(app.reader(world.seller)) == []
    assert await queues.waiting(reader, [both, world.general]) == {both: 1, world.general: 0}
    named = await queues.named_partners(reader, [both])
    assert [as_uuid(row["id"]) for row in named[both]] == [world.acme]
    assert await queues.allowances(app.reader(world.channel), [both]) == {}


async def test_a_repeatable_change_of_partners_is_logged_after_changes_that_it_waited_for(app: AppContext, world: World) -> None:
    if app.database.dialect == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    queue = await make_queue(app, open_to=[world.acme])
    lead = await make_lead(app, queue=queue)
    await wait_for_event_log(app)
    start = await event_log.horizon(app.database.reading)
    async with app.unit_of_work(world.admin) as uow:
        await uow.lock_lead(lead)
        note = asyncio.create_task(add_lead_note(app, world.admin, lead, "Who takes it?"))
        await asyncio.sleep(0.3)
        change = asyncio.create_task(save_queue(app, world.admin, SaveQueue(queue_id=queue, partner_ids=(world.globex,)), "key"))
        await asyncio.sleep(0.3)
    await asyncio.gather(note, change)
    events = await lead_events(app, start)
    assert [one.kind for one in events] == [TimelineKind.NOTE_ADDED, TimelineKind.ASSIGNED]
    assert events[1].before is not None
    assert events[0].after.open_to == events[1].before.open_to == (world.acme,)
