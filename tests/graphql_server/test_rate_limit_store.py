"""Rate limits that servers share in a real Redis, and what happens without it."""

import logging
from collections.abc import Iterator
from uuid import uuid4

import pytest

from gql_leads.environment import SettingsError
from gql_leads.graphql_server.errors import Refused
from gql_leads.graphql_server.rate_limit_store import SharedWindows
from gql_leads.graphql_server.rate_limits import RateLimiter
from gql_leads.settings import load_settings
from tests.redis_server import own_redis, redis_server

pytestmark = pytest.mark.slow
"""They start Redis, and install it where it is missing."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with redis_server() as address:
        yield address


async def test_servers_share_the_windows_of_a_member(url: str) -> None:
    now, prefix = 59.0, f"gql-leads-test-{uuid4()}"
    stores = [SharedWindows(url, prefix) for _ in range(2)]
    first, second = (RateLimiter(10, clock=lambda: now, store=store) for store in stores)
    left = [allowance.remaining for limiter in (first, second, first) if (allowance := await limiter.charge("ann", 3))]
    assert left == [7, 4, 1]
    with pytest.raises(Refused, match="This would cost 3 and you have 1 left in this minute of 10; try again in 1 s"):
        await second.charge("ann", 3)
    allowance = await second.charge("ann", 1)  # the refused charge spent nothing
    assert allowance
    assert allowance.remaining == 0
    other = await second.charge("bob", 3)
    assert other
    assert other.remaining == 7
    now = 60.0
    allowance = await second.charge("ann", 10)
    assert allowance
    assert (allowance.remaining, allowance.seconds) == (0, 60)
    for store in stores:
        await store.close()


async def test_without_redis_each_server_limits_by_itself_until_it_is_back(caplog: pytest.LogCaptureFixture) -> None:
    now, prefix = 0.0, f"gql-leads-test-{uuid4()}"
    caplog.set_level(logging.INFO, "gql_leads.graphql_server.rate_limit_store")
    with own_redis() as (port, _):
        shared = SharedWindows(f"redis://127.0.0.1:{port}", prefix, clock=lambda: now)
        limiter = RateLimiter(10, clock=lambda: 0.0, store=shared)
        await limiter.charge("ann", 9)
    for cost in (4, 4):
        assert await limiter.charge("ann", cost)
    with pytest.raises(Refused, match="you have 2 left"):
        await limiter.charge("ann", 4)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    with own_redis(port):
        assert await shared.add("ann", 0, 1) is None  # it is not asked again at once
        now = 6.0
        assert await shared.add("ann", 0, 1) == 1
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    await shared.close()


@pytest.mark.parametrize("wrong", ["localhost:6379", "http://localhost", "redis://", "redis://host/a"])
def test_address_of_another_kind_is_refused_with_the_name_of_the_setting(wrong: str) -> None:
    with pytest.raises(SettingsError, match="GQL_LEADS_RATE_LIMIT_STORE should be redis://host:6379 or rediss://") as refused:
        load_settings({"GQL_LEADS_RATE_LIMIT_STORE": wrong})
    assert "localhost" not in str(refused.value).replace("redis://host", "")


@pytest.mark.parametrize("right", ["redis://127.0.0.1", "redis://127.0.0.1:6379/0", "rediss://ann:secret@redis.example:6380/3"])
def test_addresses_of_redis_are_accepted(right: str) -> None:
    assert load_settings({"GQL_LEADS_RATE_LIMIT_STORE": right}).rate_limit_store == right
