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
from gql_leads.graphql_server.broadcast.broadcast import Broadcast, PayloadListener
from gql_leads.graphql_server.documents.field_metadata import MetadataUsage, metadata_usage_of
from gql_leads.graphql_server.execution.operations import Operation, Payload, Pipeline

MAX_CACHED_OPERATIONS: Final = 500


class BroadcastRegistry:
    """The groups of this process."""

    def __init__(self, schema: GraphQLSchema, pipeline: Pipeline, application: Application[Any]) -> None:
        self._schema = schema
        self.pipeline = pipeline
        self.sharing_key = application.sharing_key
        self.position_of = application.position_of
        self.unshared = 0
        """Subscriptions that share nothing."""
        self._open: dict[Hashable, Broadcast] = {}
        self._metadata_usages: dict[tuple[str, str | None], MetadataUsage] = {}

    def __len__(self) -> int:
        return len(self._open)

    @property
    def subscribers(self) -> int:
        """Subscriptions under way."""
        return self.unshared + sum(broadcast.members for broadcast in self._open.values())

    def subscriber(self, operation: Operation) -> "Subscriber":
        """One client's subscription."""
        known = replace(operation.parameters, query=None)  # The document has the text; each client's own copy is not kept.
        return Subscriber(self, replace(operation, parameters=known))

    def metadata_usage(self, operation: Operation) -> MetadataUsage:
        """What the operation touches of the marks in the schema."""
        key = (operation.text, operation.measured.name)
        found = self._metadata_usages.get(key)
        if found is None:
            if len(self._metadata_usages) >= MAX_CACHED_OPERATIONS:
                self._metadata_usages.clear()
            found = self._metadata_usages[key] = metadata_usage_of(self._schema, operation.document, operation.measured.node)
        return found

    def join(self, asked: Hashable, sharing_key: Hashable, subscriber: "Subscriber") -> Broadcast:
        """The group of those who asked this and have that in common, begun for this subscriber if there is none."""
        broadcast = self._open.get((asked, sharing_key))
        if broadcast is None or broadcast.has_ended:
            context: Shareable = subscriber.operation.context.for_all()
            context.progress.reached = subscriber.progress.newest
            source = self.pipeline.stream(replace(subscriber.operation, context=context))
            broadcast = Broadcast((asked, sharing_key), subscriber, context, source)
            self._open[broadcast.key] = broadcast
        broadcast.members += 1
        return broadcast

    def leave(self, broadcast: Broadcast, subscriber: "Subscriber") -> None:
        """Leave a group, which ends when nobody is left."""
        broadcast.detach(subscriber)
        broadcast.members -= 1
        if self._open.get(broadcast.key) is broadcast and (broadcast.has_ended or not broadcast.members):
            del self._open[broadcast.key]
        if not broadcast.members:
            broadcast.stop()


