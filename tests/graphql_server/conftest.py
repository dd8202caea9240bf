"""Fixtures: a news log and its subscribers, a shared ledger of the shop, and a stopped rate limit clock."""

from functools import partial

import pytest

from gql_leads.graphql_server.execution import operations
from gql_leads.graphql_server.rate_limits import RateLimiter
from tests.graphql_server.news_schema import Harness, NewsLog
from tests.graphql_server.shop_schema import Ledger


@pytest.fixture
def log() -> NewsLog:
    return NewsLog()


@pytest.fixture
def harness(log: NewsLog) -> Harness:
    return Harness(log)


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def within_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the clock of the rate limits, so that no new minute resets them during the test."""
    monkeypatch.setattr(operations, "RateLimiter", partial(RateLimiter, clock=lambda: 0.0))
