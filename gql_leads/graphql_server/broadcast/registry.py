"""The registry of broadcasts, and the subscribers that join them."""

import asyncio
from collections.abc import AsyncGenerator, Hashable
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Final

import orjson
from graphql import GraphQLSchema

from gql_leads.graphql_server.application import Application, Position, Shareable
from gql_leads.graphql_server.broadcast.broadcast import Broadcast, PayloadListener
from gql_leads.graphql_server.broadcast.replays import Replays
from gql_leads.graphql_server.documents.field_metadata import MetadataUsage, metadata_usage_of
from gql_leads.graphql_server.execution.operations import Operation, Pipeline
from gql_leads.graphql_server.execution.subscriptions import Delivery, Payload, Subscription

MAX_CACHED_OPERATIONS: Final = 500


class BroadcastRegistry:
    """The open broadcasts of this process."""

    def __init__(self, schema: GraphQLSchema, pipeline: Pipeline, application: Application[Any]) -> None:
        self._schema = schema
        self.pipeline = pipeline
        self.sharing_key = application.sharing_key
        self.cursor_of = application.cursor_of
        self.replays = Replays(pipeline.rates, pipeline.replays_per_member)
        self.unshared = 0
        """The number of subscriptions with a stream of their own."""
        self._open: dict[Hashable, Broadcast] = {}
        self._metadata_usages: dict[tuple[str, str | None], MetadataUsage] = {}

    def __len__(self) -> int:
        return len(self._open)

    @property
    def subscribers(self) -> int:
        """The number of active subscriptions."""
        return self.unshared + sum(broadcast.members for broadcast in self._open.values())

    def subscriber(self, operation: Operation, last_event_id: str | None = None) -> "Subscriber":
        """Create a client's subscription, which resumes after its SSE `Last-Event-ID` if it sent one."""
        # The parsed document holds the text; thousands of subscribers must not keep a copy each.
        parameters = replace(operation.parameters, query=None)
        return Subscriber(self, replace(operation, parameters=parameters), last_event_id)

    def metadata_usage(self, operation: Operation) -> MetadataUsage:
        """Return the metadata keys that the operation uses, cached by document and operation name."""
        key = (operation.text, operation.measured.name)
        found = self._metadata_usages.get(key)
        if found is None:
            if len(self._metadata_usages) >= MAX_CACHED_OPERATIONS:
                self._metadata_usages.clear()
            found = self._metadata_usages[key] = metadata_usage_of(self._schema, operation.document, operation.measured.node)
        return found

    def join(self, operation_key: Hashable, sharing_key: Hashable, subscriber: "Subscriber", head: Position) -> Broadcast:
        """Add a subscriber to the broadcast of these keys, which is begun after `head` if there is none."""
        broadcast = self._open.get((operation_key, sharing_key))
        if broadcast is None or broadcast.has_ended:
            context: Shareable = subscriber.operation.context.for_all()
            deliveries = self._followed(replace(subscriber.operation, context=context), head)
            broadcast = Broadcast((operation_key, sharing_key), subscriber, context, head, deliveries)
            self._open[broadcast.key] = broadcast
        broadcast.members += 1
        return broadcast

    def leave(self, broadcast: Broadcast, subscriber: "Subscriber") -> None:
        """Remove a subscriber from a broadcast, and close the broadcast after the last one."""
        broadcast.detach(subscriber)
        broadcast.members -= 1
        if self._open.get(broadcast.key) is broadcast and (broadcast.has_ended or not broadcast.members):
            del self._open[broadcast.key]
        if not broadcast.members:
            broadcast.close()

    async def _followed(self, operation: Operation, after: Position) -> AsyncGenerator[Delivery, None]:
        subscription = await self.pipeline.subscribe(operation)
        async with aclosing(subscription.follow(after)) as deliveries:
            async for delivery in deliveries:
                yield delivery


