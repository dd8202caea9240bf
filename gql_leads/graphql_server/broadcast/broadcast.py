"""A group: one stream that many follow, and what it told last."""

import asyncio
from bisect import bisect_right
from collections.abc import AsyncGenerator, Hashable
from contextlib import aclosing
from typing import Any, Final, NamedTuple, Protocol

from gql_leads.graphql_server.application import Progress, Shareable
from gql_leads.graphql_server.execution.operations import Payload

PAYLOADS_KEPT: Final = 256
BYTES_KEPT: Final = 1_000_000
TOLD_AT_ONCE: Final = 200
"""After so many members were told, everything else that waits has its turn."""


class Entry(NamedTuple):
    """A payload, and the position of its event."""

    position: Any
    payload: Payload


class Listener(Protocol):
    """Whom a member's payloads are for."""

    def tell(self, payload: Payload) -> bool:
        """Take a payload without waiting, or answer False."""

    def read_on(self) -> None:
        """Read on by oneself: a payload was not taken, or the stream has ended."""


class Member(Protocol):
    """Who follows a group."""

    @property
    def progress(self) -> Progress:
        """Up to where it was told, by the group or by itself."""


class Group:
    """One stream that many follow; its source begins behind `start`, a position that was reached.

    Members who have caught up are seated: they are told each payload as it comes, in one pass. The others read at their own pace what is
    kept, and by themselves what is not; nobody waits for anybody.
    """

    def __init__(self, key: tuple[Hashable, Hashable], leader: Member, context: Shareable, source: AsyncGenerator[Payload, None]) -> None:
        self.key = key
        """What was asked, and what those who share have in common."""
        self.leader = leader
        self.context = context
        self.start = context.progress.reached
        """Everything behind it that was told is kept."""
        self.members = 0
        self.has_ended = False
        self.error: Exception | None = None
        self._source = source
        self._kept: list[Entry] = []
        self._bytes = 0
        self._seated: dict[Member, Listener] = {}
        self._task = asyncio.create_task(self._run())

    @property
    def sharing(self) -> Hashable:
        """What the members have in common."""
        return self.key[1]

    @property
    def reached(self) -> Any:
        """The position up to which everything was told to the group."""
        return self.context.progress.reached

    def behind(self, position: Any) -> Entry | None:
        """The next entry behind a position that is not before the start; None while there is none."""
        kept = self._kept
        if not kept or kept[-1].position <= position:
            return None
        return kept[bisect_right(kept, position, key=_position)]

    def seat(self, member: Member, listener: Listener) -> None:
        """From now on tell a member that was told everything."""
        self._seated[member] = listener

    def unseat(self, member: Member) -> None:
        """Tell a member no more."""
        self._seated.pop(member, None)

    def has_seated(self, member: Member) -> bool:
        """Whether the member is told everything in its turn."""
        return member in self._seated

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
                    await self._tell(entry)
        except Exception as error:  # noqa: BLE001 - the leader is told, as it would have been alone
            self.error = error
        finally:
            self.has_ended = True
        await self._dismiss()

    def _keep(self, entry: Entry) -> None:
        self._kept.append(entry)
        self._bytes += len(entry.payload.body)
        surplus = 0
        while len(self._kept) - surplus > PAYLOADS_KEPT or (self._bytes > BYTES_KEPT and surplus + 1 < len(self._kept)):
            self._bytes -= len(self._kept[surplus].payload.body)
            surplus += 1
        if surplus:
            self.start = self._kept[surplus - 1].position
            del self._kept[:surplus]

    async def _tell(self, entry: Entry) -> None:
        """Tell everybody seated. Who cannot be told now has begun to read on when this returns: they are not outrun."""
        for number, member in enumerate(list(self._seated), 1):
            listener = self._seated.get(member)
            # Meanwhile they may have left, or read on by themselves and come back.
            if listener is not None and member.progress.reached < entry.position:
                if listener.tell(entry.payload):
                    member.progress.reached = entry.position
                else:
                    del self._seated[member]
                    listener.read_on()
            if number % TOLD_AT_ONCE == 0:
                await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def _dismiss(self) -> None:
        """Have everybody find out how the stream ended."""
        for number, member in enumerate(list(self._seated), 1):
            listener = self._seated.pop(member, None)
            if listener is not None:
                listener.read_on()
            if number % TOLD_AT_ONCE == 0:
                await asyncio.sleep(0)


def _position(entry: Entry) -> Any:
    return entry.position
