"""Viewers of concurrent requests are read by one statement, each in its current state."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from starlette.applications import Starlette
from starlette.datastructures import Headers

from gql_leads.domain.viewer import Viewer
from gql_leads.graphql_server.errors import Unauthenticated
from gql_leads.lifespan import Caller, ServerProcess
from gql_leads.services.app_context import AppContext
from gql_leads.settings import Settings
from gql_leads.store.access.viewers import viewer_of
from tests.factories import World


@pytest.fixture
async def service(database_url: str, app: AppContext) -> AsyncIterator[ServerProcess]:
    service = ServerProcess(Settings.model_validate({"database_url": database_url, "secret": "s" * 32}), app.now)
    async with service.lifespan(Starlette()):
        yield service


async def authenticate(service: ServerProcess, *members: Viewer) -> list[Caller | BaseException]:
    tokens = [service.credentials.tokens.mint(who.member_id, service.app.now(), timedelta(hours=1)) for who in members]
    return await asyncio.gather(*(service.authenticate(token, Headers()) for token in tokens), return_exceptions=True)


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
