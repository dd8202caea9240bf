"""Replays: few at once for each member, charged by the events that they read."""

import asyncio
from contextlib import AsyncExitStack, aclosing
from typing import Any

from gql_leads.graphql_server.broadcast.registry import BroadcastRegistry, Subscriber
from gql_leads.graphql_server.documents.parameters import Parameters
from gql_leads.graphql_server.execution.operations import Pipeline
from gql_leads.graphql_server.policy import Policy
from gql_leads.graphql_server.rate_limits import RateLimiter
from tests.graphql_server.broadcast.test_registry import AFTER, following, number_of, reading
from tests.graphql_server.news_schema import Harness, NewsLog, application, schema
from tests.graphql_server.shop_schema import Customer


async def test_only_four_subscriptions_of_a_member_replay_at_once(log: NewsLog, harness: Harness) -> None:
    log.news = 10
    async with AsyncExitStack() as stack:
        slow = [await stack.enter_async_context(aclosing(harness.subscriber(AFTER, after=0).payloads())) for _ in range(4)]
        assert [number_of(await anext(one)) for one in slow] == [1] * 4
        async with (
            following(harness.subscriber(AFTER, "bob", after=0)) as (other,),
            reading(harness.subscriber(AFTER, after=3)) as (fifth,),
        ):
            await other.has_read(10)
            await asyncio.sleep(0.05)
            assert fifth.numbers == []
            await slow[2].aclose()
            await fifth.has_read(7)
            assert fifth.numbers == [4, 5, 6, 7, 8, 9, 10]
            log.news = 11
            await fifth.has_read(8)


async def test_subscriptions_without_missed_events_wait_for_no_replay(log: NewsLog, harness: Harness) -> None:
    log.news = 10
    async with AsyncExitStack() as stack:
        slow = [await stack.enter_async_context(aclosing(harness.subscriber(AFTER, after=0).payloads())) for _ in range(4)]
        assert [number_of(await anext(one)) for one in slow] == [1] * 4
        async with following(harness.subscriber(AFTER), harness.subscriber(AFTER, after=10)) as live:
            log.news = 11
            for reader in live:
                await reader.has_read(1)


async def test_replay_is_charged_and_continues_when_the_member_may_read_more(log: NewsLog) -> None:
    now = 59.0
    pipeline = Pipeline(schema, application(log), Policy())
    pipeline.rates = RateLimiter(3, clock=lambda: now)
    registry = BroadcastRegistry(schema._schema, pipeline, application(log))

    def subscriber(**variables: Any) -> Subscriber:
        return registry.subscriber(pipeline.admit(Parameters(query=AFTER, variables=variables), Customer("ann"), "ann"))

    log.news = 100
    async with reading(subscriber(after=0)) as (reader,):
        await reader.has_read(80)
        await asyncio.sleep(0.1)
        assert len(reader.payloads) == 80
        now = 60.0
        await reader.has_read(100)
    allowance = await pipeline.rates.charge("ann", 0)
    assert allowance
    assert allowance.remaining == 1  # one for the last refused 20 events, one for the 20 after them
