"""Who comes in at the same moment is read together, each as they are now."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from starlette.applications import Starlette
from starlette.datastructures import Headers

from gql_leads.domain.viewer import Viewer
from gql_leads.graphql_server.errors import Unauthenticated
from gql_leads.lifespan import Caller, Service
from gql_leads.services.app_context import AppContext
from gql_leads.settings import Settings
from gql_leads.store.access.viewers import viewer_of
from tests.factories import World


@pytest.fixture
async def service(database_url: str, app: AppContext) -> AsyncIterator[Service]:
    service = Service(Settings.model_validate({"database_url": database_url, "secret": "s" * 32}), app.now)
    async with service.running(Starlette()):
        yield service


async def coming_in(service: Service, *people: Viewer) -> list[Caller | BaseException]:
    tokens = [service.tokens.mint(who.member_id, service.app.now(), timedelta(hours=1)) for who in people]
    return await asyncio.gather(*(service.caller_of(token, Headers()) for token in tokens), return_exceptions=True)


async def test_everybody_comes_in_as_themselves(service: Service, app: AppContext, world: World) -> None:
    people = (world.rep, world.referrals, world.colleague, world.admin, world.rep)
    viewers = [await viewer_of(app.database.reading, who.member_id) for who in people]
    for size in range(1, len(people) + 1):
        callers = await coming_in(service, *people[:size])
        assert [one.viewer for one in callers if isinstance(one, Caller)] == viewers[:size]


async def test_who_was_deactivated_is_refused_the_next_time_though_others_come_in_with_them(
    service: Service, app: AppContext, world: World
) -> None:
    people = (world.rep, world.referrals, world.rep)
    assert all(isinstance(one, Caller) for one in await coming_in(service, *people))
    async with app.database.transaction() as connection:
        await connection.execute("UPDATE member SET is_active = ? WHERE id = ?", False, world.rep.member_id)
    first, second, third = await coming_in(service, *people)
    assert isinstance(first, Unauthenticated)
    assert isinstance(second, Caller)
    assert isinstance(third, Unauthenticated)
