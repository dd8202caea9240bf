"""Groups: everybody who asked the same is served by one execution and one encoding of each event.

- Each subscriber runs the subscription's own source for permission and arguments, and for what the group no longer keeps: up to the
  position that the group has reached. Then it goes on in the group, from its own position.
- Who has caught up waits for nothing, and has no task: the group tells them. Who cannot take a payload at once falls behind, reads on by
  itself and comes back.
- A group's stream runs with the rights of the one it was made for. Where these change it ends, and everybody begins anew.
"""

import asyncio
from collections.abc import AsyncGenerator, Hashable
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Final

import orjson
from graphql import GraphQLSchema

from gql_leads.graphql_server.application import Application, Progress, Shareable
from gql_leads.graphql_server.broadcast.broadcast import Group, Listener
from gql_leads.graphql_server.documents.field_metadata import Touches, touches
from gql_leads.graphql_server.execution.operations import Operation, Payload, Pipeline

OPERATIONS_KNOWN: Final = 500


class Groups:
    """The groups of this process."""

    def __init__(self, schema: GraphQLSchema, pipeline: Pipeline, application: Application[Any]) -> None:
        self._schema = schema
        self.pipeline = pipeline
        self.sharing_of = application.sharing_of
        self.position_of = application.position_of
        self.alone = 0
        """Subscriptions that share nothing."""
        self._open: dict[Hashable, Group] = {}
        self._touches: dict[tuple[str, str | None], Touches] = {}

    def __len__(self) -> int:
        return len(self._open)

    @property
    def subscribers(self) -> int:
        """Subscriptions under way."""
        return self.alone + sum(group.members for group in self._open.values())

    def subscriber(self, operation: Operation) -> "Subscriber":
        """One client's subscription."""
        known = replace(operation.parameters, query=None)  # The document has the text; each client's own copy is not kept.
        return Subscriber(self, replace(operation, parameters=known))

    def touched(self, operation: Operation) -> Touches:
        """What the operation touches of the marks in the schema."""
        key = (operation.text, operation.measured.name)
        found = self._touches.get(key)
        if found is None:
            if len(self._touches) >= OPERATIONS_KNOWN:
                self._touches.clear()
            found = self._touches[key] = touches(self._schema, operation.document, operation.measured.node)
        return found

    def join(self, asked: Hashable, sharing: Hashable, subscriber: "Subscriber") -> Group:
        """The group of those who asked this and have that in common, begun for this subscriber if there is none."""
        group = self._open.get((asked, sharing))
        if group is None or group.has_ended:
            context: Shareable = subscriber.operation.context.for_all()
            context.progress.reached = subscriber.progress.newest
            source = self.pipeline.stream(replace(subscriber.operation, context=context))
            group = Group((asked, sharing), subscriber, context, source)
            self._open[group.key] = group
        group.members += 1
        return group

    def leave(self, group: Group, subscriber: "Subscriber") -> None:
        """Leave a group, which ends when nobody is left."""
        group.unseat(subscriber)
        group.members -= 1
        if self._open.get(group.key) is group and (group.has_ended or not group.members):
            del self._open[group.key]
        if not group.members:
            group.stop()


