"""A desk with a clock, and the small world on it."""

from collections.abc import AsyncIterator, Iterator

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from gql_leads.services.desk import Desk
from tests.crowds import Crowd, a_crowd
from tests.desks import Clock, open_desk
from tests.worlds import World, make_world


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def desk(database_url: str, clock: Clock) -> AsyncIterator[Desk]:
    async with open_desk(database_url, clock) as opened:
        yield opened


@pytest.fixture
async def world(desk: Desk) -> World:
    return await make_world(desk)


@pytest.fixture
def portal() -> Iterator[BlockingPortal]:
    """Runs what is async for the property tests, which are not: Hypothesis unwinds them by exceptions that end a task's loop."""
    with start_blocking_portal("asyncio") as opened:
        yield opened


@pytest.fixture
def crowd(portal: BlockingPortal, database_url: str) -> Iterator[Crowd]:
    with portal.wrap_async_context_manager(a_crowd(database_url)) as gathered:
        yield gathered
