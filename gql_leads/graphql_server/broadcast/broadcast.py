"""A group: one stream that many follow, and what it told last."""

import asyncio
from bisect import bisect_right
from collections.abc import AsyncGenerator, Hashable
from contextlib import aclosing
from typing import Any, Final, NamedTuple, Protocol

from gql_leads.graphql_server.application import Progress, Shareable
from gql_leads.graphql_server.execution.operations import Payload

MAX_RETAINED_PAYLOADS: Final = 256
MAX_RETAINED_BYTES: Final = 1_000_000
DELIVERIES_PER_TURN: Final = 200
"""After so many members were told, everything else that waits has its turn."""


class Entry(NamedTuple):
    """A payload, and the position of its event."""

    position: Any
    payload: Payload


class PayloadListener(Protocol):
    """Whom a member's payloads are for."""

    def offer(self, payload: Payload) -> bool:
        """Take a payload without waiting, or answer False."""

    def detached(self) -> None:
        """Read on by oneself: a payload was not taken, or the stream has ended."""


class Member(Protocol):
    """Who follows a group."""

    @property
    def progress(self) -> Progress:
        """Up to where it was told, by the group or by itself."""


class Broadcast:
    """One stream that many follow; its source begins behind `start`, a position that was reached.

    Members who have caught up are seated: they are told each payload as it comes, in one pass. The others read at their own pace what is
    kept, and by themselves what is not; nobody waits for anybody.
    """

    def __init__(self, key: tuple[Hashable, Hashable], owner: Member, context: Shareable, source: AsyncGenerator[Payload, None]) -> None:
        self.key = key
        """What was asked, and what those who share have in common."""
        self.owner = owner
        self.context = context
        self.start = context.progress.reached
        """Everything behind it that was told is kept."""
        self.members = 0
        self.has_ended = False
        self.error: Exception | None = None
        self._source = source
        self._kept: list[Entry] = []
        self._bytes = 0
        self._attached: dict[Member, PayloadListener] = {}
        self._task = asyncio.create_task(self._run())

    @property
    def sharing_key(self) -> Hashable:
        """What the members have in common."""
        return self.key[1]

    @property
    def reached(self) -> Any:
        """The position up to which everything was told to the group."""
        return self.context.progress.reached

    def next_after(self, position: Any) -> Entry | None:
        """The next entry behind a position that is not before the start; None while there is none."""
        kept = self._kept
        if not kept or kept[-1].position <= position:
            return None
        return kept[bisect_right(kept, position, key=_position)]

    def attach(self, member: Member, listener: PayloadListener) -> None:
        """From now on tell a member that was told everything."""
        self._attached[member] = listener

    def detach(self, member: Member) -> None:
        """Tell a member no more."""
        self._attached.pop(member, None)

    def is_attached(self, member: Member) -> bool:
        """Whether the member is told everything in its turn."""
        return member in self._attached

    def stop(self) -> None:
        """End the stream; nobody is told any more."""
        self._task.cancel()

    async def stopped(self) -> None:
        """Wait until the source is closed."""
        await asyncio.wait([self._task])

    async def _run(self) -> None:
        try:
            async with aclosing(self._source) as payloads:
                async for payload in payloads:
                    entry = Entry(self.context.progress.telling, payload)
                    self._keep(entry)
                    await self._deliver(entry)
        except Exception as error:  # noqa: BLE001 - the leader is told, as it would have been alone
            self.error = error
        finally:
            self.has_ended = True
        await self._detach_all()

    def _keep(self, entry: Entry) -> None:
        self._kept.append(entry)
        self._bytes += len(entry.payload.body)
        surplus = 0
        while len(self._kept) - surplus > MAX_RETAINED_PAYLOADS or (self._bytes > MAX_RETAINED_BYTES and surplus + 1 < len(self._kept)):
            self._bytes -= len(self._kept[surplus].payload.body)
            surplus += 1
        if surplus:
            self.start = self._kept[surplus - 1].position
            del self._kept[:surplus]

    async def _deliver(self, entry: Entry) -> None:
        """Tell everybody seated. Who cannot be told now has begun to read on when this returns: they are not outrun."""
        for number, member in enumerate(list(self._attached), 1):
            listener = self._attached.get(member)
            # Meanwhile they may have left, or read on by themselves and come back.
            if listener is not None and member.progress.reached < entry.position:
                if listener.offer(entry.payload):
                    member.progress.reached = entry.position
                else:
                    del self._attached[member]
                    listener.detached()
            if number % DELIVERIES_PER_TURN == 0:
                await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def _detach_all(self) -> None:
        """Have everybody find out how the stream ended."""
        for number, member in enumerate(list(self._attached), 1):
            listener = self._attached.pop(member, None)
            if listener is not None:
                listener.detached()
            if number % DELIVERIES_PER_TURN == 0:
                await asyncio.sleep(0)


def _position(entry: Entry) -> Any:
    return entry.position