class Subscriber:
    """One client's subscription."""

    __slots__ = ("_group", "_groups", "operation")

    def __init__(self, groups: Groups, operation: Operation) -> None:
        self.operation = operation
        self._groups = groups
        self._group: Group | None = None

    @property
    def progress(self) -> Progress:
        """Where this subscriber is."""
        progress: Progress = self.operation.context.progress
        return progress

    @property
    def is_seated(self) -> bool:
        """Whether the group tells this subscriber."""
        return self._group is not None and self._group.has_seated(self)

    @property
    def cursor(self) -> str | None:
        """The position up to which this subscriber was told everything, as it is told in turn."""
        group = self._group
        if group is not None and group.has_seated(self) and group.reached > self.progress.reached:
            return self._groups.position_of(group.context)
        return self._groups.position_of(self.operation.context)

    async def payloads(self) -> AsyncGenerator[Payload, None]:
        """One payload for each event; raises `Refused` where the source fails."""
        waiting = Waiting()
        try:
            while True:
                async with aclosing(self.missed(waiting)) as missed:
                    async for payload in missed:
                        yield payload
                if not self.is_seated:
                    return
                await waiting.called()
        finally:
            group = self._group
            self.leave()
            if group is not None and not group.members:
                await group.stopped()

    async def missed(self, listener: Listener) -> AsyncGenerator[Payload, None]:
        """What was not told yet. If anything can follow, the group then tells it to the listener, and this subscriber is seated.

        Whoever calls this calls `leave` in the end; raises `Refused` where the source fails.
        """
        while (group := self._group or await self._joined()) is not None:
            async with aclosing(self._behind(group)) as behind:
                async for payload in behind:
                    yield payload
            if not group.has_ended:
                group.seat(self, listener)
                return
            self.leave()
            if self._sharing(of=group.context) == group.sharing:
                if group.error is None:
                    return
                if group.leader is self:
                    raise group.error
        self._groups.alone += 1
        try:
            async with aclosing(self._groups.pipeline.stream(self.operation)) as alone:
                async for payload in alone:
                    yield payload
        finally:
            self._groups.alone -= 1

    def leave(self) -> None:
        """Leave the group, if any: nothing more is told."""
        group, self._group = self._group, None
        if group is not None:
            self._groups.leave(group, self)

    async def _joined(self) -> Group | None:
        """The group to follow, once it is known where and whether this subscriber may begin; None where it shares nothing."""
        while (sharing := self._sharing(of=self.operation.context)) is not None:
            async with aclosing(self._read_up_to(None)) as nothing:
                async for _ in nothing:
                    pass
            if self._sharing(of=self.operation.context) == sharing:
                self._group = self._groups.join(self._asked(), sharing, self)
                return self._group
        return None

    def _sharing(self, *, of: Any) -> Hashable | None:
        marks = self._groups.touched(self.operation).with_values(self.operation.parameters.variables)
        return self._groups.sharing_of(of, marks)

    def _asked(self) -> Hashable:
        """Everything of the operation that decides what an event is told as."""
        parameters = self.operation.parameters
        given = [self._groups.touched(self.operation).deciding(parameters.variables), parameters.extensions]
        return self.operation.text, self.operation.measured.name, orjson.dumps(given, option=orjson.OPT_SORT_KEYS)

    async def _behind(self, group: Group) -> AsyncGenerator[Payload, None]:
        """What the group has told behind where this subscriber is; what it no longer has, read by ourselves."""
        progress = self.progress
        while True:
            if progress.reached < group.start:
                async with aclosing(self._read_up_to(group.reached)) as missed:
                    async for payload in missed:
                        yield payload
            elif (entry := group.behind(progress.reached)) is not None:
                yield entry.payload
                progress.reached = entry.position
            else:
                break
        if group.has_ended:
            progress.reached = max(progress.reached, group.reached)

    async def _read_up_to(self, position: Any) -> AsyncGenerator[Payload, None]:
        """Run the source for this subscriber alone, up to a position; with none, only to learn where and whether it may begin."""
        progress = self.progress
        progress.waits, progress.until = False, position
        async with aclosing(self._groups.pipeline.stream(self.operation)) as payloads:
            async for payload in payloads:
                yield payload
        progress.waits, progress.until = True, None
        if position is not None:
            progress.reached = position


class Waiting:
    """The listener of one who takes payloads when it suits them: it is only called."""

    def __init__(self) -> None:
        self._called: asyncio.Future[None] | None = None

    async def called(self) -> None:
        """Wait until there is something to read, if only the end."""
        self._called = asyncio.get_running_loop().create_future()
        await self._called

    def tell(self, _payload: Payload) -> bool:
        """Take nothing."""
        return False

    def read_on(self) -> None:
        """Call."""
        if self._called is not None and not self._called.done():
            self._called.set_result(None)
