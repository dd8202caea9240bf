"""Groups: everybody who asked the same is served by one execution and one encoding of each event.

- Each subscriber runs the subscription's own source for permission and arguments, and for what the group no longer keeps: up to the
  position that the group has reached. Then it goes on in the group, at its own pace, from its own position.
- A group keeps its last payloads. Who falls behind them reads by itself again and comes back; nobody waits for anybody.
- A group's stream runs with the rights of the one it was made for. Where these change it ends, and everybody begins anew.
"""

import asyncio
from bisect import bisect_right
from collections.abc import AsyncGenerator, AsyncIterator, Hashable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import Any, Final, NamedTuple

import orjson
from graphql import GraphQLSchema

from gql_leads.endpoint.application import Application, Progress, Shareable
from gql_leads.endpoint.execution import Operation, Payload, Pipeline
from gql_leads.endpoint.marks import Touches, touches

PAYLOADS_KEPT: Final = 256
BYTES_KEPT: Final = 1_000_000
WOKEN_AT_ONCE: Final = 200
"""After so many subscribers were woken, everything else that waits has its turn."""
OPERATIONS_KNOWN: Final = 500


class Entry(NamedTuple):
    """A payload, and the position of its event."""

    position: Any
    payload: Payload


class Group:
    """One stream that many follow; its source begins behind `start`, a position that was reached."""

    def __init__(self, key: Hashable, leader: "Subscriber", context: Shareable, source: AsyncGenerator[Payload, None]) -> None:
        self.key = key
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
        self._waiting: dict[asyncio.Future[None], None] = {}
        self._task = asyncio.create_task(self._run())

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

    async def news(self) -> None:
        """Wait until there is another entry, or the end."""
        future = asyncio.get_running_loop().create_future()
        self._waiting[future] = None
        try:
            await future
        finally:
            self._waiting.pop(future, None)

    async def stop(self) -> None:
        """End the stream now."""
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _run(self) -> None:
        try:
            async with aclosing(self._source) as payloads:
                async for payload in payloads:
                    self._keep(Entry(self.context.progress.telling, payload))
                    await self._wake()
        except Exception as error:  # noqa: BLE001 - the leader is told, as it would have been alone
            self.error = error
        finally:
            self.has_ended = True
        await self._wake()

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

    async def _wake(self) -> None:
        """Tell those who wait. Who can take what there is has taken it when this returns: they are not outrun."""
        waiting, self._waiting = self._waiting, {}
        for number, future in enumerate(waiting, 1):
            if not future.done():
                future.set_result(None)
            if number % WOKEN_AT_ONCE == 0:
                await asyncio.sleep(0)
        await asyncio.sleep(0)


def _position(entry: Entry) -> Any:
    return entry.position


class Groups:
    """The groups of this process."""

    def __init__(self, schema: GraphQLSchema, pipeline: Pipeline, application: Application[Any]) -> None:
        self._schema = schema
        self.pipeline = pipeline
        self.sharing_of = application.sharing_of
        self.position_of = application.position_of
        self.subscribers = 0
        """Subscriptions under way."""
        self._open: dict[Hashable, Group] = {}
        self._touches: dict[tuple[str, str | None], Touches] = {}

    def __len__(self) -> int:
        return len(self._open)

    def subscriber(self, operation: Operation) -> "Subscriber":
        """One client's subscription."""
        return Subscriber(self, operation)

    def touched(self, operation: Operation) -> Touches:
        """What the operation touches of the marks in the schema."""
        key = (operation.text, operation.measured.name)
        found = self._touches.get(key)
        if found is None:
            if len(self._touches) >= OPERATIONS_KNOWN:
                self._touches.clear()
            found = self._touches[key] = touches(self._schema, operation.document, operation.measured.node)
        return found

    @asynccontextmanager
    async def joined(self, key: Hashable, subscriber: "Subscriber") -> AsyncIterator[Group]:
        """The group of this key while it is followed, begun for this subscriber if there is none; dropped when nobody is left."""
        group = self._open.get(key)
        if group is None or group.has_ended:
            group = self._open[key] = self._begun(key, subscriber)
        key = group.key  # one for all: theirs are many
        group.members += 1
        try:
            yield group
        finally:
            group.members -= 1
            if self._open.get(key) is group and (group.has_ended or not group.members):
                del self._open[key]
            if not group.members:
                await group.stop()

    def _begun(self, key: Hashable, leader: "Subscriber") -> Group:
        context: Shareable = leader.operation.context.for_all()
        context.progress.reached = leader.operation.context.progress.newest
        return Group(key, leader, context, self.pipeline.stream(replace(leader.operation, context=context)))


