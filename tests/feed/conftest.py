"""A migrated database, and a log to write into."""

import os
from collections.abc import AsyncIterator

import pytest

from gql_leads.services.desk import Desk
from tests.databases import CHOSEN_BY
from tests.desks import open_desk

# Only PostgreSQL has a doorbell: on SQLite there is one process, and it rings for itself.
collect_ignore = [] if os.environ.get(CHOSEN_BY) == "postgres" else ["test_doorbell.py"]


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with open_desk(database_url) as opened:
        yield opened
