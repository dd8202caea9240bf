"""A crowd of leads for the property tests."""

from collections.abc import Iterator

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from tests.crowds import Crowd, a_crowd


@pytest.fixture
def portal() -> Iterator[BlockingPortal]:
    """Runs what is async for the property tests, which are not: Hypothesis unwinds them by exceptions that end a task's loop."""
    with start_blocking_portal("asyncio") as opened:
        yield opened


@pytest.fixture
def crowd(portal: BlockingPortal, database_url: str) -> Iterator[Crowd]:
    with portal.wrap_async_context_manager(a_crowd(database_url)) as gathered:
        yield gathered
