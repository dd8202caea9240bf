"""Viewers of concurrent requests are read by one statement, each in its current state."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from starlette.applications import Starlette
from starlette.datastructures import Headers

from gql_leads.callers import Caller
from gql_leads.domain.viewer import MemberRole, Viewer
from gql_leads.graphql_server.errors import Unauthenticated
from gql_leads.lifespan import ServerProcess
from gql_leads.services.app_context import AppContext
from gql_leads.settings import Settings
from gql_leads.store.access.viewers import refreshed_viewer, viewer_of, viewers_with_addresses
from tests.factories import World
from tests.fixtures import make_member, make_partner


@pytest.fixture
async def service(database_url: str, app: AppContext) -> AsyncIterator[ServerProcess]:
    service = ServerProcess(Settings.model_validate({"database_url": database_url, "secret": "s" * 32}), app.now)
    async with service.lifespan(Starlette()):
        yield service


async def authenticate(service: ServerProcess, *members: Viewer) -> list[Caller | BaseException]:
    tokens = [service.credentials.tokens.mint(who.member_id, service.app.now(), timedelta(hours=1)) for who in members]
    return await asyncio.gather(*(service.callers.authenticate(token, Headers()) for token in tokens), return_exceptions=True)


async def test_concurrent_authentications_return_each_member(service: ServerProcess, app: AppContext, world: World) -> None:
    people = (world.rep, world.referrals, world.colleague, world.admin, world.rep)
    viewers = [await viewer_of(app.database.reading, who.member_id) for who in people]
    for size in range(1, len(people) + 1):
        callers = await authenticate(service, *people[:size])
        assert [one.viewer for one in callers if isinstance(one, Caller)] == viewers[:size]


async def test_deactivated_member_is_refused_in_a_shared_read(service: ServerProcess, app: AppContext, world: World) -> None:
    people = (world.rep, world.referrals, world.rep)
    assert all(isinstance(one, Caller) for one in await authenticate(service, *people))
    async with app.database.transaction() as connection:
        await connection.execute("UPDATE member SET is_active = ? WHERE id = ?", False, world.rep.member_id)
    first, second, third = await authenticate(service, *people)
    assert isinstance(first, Unauthenticated)
    assert isinstance(second, Caller)
    assert isinstance(third, Unauthenticated)


async def test_persons_are_found_by_their_folded_address(app: AppContext, world: World) -> None:
    inactive = await make_member(app, world.acme, MemberRole.SALES_REP, name="Ina Inactive")
    service = await make_member(app, world.acme, MemberRole.SALES_REP, name="Some Service")
    rep = await make_member(app, world.acme, MemberRole.SALES_REP, name="Rolf Rep")
    seller = await make_member(app, None, MemberRole.SELLER, name="Sue Seller")
    async with app.database.transaction() as connection:
        await connection.execute("UPDATE member SET is_active = ? WHERE id = ?", False, inactive.member_id)
        await connection.execute("UPDATE member SET is_service = ? WHERE id = ?", True, service.member_id)
    keys = [f"{name}@people.example" for name in ("ina.inactive", "some.service", "rolf.rep", "sue.seller", "nobody")]
    found = await viewers_with_addresses(app.database.reading, keys)
    assert {key: (one.viewer, one.email) for key, one in found.items()} == {keys[2]: (rep, keys[2]), keys[3]: (seller, keys[3])}
    assert found[keys[3]].partner_key is None
    assert found[keys[2]].partner_key is not None
    async with app.database.transaction() as connection:
        await connection.execute("UPDATE partner SET is_active = ? WHERE id = ?", False, world.acme)
    assert set(await viewers_with_addresses(app.database.reading, keys)) == {keys[3]}


async def test_roles_of_a_token_stay_while_the_member_stays_with_the_partner(app: AppContext, world: World) -> None:
    by_token = replace(world.rep, roles=frozenset({MemberRole.REFERRAL_ADMIN}), roles_from_token=True)
    assert await refreshed_viewer(app.database.reading, by_token) == by_token
    assert await refreshed_viewer(app.database.reading, world.rep) == world.rep
    async with app.database.transaction() as connection:
        await connection.execute("UPDATE member SET partner_id = ? WHERE id = ?", await make_partner(app), world.rep.member_id)
    assert await refreshed_viewer(app.database.reading, by_token) is None
    moved = await refreshed_viewer(app.database.reading, world.rep)
    assert moved is not None
    assert moved.partner_id != world.acme
