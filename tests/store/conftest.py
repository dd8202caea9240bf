"""Fixtures of the property tests: generated leads, and a runner of coroutines."""

from collections.abc import Iterator

import pytest

from tests.databases import Databases
from tests.property_runner import PropertyRunner
from tests.scenarios import Scenario, make_scenario, reopen_scenario


@pytest.fixture
def runner() -> Iterator[PropertyRunner]:
    """Runs coroutines for the property tests, which are not async themselves: Hypothesis calls their bodies many times."""
    with PropertyRunner() as opened:
        yield opened


@pytest.fixture(scope="session")
def generated(test_databases: Databases) -> Iterator[Scenario]:
    """The generated leads, made once and copied for each test; no test uses its database."""
    url = test_databases.migrated()
    with PropertyRunner() as runner, runner.opened(make_scenario(url)) as made:
        pass
    yield made
    test_databases.drop(url)


@pytest.fixture
def scenario(runner: PropertyRunner, test_databases: Databases, generated: Scenario) -> Iterator[Scenario]:
    url = test_databases.copied(generated.app.database.url)
    with runner.opened(reopen_scenario(generated, url)) as reopened:
        yield reopened
    test_databases.drop(url)
