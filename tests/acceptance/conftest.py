"""Fixtures of acceptance tests: databases and running servers, one per module unless stated."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.client import Member
from tests.acceptance.node_clients import installed_clients
from tests.acceptance.server import Installation, Server
from tests.databases import CHOSEN_BY, Databases

# Modules that are not collected on the other database; the report header names the one that is tested. On SQLite alone: what
# needs its files, and what no database has a part in, such as pages, clients, proxies and the protocols of HTTP and WebSockets.
ON_SQLITE_ALONE = [
    "test_browser_sessions.py", "test_clients.py", "test_documentation.py", "test_identity_provider.py", "test_intake_pages.py",
    "test_node_clients.py", "test_password_pages.py", "test_production_page.py", "test_production_server.py", "test_restored_file.py",
    "test_resuming_clients.py", "test_reverse_proxy.py", "test_sign_in.py", "test_stream_endings.py", "test_telemetry.py",
    "test_unwritable_file.py", "test_usage.py",
]  # fmt: skip
ON_POSTGRES_ALONE = ["test_outages.py", "test_pgbouncer.py", "test_restored_cluster.py", "test_rolling_restart.py"]
collect_ignore = ON_SQLITE_ALONE if os.environ.get(CHOSEN_BY) == "postgres" else ON_POSTGRES_ALONE


@pytest.fixture(scope="session")
def organization_url(test_databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a database with the demo organization and no leads; other fixtures copy it."""
    url = test_databases.migrated()
    Installation(url, tmp_path_factory.mktemp("organisation")).fill(leads=0)
    yield url
    test_databases.drop(url)


@pytest.fixture(scope="module")
def installation(test_databases: Databases, organization_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation with the demo organization and no leads, shared by a module."""
    url = test_databases.copied(organization_url)
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


@pytest.fixture(scope="session")
def node_clients(pytestconfig: pytest.Config) -> Path:
    """A folder with the JavaScript clients, installed and compiled."""
    assert pytestconfig.cache is not None
    return installed_clients(pytestconfig.cache.mkdir("node_clients"))


@pytest.fixture
def fresh(database_url: str, tmp_path: Path) -> Installation:
    """An installation with empty tables, for one test."""
    return Installation(database_url, tmp_path)


@pytest.fixture
def with_organization(test_databases: Databases, organization_url: str, tmp_path: Path) -> Iterator[Installation]:
    """An installation with the demo organization and no leads, for one test."""
    url = test_databases.copied(organization_url)
    yield Installation(url, tmp_path)
    test_databases.drop(url)


@pytest.fixture
def empty_installation(empty_database_url: str, tmp_path: Path) -> Installation:
    """An installation without tables, for one test."""
    return Installation(empty_database_url, tmp_path)
