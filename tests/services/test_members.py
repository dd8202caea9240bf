"""Updates of members, and the last administrator."""

import asyncio

from uuid_utils.compat import uuid7

from gql_leads.domain.errors import Invalid, NotFound, NotPermitted
from gql_leads.domain.members import UpdateMember
from gql_leads.services.app_context import AppContext
from gql_leads.services.members import update_member
from gql_leads.services.sign_in.api_keys import NewApiKey, create_api_key
from gql_leads.store.access.viewers import viewer_of
from gql_leads.store.organization import directory
from tests.factories import World
from tests.fixtures import ADMIN, CHANNEL, PROFILES, REFERRALS, REP, SELLER, load_viewer, make_member
from tests.services.refusing import fields_at_fault, refused


async def test_a_referral_admin_updates_members_of_their_partner(app: AppContext, world: World) -> None:
    rep = world.rep.member_id
    assert await update_member(app, world.referrals, UpdateMember(member_id=rep, name=" Rita R. ", roles=[PROFILES, REP, REP])) == rep
    now = await load_viewer(app, rep)
    assert now.roles == {PROFILES, REP}
    row = await app.database.reading.fetch_one("SELECT name, name_key, is_active FROM member WHERE id = ?", rep)
    assert row is not None
    assert (row["name"], row["name_key"], bool(row["is_active"])) == ("Rita R.", "rita r.", True)
    await update_member(app, world.referrals, UpdateMember(member_id=rep, is_active=False))
    assert await viewer_of(app.database.reading, rep) is None
    await update_member(app, world.referrals, UpdateMember(member_id=rep, is_active=True))
    assert (await load_viewer(app, rep)).roles == {PROFILES, REP}


async def test_an_administrator_updates_every_member(app: AppContext, world: World) -> None:
    for who, role in ((world.rival, REFERRALS), (world.seller, CHANNEL), (world.channel, ADMIN)):
        await update_member(app, world.admin, UpdateMember(member_id=who.member_id, roles=[role]))
        assert (await load_viewer(app, who)).roles == {role}


async def test_other_roles_may_not_update_members(app: AppContext, world: World) -> None:
    for who in (world.rep, world.profiles, world.channel, world.seller):
        assert isinstance(await refused(app, update_member(app, who, UpdateMember(member_id=who.member_id, name="x"))), NotPermitted)
    assert isinstance(await refused(app, update_member(app, world.referrals, UpdateMember(member_id=world.admin.member_id))), NotPermitted)


async def test_members_of_other_partners_and_unknown_ones_get_the_same_refusal(app: AppContext, world: World) -> None:
    for one in (world.rival.member_id, world.rival_admin.member_id, uuid7()):
        refusal = await refused(app, update_member(app, world.referrals, UpdateMember(member_id=one, name="x")))
        assert (type(refusal), refusal.message, refusal.field) == (NotFound, NotFound().message, ("memberId",))


async def test_every_faulty_field_is_reported_at_once(app: AppContext, world: World) -> None:
    wrong = UpdateMember(member_id=world.rep.member_id, name=" ", roles=None, is_active=None)
    assert await fields_at_fault(app, update_member(app, world.referrals, wrong)) == [("name",), ("roles",), ("isActive",)]
    myself = UpdateMember(member_id=world.referrals.member_id, roles=[ADMIN], is_active=False)
    assert await fields_at_fault(app, update_member(app, world.referrals, myself)) == [("roles",), ("isActive",)]


async def test_roles_must_fit_vendor_or_partner(app: AppContext, world: World) -> None:
    for who, roles in ((world.rep, []), (world.rep, [REP, CHANNEL]), (world.seller, [REP]), (world.seller, [SELLER, REFERRALS])):
        asked = UpdateMember(member_id=who.member_id, roles=roles)
        assert await fields_at_fault(app, update_member(app, world.admin, asked)) == [("roles",)]


async def test_the_last_administrator_cannot_lose_the_role(app: AppContext, world: World) -> None:
    demoted = UpdateMember(member_id=world.admin.member_id, roles=[CHANNEL])
    assert await fields_at_fault(app, update_member(app, world.admin, demoted)) == [("roles",)]
    asleep = await make_member(app, None, ADMIN)
    await update_member(app, world.admin, UpdateMember(member_id=asleep.member_id, is_active=False))
    assert await fields_at_fault(app, update_member(app, world.admin, demoted)) == [("roles",)]
    await update_member(app, world.admin, UpdateMember(member_id=asleep.member_id, is_active=True))
    await update_member(app, world.admin, demoted)
    assert (await load_viewer(app, world.admin)).roles == {CHANNEL}


async def test_an_api_key_is_no_administrator_who_could_remain(app: AppContext, world: World) -> None:
    await create_api_key(app, world.admin, NewApiKey(name="CRM", roles=(ADMIN,)))
    other = await make_member(app, None, ADMIN)
    await update_member(app, world.admin, UpdateMember(member_id=other.member_id, is_active=False))
    demoted = UpdateMember(member_id=world.admin.member_id, roles=(SELLER,))
    assert await fields_at_fault(app, update_member(app, world.admin, demoted)) == [("roles",)]
    admin = await app.database.reading.fetch_one("SELECT email FROM member WHERE id = ?", world.admin.member_id)
    assert admin is not None
    assert not await directory.has_other_administrator(app.database.reading, admin["email"])


async def test_two_administrators_cannot_demote_each_other_concurrently(app: AppContext, world: World) -> None:
    other = await make_member(app, None, ADMIN)
    pairs = ((world.admin, other), (other, world.admin))
    done = await asyncio.gather(
        *(update_member(app, who, UpdateMember(member_id=one.member_id, roles=[SELLER])) for who, one in pairs), return_exceptions=True
    )
    assert [type(one) for one in done].count(Invalid) == 1
    assert [ADMIN in (await load_viewer(app, one)).roles for one in (world.admin, other)].count(True) == 1
