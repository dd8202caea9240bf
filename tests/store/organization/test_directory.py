"""Look-ups of partners, members, queues and profiles by what a request names."""

from uuid import UUID

from gql_leads.services.app_context import AppContext
from gql_leads.store.organization import directory
from tests.factories import World
from tests.fixtures import CHANNEL, REP, make_member, make_partner, make_profile, make_queue

UNKNOWN = UUID(int=1)


async def test_existing_returns_the_ids_that_have_a_row(app: AppContext, world: World) -> None:
    connection, queue = app.database.reading, await make_queue(app)
    assert await directory.existing(connection, "partner", [world.acme, UNKNOWN, world.globex]) == {world.acme, world.globex}
    assert await directory.existing(connection, "lead_queue", {queue, world.acme}) == {queue}
    assert await directory.existing(connection, "lead_queue", []) == set()


async def test_partners_are_found_by_name_and_by_profile_and_only_active_ones_are_active(app: AppContext) -> None:
    connection = app.database.reading
    closed = await make_partner(app, "Straßen AG", is_active=False)
    profile = await make_profile(app, closed)
    assert await directory.partner_named(connection, " STRASSEN ag ") == closed
    assert await directory.partner_named(connection, "Strassen") is None
    found = await directory.profile(connection, profile)
    assert found is not None
    assert found.partner_id == closed
    assert await directory.profile(connection, UNKNOWN) is None
    assert not await directory.is_active_partner(connection, closed)
    assert await directory.is_active_partner(connection, await make_partner(app))


async def test_the_partner_of_a_member_is_theirs_if_both_are_active(app: AppContext, world: World) -> None:
    connection = app.database.writing
    vendor = await make_member(app, None, CHANNEL)
    assert await directory.partner_of_member(connection, world.rep.member_id) == world.acme
    assert await directory.partner_of_member(connection, vendor.member_id) is None
    assert await directory.partner_of_member(connection, None) is None
    await connection.execute("UPDATE partner SET is_active = FALSE WHERE id = ?", world.acme)
    assert await directory.partner_of_member(connection, world.rep.member_id) is None


async def test_members_are_active_members_of_their_own_partner_only(app: AppContext, world: World) -> None:
    connection, rep = app.database.reading, world.rep.member_id
    assert await directory.is_active_member(connection, rep, world.acme)
    assert not await directory.is_active_member(connection, rep, world.globex)
    assert not await directory.is_active_member(connection, rep, None)
    colleague = await make_member(app, world.acme, REP, name="Zoë")
    found = await directory.members_of(connection, world.acme, [rep, colleague.member_id, UNKNOWN])
    assert set(found) == {rep, colleague.member_id}
    assert (found[colleague.member_id]["name"], found[colleague.member_id]["email"]) == ("Zoë", "zoë@people.example")
    assert await directory.members_of(connection, world.globex, [rep]) == {}


async def test_a_member_is_added_unless_another_one_has_the_address_in_any_case(app: AppContext, world: World) -> None:
    async with app.unit_of_work(None) as uow:
        first = await directory.add_member(uow.connection, UUID(int=2), world.acme, "Zoë", "Zoe@acme.example", {REP}, app.now())
        second = await directory.add_member(uow.connection, UUID(int=3), None, "Zoe", "zoe@ACME.example", {CHANNEL}, app.now())
    assert (first, second) == (True, False)
    assert await directory.is_active_member(app.database.reading, UUID(int=2), world.acme)
