import pytest
from uuid_utils.compat import uuid7

from gql_leads.domain.commands import GivenQueue
from gql_leads.domain.errors import Invalid, NotFound, NotPermitted
from gql_leads.domain.events import Presence, TimelineKind
from gql_leads.domain.leads.filters import EVERYTHING, presence
from gql_leads.services.app_context import Desk
from gql_leads.services.queues import save_queue
from gql_leads.store import queues
from gql_leads.store.events import event_log
from gql_leads.store.events.event_log import BEGINNING
from gql_leads.store.sql.rows import as_uuid
from tests.factories import World
from tests.fixtures import a_lead, a_partner, a_queue, come_in, everything, settle


async def test_a_queue_is_made_and_changed_and_what_is_left_out_stays(desk: Desk, world: World) -> None:
    made = await save_queue(desk, world.channel, GivenQueue(name=" West ", partner_ids=(world.acme, world.acme), max_open_claims=3))
    row = (await queues.by_id(desk.reading(world.admin), [made]))[made]
    assert (row["name"], row["max_open_claims"], row["max_claims_per_day"]) == ("West", 3, None)
    assert await save_queue(desk, world.admin, GivenQueue(queue_id=made, max_open_claims=None, max_claims_per_day=0)) == made
    row = (await queues.by_id(desk.reading(world.admin), [made]))[made]
    assert (row["name"], row["max_open_claims"], row["max_claims_per_day"]) == ("West", None, 0)
    assert made in (await come_in(desk, world.rep)).open_queues
    assert made not in (await come_in(desk, world.rival)).open_queues
    for everybody in (None, ()):
        await save_queue(desk, world.admin, GivenQueue(queue_id=made, partner_ids=(world.acme,)))
        await save_queue(desk, world.admin, GivenQueue(queue_id=made, partner_ids=everybody))
        assert made in (await come_in(desk, world.rival)).open_queues


async def test_no_two_queues_have_one_name_and_a_queue_may_keep_its_own(desk: Desk, world: World) -> None:
    made = await save_queue(desk, world.channel, GivenQueue(name="École"))
    for wanted in (GivenQueue(name="ÉCOLE"), GivenQueue(queue_id=world.general, name="école")):
        with pytest.raises(Invalid) as refused:
            await save_queue(desk, world.channel, wanted)
        assert [fault.field for fault in refused.value.faults] == [("name",)]
    await save_queue(desk, world.channel, GivenQueue(queue_id=made, name="ÉCOLE"))


async def test_only_who_steers_keeps_queues_and_what_is_unknown_is_told_first(desk: Desk, world: World) -> None:
    closed = await a_queue(desk, open_to=[world.globex])
    before = await everything(desk)
    for who in (world.rep, world.referrals, world.profiles, world.seller):
        with pytest.raises(NotPermitted):
            await save_queue(desk, who, GivenQueue(name="Mine"))
    for who, wanted in (
        (world.rep, GivenQueue(queue_id=closed)),
        (world.seller, GivenQueue(queue_id=world.general)),
        (world.admin, GivenQueue(queue_id=uuid7())),
    ):
        with pytest.raises(NotFound):
            await save_queue(desk, who, wanted)
    with pytest.raises(NotFound) as refused:
        await save_queue(desk, world.admin, GivenQueue(name="New", partner_ids=(world.acme, uuid7())))
    assert refused.value.field == ("partnerIds", "1")
    assert await everything(desk) == before


async def test_a_change_of_who_may_claim_is_one_event_for_each_lead_that_waits(desk: Desk, world: World) -> None:
    initech = await a_partner(desk)
    queue = await a_queue(desk, open_to=[world.acme])
    waiting = {await a_lead(desk, queue=queue) for _ in range(3)}
    await a_lead(desk)
    await settle(desk)
    start = await event_log.horizon(desk.database.reading)
    await save_queue(desk, world.channel, GivenQueue(queue_id=queue, partner_ids=(world.globex, initech)))
    await save_queue(desk, world.channel, GivenQueue(queue_id=queue, partner_ids=(initech, world.globex), name="Same partners"))
    await settle(desk)
    events = [one.event for one in await event_log.read(desk.database.reading, start, 100)]
    assert {event.lead_id for event in events} == waiting
    assert len(events) == 3
    rep, rival = await come_in(desk, world.rep), await come_in(desk, world.rival)
    for event in events:
        assert (event.kind, event.actor_id) == (TimelineKind.ASSIGNED, world.channel.member_id)
        assert [presence(EVERYTHING, viewer, event) for viewer in (rep, rival, world.admin)] == [
            Presence.LEFT, Presence.ENTERED, Presence.CHANGED,
        ]  # fmt: skip
    assert len(await event_log.read(desk.database.reading, BEGINNING, 100)) == 7


async def test_queues_come_with_the_general_one_first_and_tell_a_partner_only_of_itself(desk: Desk, world: World) -> None:
    both = await a_queue(desk, "B", open_to=[world.acme, world.globex])
    await a_queue(desk, "A", open_to=[world.globex])
    await a_lead(desk, queue=both)
    reading = desk.reading(await come_in(desk, world.rep))
    assert [row["name"] for row in await queues.visible(reading)] == ["General", "B"]
    assert [row["name"] for row in await queues.visible(desk.reading(world.channel))] == ["General", "A", "B"]
    assert await queues.visible(desk.reading(world.seller)) == []
    assert await queues.waiting(reading, [both, world.general]) == {both: 1, world.general: 0}
    named = await queues.named_partners(reading, [both])
    assert [as_uuid(row["id"]) for row in named[both]] == [world.acme]
    assert await queues.allowances(desk.reading(world.channel), [both]) == {}
