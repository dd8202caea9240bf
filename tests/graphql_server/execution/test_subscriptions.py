"""A resolver may return an event source or any other async iterable."""

from collections.abc import AsyncIterable, AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest
from graphql import ExecutionResult, parse

from gql_leads.graphql_server.application import address_everybody
from gql_leads.graphql_server.errors import ErrorFormatter, OperationRefused
from gql_leads.graphql_server.execution.compiled import CompiledExecutor
from gql_leads.graphql_server.execution.subscriptions import Payload, Subscription
from gql_leads.graphql_server.graphql_core_internals import core_schema
from tests.graphql_server.shop_schema import Counter, Ledger, describe, schema


def subscription_to(source: AsyncIterable[Any]) -> Subscription:
    executor = CompiledExecutor.build(core_schema(schema), parse("subscription { count }"))

    def encode(result: ExecutionResult, position: Any) -> Payload:
        return Payload(repr(result.data).encode(), cursor=str(position))

    return Subscription(executor, source, encode, ErrorFormatter(describe), address_everybody)


async def numbers(to: int) -> AsyncIterator[int]:
    for number in range(1, to + 1):
        yield number
    raise RuntimeError("it breaks at the end")


async def test_event_source_is_replayed_between_two_positions() -> None:
    subscription = subscription_to(Counter(Ledger(), to=5, after=1, pause=0.0))
    assert subscription.is_replayable
    assert await subscription.start(None) == (1, 1)
    assert await subscription.start("c3") == (3, 3)
    async with aclosing(subscription.replay(1, 3)) as deliveries:
        assert [(position, payload and payload.body) async for position, payload in deliveries] == [
            (2, b"{'count': 2}"),
            (3, b"{'count': 3}"),
        ]


async def test_ordinary_iterable_has_no_positions_and_its_failure_is_a_refusal() -> None:
    subscription = subscription_to(numbers(2))
    assert not subscription.is_replayable
    assert await subscription.start(None) == (None, None)
    received = []

    async def receive() -> None:
        async with aclosing(subscription.follow(None)) as deliveries:
            async for position, payload in deliveries:
                received.append((position, payload and payload.body))

    with pytest.raises(OperationRefused):
        await receive()
    assert received == [(None, b"{'count': 1}"), (None, b"{'count': 2}")]