class Subscriber:
    """The subscription of one client."""

    __slots__ = ("_broadcast", "_joined_at", "_last_event_id", "_registry", "operation", "position")

    def __init__(self, registry: BroadcastRegistry, operation: Operation, last_event_id: str | None) -> None:
        self.operation = operation
        self.position: Position = None
        """The position up to which this subscriber has received everything; None before its source has started."""
        self._registry = registry
        self._last_event_id = last_event_id
        self._broadcast: Broadcast | None = None
        self._joined_at: Position = None
        """The position of the broadcast when this subscriber joined it. Earlier events are replayed, because a retained payload shows what
        the other subscribers were allowed to see then."""

    @property
    def is_attached(self) -> bool:
        """Return True if a broadcast delivers to this subscriber."""
        return self._broadcast is not None and self._broadcast.is_attached(self)

    @property
    def cursor(self) -> str | None:
        """The cursor of the position up to which this subscriber has received everything; None if there is none yet."""
        position, broadcast = self.position, self._broadcast
        if broadcast is not None and broadcast.is_attached(self) and broadcast.delivered > position:
            position = broadcast.delivered
        return None if position is None else self._registry.cursor_of(self.operation.context, position)

    def receives(self, payload: Payload) -> bool:
        """Return False if the payload is addressed to another subscriber of a shared stream."""
        return payload.recipient is None or payload.recipient == self.operation.context.member

    async def payloads(self) -> AsyncGenerator[Payload, None]:
        """Yield one payload for each event; raise `Refused` if the source fails."""
        waiting = DetachSignal()
        try:
            while True:
                async with aclosing(self.catch_up(waiting)) as missed:
                    async for payload in missed:
                        yield payload
                if not self.is_attached:
                    return
                await waiting.wait()
        finally:
            broadcast = self._broadcast
            self.leave()
            if broadcast is not None and not broadcast.members:
                await broadcast.wait_closed()

    async def catch_up(self, listener: PayloadListener) -> AsyncGenerator[Payload, None]:
        """Yield the payloads that this subscriber has missed, then attach it unless the stream has ended.

        The caller must call `leave` in the end. Raises `Refused` if the source fails.
        """
        while (broadcast := self._broadcast or await self._join()) is not None:
            async with aclosing(self._missed(broadcast)) as missed:
                async for payload in missed:
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
        self._registry.unshared += 1
        try:
            async with aclosing(self._unshared()) as payloads:
                async for payload in payloads:
                    yield payload
        finally:
            self._registry.unshared -= 1

    def leave(self) -> None:
        """Leave the broadcast, if any: nothing more is delivered."""
        broadcast, self._broadcast = self._broadcast, None
        if broadcast is not None:
            self._registry.leave(broadcast, self)

    async def _join(self) -> Broadcast | None:
        """Check this subscriber's rights and join a broadcast; return None if it must have its own stream."""
        while (sharing_key := self._sharing_key(of=self.operation.context)) is not None:
            subscription = await self._registry.pipeline.subscribe(self.operation)
            if not subscription.is_replayable:
                return None
            head = await self._start(subscription)
            # Starting refreshes the rights of the context, which may change the key.
            if self._sharing_key(of=self.operation.context) == sharing_key:
                self._broadcast = broadcast = self._registry.join(self._operation_key(), sharing_key, self, head)
                self._joined_at = broadcast.delivered
                return broadcast
        return None

    async def _start(self, subscription: Subscription) -> Position:
        """Set the position if this is the first start; return the newest position."""
        if self.position is None:
            self.position, head = await subscription.start(self._last_event_id)
            return head
        return await subscription.head()

    def _sharing_key(self, *, of: Any) -> Hashable | None:
        keys = self._registry.metadata_usage(self.operation).with_values(self.operation.parameters.variables)
        return self._registry.sharing_key(of, keys)

    def _operation_key(self) -> Hashable:
        """Return everything of the operation that decides the bytes of a payload: document, operation name and values."""
        parameters = self.operation.parameters
        values = [self._registry.metadata_usage(self.operation).deciding_values(parameters.variables), parameters.extensions]
        return self.operation.text, self.operation.measured.name, orjson.dumps(values, option=orjson.OPT_SORT_KEYS)

    async def _missed(self, broadcast: Broadcast) -> AsyncGenerator[Payload, None]:
        """Yield what the broadcast has delivered after this subscriber's position; replay what it dropped."""
        while True:
            if self.position < max(broadcast.retained_after, self._joined_at):
                async with aclosing(self._replayed(broadcast.delivered)) as payloads:
                    async for payload in payloads:
                        yield payload
            elif (entry := broadcast.next_after(self.position)) is not None:
                if self.receives(entry.payload):
                    yield entry.payload
                self.position = entry.position
            else:
                break
        if broadcast.has_ended:
            self.position = max(self.position, broadcast.delivered)

    async def _replayed(self, until: Position) -> AsyncGenerator[Payload, None]:
        subscription = await self._registry.pipeline.subscribe(self.operation)
        deliveries = self._registry.replays.run(self.operation, subscription.replay(self.position, until))
        async with aclosing(self._received(deliveries)) as payloads:
            async for payload in payloads:
                yield payload
        self.position = until

    async def _unshared(self) -> AsyncGenerator[Payload, None]:
        subscription = await self._registry.pipeline.subscribe(self.operation)
        head = await self._start(subscription)
        if subscription.is_replayable and self.position < head:
            async with aclosing(self._replayed(head)) as payloads:
                async for payload in payloads:
                    yield payload
        async with aclosing(self._received(subscription.follow(self.position))) as payloads:
            async for payload in payloads:
                yield payload

    async def _received(self, deliveries: AsyncGenerator[Delivery, None]) -> AsyncGenerator[Payload, None]:
        async with aclosing(deliveries):
            async for position, payload in deliveries:
                if payload is not None:
                    yield payload
                self.position = position


class DetachSignal:
    """A listener for consumers that pull: it takes no payload and only signals that there is something to read."""

    def __init__(self) -> None:
        self._signal: asyncio.Future[None] | None = None

    async def wait(self) -> None:
        """Wait until there is something to read, which may be only the end of the stream."""
        self._signal = asyncio.get_running_loop().create_future()
        await self._signal

    def offer(self, _payload: Payload) -> bool:
        """Take nothing, which detaches the subscriber."""
        return False

    def detached(self) -> None:
        """Wake the consumer."""
        if self._signal is not None and not self._signal.done():
            self._signal.set_result(None)
