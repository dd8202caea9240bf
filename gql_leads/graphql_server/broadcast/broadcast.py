"""A broadcast: one executed stream for several subscribers, with the last payloads for slow ones."""

import asyncio
from bisect import bisect_right
from collections.abc import AsyncGenerator, Hashable
from contextlib import aclosing
from typing import Any, Final, NamedTuple, Protocol

from gql_leads.graphql_server.application import Position, Shareable
from gql_leads.graphql_server.execution.subscriptions import Delivery, Payload

MAX_RETAINED_PAYLOADS: Final = 256
MAX_RETAINED_BYTES: Final = 1_000_000
DELIVERIES_PER_TURN: Final = 200
"""Subscribers served before other tasks of the event loop get a turn."""


class Entry(NamedTuple):
    """A payload and the position of its event."""

    position: Position
    payload: Payload


class PayloadListener(Protocol):
    """The receiver of an attached subscriber's payloads."""

    def offer(self, payload: Payload) -> bool:
        """Take a payload without waiting, or return False if that is impossible now."""

    def detached(self) -> None:
        """Continue with `Subscriber.catch_up`: a payload was not taken, or the broadcast has ended."""


class Follower(Protocol):
    """A subscriber of a broadcast."""

    position: Position
    """The position up to which it has received everything."""

    def receives(self, payload: Payload) -> bool:
        """Return False if the payload is addressed to another subscriber."""


class Broadcast:
    """One stream for several followers; its source begins after `retained_after`.

    An attached follower has received everything up to `delivered` and gets each new payload in one pass over all of them. The others read
    at their own pace: retained payloads from here, older ones from a source of their own. No follower delays another.
    """

    def __init__(
        self,
        key: tuple[Hashable, Hashable],
        owner: Follower,
        context: Shareable,
        start: Position,
        deliveries: AsyncGenerator[Delivery, None],
    ) -> None:
        self.key = key
        """(The operation with its values, the sharing key.)"""
        self.owner = owner
        """The follower with whose rights the stream runs."""
        self.context = context
        self.retained_after = start
        """Every payload after this position is retained."""
        self.delivered = start
        """The position up to which every event was delivered to the attached followers."""
        self.members = 0
        self.has_ended = False
        self.error: Exception | None = None
        self._deliveries = deliveries
        self._retained: list[Entry] = []
        self._bytes = 0
        self._attached: dict[Follower, PayloadListener] = {}
        self._task = asyncio.create_task(self._run())

    @property
    def sharing_key(self) -> Hashable:
        """The application's key of subscribers that may share this stream."""
        return self.key[1]

    def next_after(self, position: Position) -> Entry | None:
        """Return the first entry after a position that is not before `retained_after`; None if there is none yet."""
        retained = self._retained
        if not retained or retained[-1].position <= position:
            return None
        return retained[bisect_right(retained, position, key=_position)]

    def attach(self, follower: Follower, listener: PayloadListener) -> None:
        """Deliver every further payload to a follower that has received all so far."""
        self._attached[follower] = listener

    def detach(self, follower: Follower) -> None:
        """Deliver nothing more to a follower."""
        self._attached.pop(follower, None)

    def is_attached(self, follower: Follower) -> bool:
        """Return True if the broadcast delivers to the follower."""
        return follower in self._attached

    def close(self) -> None:
        """Cancel the stream without notice to the followers."""
        self._task.cancel()

    async def wait_closed(self) -> None:
        """Wait until the source is closed."""
        await asyncio.wait([self._task])

    async def _run(self) -> None:
        try:
            async with aclosing(self._deliveries) as deliveries:
                async for position, payload in deliveries:
                    if payload is not None:
                        entry = Entry(position, payload)
                        self._retain(entry)
                        await self._deliver(entry)
                    self.delivered = position
        except Exception as error:  # noqa: BLE001 - raised to the owner, as its own stream would have raised it
            self.error = error
        finally:
            self.has_ended = True
        await self._detach_all()

    def _retain(self, entry: Entry) -> None:
        self._retained.append(entry)
        self._bytes += len(entry.payload.body)
        surplus = 0
        while len(self._retained) - surplus > MAX_RETAINED_PAYLOADS or (
            self._bytes > MAX_RETAINED_BYTES and surplus + 1 < len(self._retained)
        ):
            self._bytes -= len(self._retained[surplus].payload.body)
            surplus += 1
        if surplus:
            self.retained_after = self._retained[surplus - 1].position
            del self._retained[:surplus]

    async def _deliver(self, entry: Entry) -> None:
        """Offer an entry to every attached follower; detach those that cannot take it.

        The next entry is not produced before this returns, so a detached follower has begun to catch up by then.
        """
        for number, follower in enumerate(list(self._attached), 1):
            listener = self._attached.get(follower)
            # During an earlier `sleep(0)` the follower may have left, or detached, caught up and attached again.
            if listener is not None and follower.position < entry.position:
                if not follower.receives(entry.payload) or listener.offer(entry.payload):
                    follower.position = entry.position
                else:
                    del self._attached[follower]
                    listener.detached()
            if number % DELIVERIES_PER_TURN == 0:
                await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def _detach_all(self) -> None:
        """Detach every follower, which then finds the end or the error of the stream."""
        for number, follower in enumerate(list(self._attached), 1):
            listener = self._attached.pop(follower, None)
            if listener is not None:
                listener.detached()
            if number % DELIVERIES_PER_TURN == 0:
                await asyncio.sleep(0)


def _position(entry: Entry) -> Any:
    return entry.position