class Subscriber:
    """One client's subscription."""

    __slots__ = ("_followed", "_groups", "operation")

    def __init__(self, groups: Groups, operation: Operation) -> None:
        self.operation = operation
        self._groups = groups
        self._followed: Group | None = None
        """The group, while there is nothing in it that this subscriber was not told."""

    @property
    def cursor(self) -> str | None:
        """The position up to which this subscriber was told everything, as it is told in turn."""
        own = self.operation.context
        if self._followed and self._followed.reached > own.progress.reached:
            return self._groups.position_of(self._followed.context)
        return self._groups.position_of(own)

    async def payloads(self) -> AsyncGenerator[Payload, None]:
        """One payload for each event; raises `Refused` where the source fails."""
        self._groups.subscribers += 1
        try:
            touched = self._groups.touched(self.operation)
            marks = touched.with_values(self.operation.parameters.variables)
            while (sharing := self._sharing(marks)) is not None:
                async with aclosing(self._read_up_to(None)) as nothing:
                    async for payload in nothing:
                        yield payload
                if self._sharing(marks) != sharing:
                    continue
                joined = self._groups.joined((self._asked(touched), sharing), self)
                async with joined as group, aclosing(self._payloads_of(group)) as shared:
                    async for payload in shared:
                        yield payload
                if self._groups.sharing_of(group.context, marks) != sharing:
                    continue
                if group.error is None:
                    return
                if group.leader is self:
                    raise group.error
            async with aclosing(self._groups.pipeline.stream(self.operation)) as alone:
                async for payload in alone:
                    yield payload
        finally:
            self._groups.subscribers -= 1

    def _sharing(self, marks: frozenset[str]) -> Hashable | None:
        return self._groups.sharing_of(self.operation.context, marks)

    def _asked(self, touched: Touches) -> Hashable:
        """Everything of the operation that decides what an event is told as."""
        parameters = self.operation.parameters
        given = [touched.deciding(parameters.variables), parameters.extensions]
        return self.operation.text, self.operation.measured.name, orjson.dumps(given, option=orjson.OPT_SORT_KEYS)

    async def _payloads_of(self, group: Group) -> AsyncGenerator[Payload, None]:
        """What the group tells until it ends; what it no longer has, read by ourselves."""
        progress: Progress = self.operation.context.progress
        while True:
            if progress.reached < group.start:
                async with aclosing(self._read_up_to(group.reached)) as missed:
                    async for payload in missed:
                        yield payload
                continue
            entry = group.behind(progress.reached)
            if entry is not None:
                yield entry.payload
                progress.reached = entry.position
            elif group.has_ended:
                progress.reached = max(progress.reached, group.reached)
                return
            else:
                self._followed = group
                try:
                    await group.news()
                finally:
                    self._followed = None

    async def _read_up_to(self, position: Any) -> AsyncGenerator[Payload, None]:
        """Run the source for this subscriber alone, up to a position; with none, only to learn where and whether it may begin."""
        progress: Progress = self.operation.context.progress
        progress.waits, progress.until = False, position
        async with aclosing(self._groups.pipeline.stream(self.operation)) as payloads:
            async for payload in payloads:
                yield payload
        progress.waits, progress.until = True, None
        if position is not None:
            progress.reached = position
