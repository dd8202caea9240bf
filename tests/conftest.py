"""Fixtures of all tests. `GQL_LEADS_TEST_DATABASE` (sqlite or postgres) selects the database of a run."""

import gc
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack

import pytest
from hypothesis import HealthCheck, settings

from gql_leads.services.app_context import AppContext
from gql_leads.store.database.migrate import migrate
from tests.audiences import Audience, make_audience
from tests.databases import CHOSEN_BY, Databases, databases
from tests.factories import World, make_world
from tests.fixtures import Clock, open_app_context
from tests.postgres_server import URL_VARIABLE, Server, postgres_server
from tests.temporary_folders import temporary_folder
from tests.timeouts import extend_timeouts

SERVER = pytest.StashKey[Server | None]()
# No deadlines and always the same examples, so that results do not depend on the machine or on randomness.
settings.register_profile("steady", deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
settings.load_profile("steady")


def pytest_configure(config: pytest.Config) -> None:
    chosen = os.environ.get(CHOSEN_BY, "sqlite")
    if chosen not in {"sqlite", "postgres"}:
        raise pytest.UsageError(f"{CHOSEN_BY} should be sqlite or postgres; it is {chosen!r}")
    config.add_cleanup(extend_timeouts().undo)
    if chosen == "sqlite":
        config.stash[SERVER] = None
        return
    running = ExitStack()
    config.add_cleanup(running.close)
    server = running.enter_context(postgres_server(os.environ))
    config.stash[SERVER] = server
    # Workers of a parallel run inherit the environment, so that they all use the server of this process.
    os.environ[URL_VARIABLE] = server.url


def pytest_collection_finish() -> None:
    # Freeze the collected tests, so that garbage collections do not traverse thousands of live objects.
    gc.collect()
    gc.freeze()


def pytest_report_header(config: pytest.Config) -> list[str]:
    server = config.stash[SERVER]
    return [f"databases: PostgreSQL, {server.origin}" if server else "databases: SQLite files"]


@pytest.fixture
def garbage_collected() -> Iterator[None]:
    """Collect garbage at the end of the test, so that warnings about unclosed objects fail this test and not a later one."""
    yield
    gc.collect()


@pytest.fixture(scope="session")
def test_databases(pytestconfig: pytest.Config) -> Iterator[Databases]:
    server = pytestconfig.stash[SERVER]
    with temporary_folder("gql-leads-databases-") as folder, databases(server.url if server else None, folder, migrate) as made:
        yield made


@pytest.fixture
def database_url(test_databases: Databases) -> Iterator[str]:
    """URL of a migrated database without rows, for one test."""
    url = test_databases.migrated()
    yield url
    test_databases.drop(url)


@pytest.fixture
def empty_database_url(test_databases: Databases) -> Iterator[str]:
    """URL of a database without tables, for one test."""
    url = test_databases.empty()
    yield url
    test_databases.drop(url)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def app(database_url: str, clock: Clock) -> AsyncIterator[AppContext]:
    """An application context on its own database, with a fixed clock."""
    async with open_app_context(database_url, clock) as opened:
        yield opened


@pytest.fixture
async def world(app: AppContext) -> World:
    return await make_world(app)


@pytest.fixture
async def audience(app: AppContext, world: World) -> Audience:
    """All members, with the notifications of each."""
    return await make_audience(app, world)
