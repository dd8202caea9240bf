"""What every test can ask for. `GQL_LEADS_TEST_DATABASE` (sqlite or postgres) says what a whole run is made on."""

import gc
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack

import pytest
from hypothesis import HealthCheck, settings

from gql_leads.services.app_context import AppContext
from gql_leads.store.database.migrate import migrate
from tests.databases import CHOSEN_BY, Databases, databases
from tests.factories import World, make_world
from tests.fixtures import Clock, open_app_context
from tests.postgres_server import NAMED_BY, Server, postgres_server
from tests.temporary_folders import passing_folder
from tests.timeouts import be_patient

SERVER = pytest.StashKey[Server | None]()
# However slow the machine is, and with the same examples every time: a run says something of the code, and not of chance.
settings.register_profile("steady", deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
settings.load_profile("steady")


def pytest_configure(config: pytest.Config) -> None:
    chosen = os.environ.get(CHOSEN_BY, "sqlite")
    if chosen not in {"sqlite", "postgres"}:
        raise pytest.UsageError(f"{CHOSEN_BY} should be sqlite or postgres; it is {chosen!r}")
    config.add_cleanup(be_patient().undo)
    if chosen == "sqlite":
        config.stash[SERVER] = None
        return
    running = ExitStack()
    config.add_cleanup(running.close)
    server = running.enter_context(postgres_server(os.environ))
    config.stash[SERVER] = server
    # Workers of a parallel run inherit the environment: they all use the server that the run has started.
    os.environ[NAMED_BY] = server.url


def pytest_collection_finish() -> None:
    # Thousands of tests are no garbage, and need not be looked through for it again and again.
    gc.collect()
    gc.freeze()


def pytest_report_header(config: pytest.Config) -> list[str]:
    server = config.stash[SERVER]
    node = shutil.which("node") if shutil.which("npm") else None
    return [
        f"databases: PostgreSQL, {server.origin}" if server else "databases: SQLite, files of their own",
        f"Node: {node}" if node else "Node: not there, so its clients are not tried",
    ]


@pytest.fixture
def nothing_dropped_behind() -> Iterator[None]:
    """What a test dropped is collected in it, where that may warn: pytest itself holds on to some of it until the call is over."""
    yield
    gc.collect()


@pytest.fixture(scope="session")
def test_databases(pytestconfig: pytest.Config) -> Iterator[Databases]:
    server = pytestconfig.stash[SERVER]
    with passing_folder("gql-leads-databases-") as folder, databases(server.url if server else None, folder, migrate) as made:
        yield made


@pytest.fixture
def database_url(test_databases: Databases) -> Iterator[str]:
    """A database with tables and no rows, for this test alone."""
    url = test_databases.migrated()
    yield url
    test_databases.drop(url)


@pytest.fixture
def empty_database_url(test_databases: Databases) -> Iterator[str]:
    """A database without tables, for this test alone."""
    url = test_databases.empty()
    yield url
    test_databases.drop(url)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def app(database_url: str, clock: Clock) -> AsyncIterator[AppContext]:
    """A desk on a database of its own, whose clock stands still."""
    async with open_app_context(database_url, clock) as opened:
        yield opened


@pytest.fixture
async def world(app: AppContext) -> World:
    return await make_world(app)