class Subscriber:
    """One client's subscription."""

    __slots__ = ("_broadcast", "_broadcasts", "operation")

    def __init__(self, broadcasts: BroadcastRegistry, operation: Operation) -> None:
        self.operation = operation
        self._broadcasts = broadcasts
        self._broadcast: Broadcast | None = None

    @property
    def progress(self) -> Progress:
        """Where this subscriber is."""
        progress: Progress = self.operation.context.progress
        return progress

    @property
    def is_attached(self) -> bool:
        """Whether the group tells this subscriber."""
        return self._broadcast is not None and self._broadcast.is_attached(self)

    @property
    def cursor(self) -> str | None:
        """The position up to which this subscriber was told everything, as it is told in turn."""
        broadcast = self._broadcast
        if broadcast is not None and broadcast.is_attached(self) and broadcast.reached > self.progress.reached:
            return self._broadcasts.position_of(broadcast.context)
        return self._broadcasts.position_of(self.operation.context)

    async def payloads(self) -> AsyncGenerator[Payload, None]:
        """One payload for each event; raises `Refused` where the source fails."""
        waiting = Waiting()
        try:
            while True:
                async with aclosing(self.catch_up(waiting)) as catch_up:
                    async for payload in catch_up:
                        yield payload
                if not self.is_attached:
                    return
                await waiting.called()
        finally:
            broadcast = self._broadcast
            self.leave()
            if broadcast is not None and not broadcast.members:
                await broadcast.stopped()

    async def catch_up(self, listener: PayloadListener) -> AsyncGenerator[Payload, None]:
        """What was not told yet. If anything can follow, the group then tells it to the listener, and this subscriber is seated.

        Whoever calls this calls `leave` in the end; raises `Refused` where the source fails.
        """
        while (broadcast := self._broadcast or await self._joined()) is not None:
            async with aclosing(self._behind(broadcast)) as next_after:
                async for payload in next_after:
                    yield payload
            if not broadcast.has_ended:
                broadcast.attach(self, listener)
                return
            self.leave()
            if self._sharing_key(of=broadcast.context) == broadcast.sharing_key:
                if broadcast.error is None:
                    return
                if broadcast.owner is self:
                    raise broadcast.error
        self._broadcasts.unshared += 1
        try:
            async with aclosing(self._broadcasts.pipeline.stream(self.operation)) as unshared:
                async for payload in unshared:
                    yield payload
        finally:
            self._broadcasts.unshared -= 1

    def leave(self) -> None:
        """Leave the group, if any: nothing more is told."""
        broadcast, self._broadcast = self._broadcast, None
        if broadcast is not None:
            self._broadcasts.leave(broadcast, self)

    async def _joined(self) -> Broadcast | None:
        """The group to follow, once it is known where and whether this subscriber may begin; None where it shares nothing."""
        while (sharing_key := self._sharing_key(of=self.operation.context)) is not None:
            async with aclosing(self._read_up_to(None)) as nothing:
                async for _ in nothing:
                    pass
            if self._sharing_key(of=self.operation.context) == sharing_key:
                self._broadcast = self._broadcasts.join(self._asked(), sharing_key, self)
                return self._broadcast
        return None

    def _sharing_key(self, *, of: Any) -> Hashable | None:
        metadata_keys = self._broadcasts.metadata_usage(self.operation).with_values(self.operation.parameters.variables)
        return self._broadcasts.sharing_key(of, metadata_keys)

    def _asked(self) -> Hashable:
        """Everything of the operation that decides what an event is told as."""
        parameters = self.operation.parameters
        given = [self._broadcasts.metadata_usage(self.operation).deciding_values(parameters.variables), parameters.extensions]
        return self.operation.text, self.operation.measured.name, orjson.dumps(given, option=orjson.OPT_SORT_KEYS)

    async def _behind(self, broadcast: Broadcast) -> AsyncGenerator[Payload, None]:
        """What the group has told behind where this subscriber is; what it no longer has, read by ourselves."""
        progress = self.progress
        while True:
            if progress.reached < broadcast.start:
                async with aclosing(self._read_up_to(broadcast.reached)) as catch_up:
                    async for payload in catch_up:
                        yield payload
            elif (entry := broadcast.next_after(progress.reached)) is not None:
                yield entry.payload
                progress.reached = entry.position
            else:
                break
        if broadcast.has_ended:
            progress.reached = max(progress.reached, broadcast.reached)

    async def _read_up_to(self, position: Any) -> AsyncGenerator[Payload, None]:
        """Run the source for this subscriber alone, up to a position; with none, only to learn where and whether it may begin."""
        progress = self.progress
        progress.waits, progress.until = False, position
        async with aclosing(self._broadcasts.pipeline.stream(self.operation)) as payloads:
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

    def offer(self, _payload: Payload) -> bool:
        """Take nothing."""
        return False

    def detached(self) -> None:
        """Call."""
        if self._called is not None and not self._called.done():
            self._called.set_result(None)
