"""Test leads are cleared away: all that the role covers, and nothing else."""

from uuid_utils.compat import uuid7

from gql_leads.domain.errors import NotFound, NotPermitted
from gql_leads.services.app_context import Desk
from gql_leads.services.leads.bulk import BATCH
from gql_leads.services.leads.deletion import clear_test_leads, delete_lead, restore_lead
from tests.factories import World
from tests.fixtures import Bell, a_lead, a_won_lead, counters, kinds_of, the_lead
from tests.services.refusing import refused


async def test_a_referral_admin_clears_their_partners(desk: Desk, world: World) -> None:
    ours = [await a_lead(desk, partner=world.acme, is_test=True), await a_won_lead(desk, world.rep, is_test=True)]
    real = await a_lead(desk, partner=world.acme)
    waiting, theirs = await a_lead(desk, is_test=True), await a_lead(desk, partner=world.globex, is_test=True)
    gone = await delete_lead(desk, world.referrals, await a_lead(desk, partner=world.acme, is_test=True))
    gone_at = (await the_lead(desk, gone)).version
    assert await clear_test_leads(desk, world.referrals) == 2
    for lead in ours:
        assert (await the_lead(desk, lead)).deleted_at == desk.now()
        assert (await kinds_of(desk, lead))[-1] == "DELETED"
    for lead in (real, waiting, theirs):
        assert (await the_lead(desk, lead)).deleted_at is None
    assert (await the_lead(desk, gone)).version == gone_at
    assert await clear_test_leads(desk, world.referrals, world.acme) == 0
    assert await restore_lead(desk, world.referrals, ours[0]) == ours[0]


async def test_an_administrator_clears_all_or_one_partners(desk: Desk, world: World) -> None:
    for partner in (world.acme, world.globex, None):
        await a_lead(desk, partner=partner, is_test=True)
        await a_lead(desk, partner=partner)
    assert await clear_test_leads(desk, world.admin, world.globex) == 1
    assert await clear_test_leads(desk, world.admin) == 2
    row = await desk.database.reading.fetch_one("SELECT count(*) AS total FROM lead WHERE deleted_at IS NULL")
    assert row is not None
    assert row["total"] == 3
    in_use, there = await counters(desk)
    assert in_use == there


async def test_many_are_cleared_in_batches(desk: Desk, world: World) -> None:
    many = BATCH + 5 if desk.database.dialect == "sqlite" else 7
    for _ in range(many):
        await a_lead(desk, partner=world.acme, is_test=True)
    assert isinstance(desk.ring, Bell)
    rung = desk.ring.rung
    assert await clear_test_leads(desk, world.referrals) == many
    assert desk.ring.rung - rung == (2 if desk.database.dialect == "sqlite" else many)


async def test_others_clear_nothing(desk: Desk, world: World) -> None:
    await a_lead(desk, partner=world.acme, is_test=True)
    for who in (world.rep, world.profiles, world.channel, world.seller):
        assert isinstance(await refused(desk, clear_test_leads(desk, who)), NotPermitted)
    for who, partner in ((world.referrals, world.globex), (world.rep, world.globex), (world.referrals, uuid7()), (world.admin, uuid7())):
        refusal = await refused(desk, clear_test_leads(desk, who, partner))
        assert (type(refusal), refusal.field) == (NotFound, ("partnerId",))
