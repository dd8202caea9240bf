"""An operation of a socket, from its `subscribe` message to its end."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import aclosing
from functools import partial
from typing import Any, Protocol

from graphql import OperationType

from gql_leads.graphql_server.broadcast.registry import BroadcastRegistry, Subscriber
from gql_leads.graphql_server.documents.parameters import Parameters
from gql_leads.graphql_server.errors import Refused
from gql_leads.graphql_server.execution.operations import Pipeline
from gql_leads.graphql_server.execution.subscriptions import Payload
from gql_leads.graphql_server.operation_log import REQUEST_ID, OperationRecord


class ClientSession(Protocol):
    """The socket of the operation."""

    @property
    def caller(self) -> Any:
        """Who opened it."""

    @property
    def rate_limit_key(self) -> str:
        """Who pays for its operations."""

    @property
    def pipeline(self) -> Pipeline:
        """Admits and executes operations."""

    @property
    def broadcasts(self) -> BroadcastRegistry:
        """Has subscriptions share what they are told."""

    def start(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Begin a task that ends with the socket at the latest."""

    def new_record(self) -> OperationRecord:
        """Begin to observe an operation."""

    def ended(self, running: "OperationTask", record: OperationRecord) -> None:
        """Let the client use the operation's id again, and hand its observation over."""

    async def send(self, message: dict[str, Any]) -> None:
        """Send a message."""

    async def send_next(self, id_: str, payload: Payload) -> None:
        """Send an operation's payload."""

    def send_next_nowait(self, id_: str, payload: Payload) -> asyncio.Task[None] | None:
        """Send what others are told too, without waiting; what has to wait, since the client is slow, is a task."""


class OperationTask:
    """An operation of a socket: a task while it has something to do, and none where its group tells it what happens."""

    __slots__ = ("_quiet_since", "_record", "_sending", "_socket", "_subscriber", "_task", "id")

    def __init__(self, socket: ClientSession, id_: str, parameters: Parameters) -> None:
        self.id = id_
        self._socket = socket
        self._record: OperationRecord | None = socket.new_record()
        """None once the operation has ended."""
        self._subscriber: Subscriber | None = None
        self._sending: asyncio.Task[None] | None = None
        """What is left of a send that the group began."""
        self._quiet_since = time.monotonic()
        """Since when its client has heard nothing of it."""
        self._task: asyncio.Task[None] | None = socket.start(self._go_on(partial(self._begin, parameters)))

    def offer(self, payload: Payload) -> bool:
        """Send a payload, unless the last one is still being sent."""
        if self._sending is not None and not self._sending.done():
            return False
        self._quiet_since = time.monotonic()
        self._sending = self._socket.send_next_nowait(self.id, payload)
        return True

    def detached(self) -> None:
        """Have a task again."""
        self._task = self._socket.start(self._go_on(self._deliver))

    def beat(self, now: float, heartbeat: float) -> None:
        """Tell a subscription that was quiet for so long the position it has reached."""
        if now - self._quiet_since < heartbeat:
            return
        self._quiet_since = now
        cursor = self._subscriber and self._subscriber.cursor
        if cursor:
            self._socket.start(self._socket.send({"type": "ping", "payload": {"id": self.id, "cursor": cursor}}))

    def cancel(self) -> None:
        """End it without a word."""
        for task in (self._task, self._sending):
            if task is not None:
                task.cancel()
        self._end()

    async def _go_on(self, step: Callable[[], Awaitable[None]]) -> None:
        """Do what there is to do now: up to the end or, for a subscription, to where its group tells it."""
        record = self._record
        assert record is not None
        REQUEST_ID.set(record.request_id)
        try:
            await step()
            if self._subscriber is not None and self._subscriber.is_attached:
                self._task = None
                return
            last: dict[str, Any] = {"type": "complete", "id": self.id}
        except Refused as refusal:
            record.failed(refusal)
            last = {"type": "error", "id": self.id, "payload": refusal.errors}
        except Exception as error:  # noqa: BLE001 - masked, and the socket and its other operations live on
            record.failed(error)
            last = {"type": "error", "id": self.id, "payload": [self._socket.pipeline.errors.of_exception(error)]}
        self._end()
        await self._socket.send(last)

    async def _begin(self, parameters: Parameters) -> None:
        socket, record = self._socket, self._record
        assert record is not None
        socket.pipeline.rates.charge(socket.rate_limit_key, 1)
        await socket.pipeline.prepare(parameters)
        operation = socket.pipeline.admit(parameters, socket.caller, socket.rate_limit_key, paid=1)
        record.admitted(operation)
        if operation.type is OperationType.SUBSCRIPTION:
            self._subscriber = socket.broadcasts.subscriber(operation)
            await self._deliver()
        else:
            payload = await socket.pipeline.execute(operation)
            record.codes = payload.codes
            await self._send(payload)

    async def _deliver(self) -> None:
        """Send what the subscription was not told yet."""
        assert self._subscriber is not None
        if self._sending is not None:
            await asyncio.wait([self._sending])
            self._sending = None
        async with aclosing(self._subscriber.catch_up(self)) as catch_up:
            async for payload in catch_up:
                await self._send(payload)

    async def _send(self, payload: Payload) -> None:
        self._quiet_since = time.monotonic()
        await self._socket.send_next(self.id, payload)

    def _end(self) -> None:
        if self._subscriber is not None:
            self._subscriber.leave()
        record, self._record = self._record, None
        if record is not None:
            self._socket.ended(self, record)
