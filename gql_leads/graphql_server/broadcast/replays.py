"""Replays of past events: few at once for each member, and charged by the events that are read."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from gql_leads.graphql_server.errors import Refused
from gql_leads.graphql_server.execution.operations import Operation
from gql_leads.graphql_server.execution.subscriptions import Delivery
from gql_leads.graphql_server.rate_limits import RateLimiter
from gql_leads.graphql_server.slots import Slots

CHARGED_EVENTS: Final = 20
"""Events of a replay that together cost as much as the subscription itself."""


class Replays:
    """The running replays of this process."""

    def __init__(self, rates: RateLimiter, number: int) -> None:
        self._rates = rates
        self._slots = Slots(number)

    async def run(self, operation: Operation, deliveries: AsyncGenerator[Delivery, None]) -> AsyncGenerator[Delivery, None]:
        """Yield the deliveries of a replay once a slot is free.

        A replay that has used up its member's rate limit continues in the next minute, because a refusal would end the stream.
        """
        read = 0
        async with aclosing(deliveries), self._slots.slot(operation.rate_limit_key):
            async for delivery in deliveries:
                yield delivery
                read += 1
                if read % CHARGED_EVENTS == 0:
                    await self._charge(operation)

    async def _charge(self, operation: Operation) -> None:
        while True:
            try:
                await self._rates.charge(operation.rate_limit_key, max(1, operation.cost))
            except Refused as refusal:
                await asyncio.sleep(int(refusal.headers["retry-after"]))
            else:
                return
