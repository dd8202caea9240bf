"""Places to try the service at: a database of its own and a server that is ready, for a whole file of tests."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.client import Member
from tests.acceptance.server import Installation, Server
from tests.databases import CHOSEN_BY, Databases

# What a run cannot try on its database, or without Node, is not collected; the run's first lines say on what it is made.
ON_SQLITE_ALONE = ["test_busy_file.py", "test_readme.py", "test_usage.py"]
ON_POSTGRES_ALONE = ["test_outages.py"]
collect_ignore = ON_SQLITE_ALONE if os.environ.get(CHOSEN_BY) == "postgres" else ON_POSTGRES_ALONE
if not (shutil.which("node") and shutil.which("npm")):
    collect_ignore.append("test_node_clients.py")


@pytest.fixture(scope="session")
def organisation_url(test_databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The demo's organisation without leads, made once to be copied."""
    url = test_databases.migrated()
    Installation(url, tmp_path_factory.mktemp("organisation")).fill(leads=0)
    yield url
    test_databases.drop(url)


@pytest.fixture(scope="module")
def installation(test_databases: Databases, organisation_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The demo's organisation without leads, for a file of tests."""
    url = test_databases.copied(organisation_url)
    yield Installation(url, tmp_path_factory.mktemp("installation"))
    test_databases.drop(url)


@pytest.fixture(scope="module")
def server(installation: Installation) -> Iterator[Server]:
    with installation.serving() as ready:
        yield ready


@pytest.fixture(scope="module")
def rep(server: Server) -> Member:
    return server.member("rep@acme.example")


@pytest.fixture(scope="module")
def keeper(server: Server) -> Member:
    return server.member("referrals@acme.example")


@pytest.fixture
def fresh(database_url: str, tmp_path: Path) -> Installation:
    """Tables without rows, for one test."""
    return Installation(database_url, tmp_path)


@pytest.fixture
def peopled(test_databases: Databases, organisation_url: str, tmp_path: Path) -> Iterator[Installation]:
    """The demo's organisation without leads, for one test."""
    url = test_databases.copied(organisation_url)
    yield Installation(url, tmp_path)
    test_databases.drop(url)


@pytest.fixture
def empty_installation(empty_database_url: str, tmp_path: Path) -> Installation:
    """A database without tables, for one test."""
    return Installation(empty_database_url, tmp_path)
