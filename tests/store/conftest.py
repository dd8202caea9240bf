"""Fixtures of the property tests: generated leads, and a runner of coroutines."""

from collections.abc import Iterator

import pytest

from tests.property_runner import PropertyRunner
from tests.scenarios import Scenario, make_scenario


@pytest.fixture
def runner() -> Iterator[PropertyRunner]:
    """Runs coroutines for the property tests, which are not async themselves: Hypothesis calls their bodies many times."""
    with PropertyRunner() as opened:
        yield opened


@pytest.fixture
def scenario(runner: PropertyRunner, database_url: str) -> Iterator[Scenario]:
    with runner.opened(make_scenario(database_url)) as gathered:
        yield gathered
