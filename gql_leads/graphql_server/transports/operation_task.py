"""An operation of a WebSocket, from its `subscribe` message to its end."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import aclosing
from functools import partial
from typing import Any, Protocol

from graphql import OperationType

from gql_leads.graphql_server.application import ClientRequest
from gql_leads.graphql_server.broadcast.registry import BroadcastRegistry, Subscriber
from gql_leads.graphql_server.documents.parameters import Parameters
from gql_leads.graphql_server.errors import PASSING, Refused
from gql_leads.graphql_server.execution.operations import Pipeline
from gql_leads.graphql_server.execution.subscriptions import Payload
from gql_leads.graphql_server.operation_log import REQUEST_ID, OperationRecord, codes_of


class ClientSession(Protocol):
    """The WebSocket session of an operation."""

    @property
    def caller(self) -> Any:
        """The caller that opened the session."""

    @property
    def client_address(self) -> str:
        """The key of the client's address."""

    @property
    def rate_limit_key(self) -> str:
        """The key that the costs of its operations are charged to."""

    @property
    def pipeline(self) -> Pipeline:
        """The pipeline that admits and executes operations."""

    @property
    def broadcasts(self) -> BroadcastRegistry:
        """The registry of shared subscriptions."""

    def start(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start a task that is cancelled when the session ends."""

    def new_record(self) -> OperationRecord:
        """Create the record of an operation."""

    def ended(self, running: "OperationTask", record: OperationRecord) -> None:
        """Release the operation's id and log its record."""

    def end_temporarily(self, reason: str) -> None:
        """Close the session with a code after which clients reconnect."""

    async def send(self, message: dict[str, Any]) -> None:
        """Send a message."""

    async def send_next(self, id_: str, payload: Payload) -> None:
        """Send an operation's payload."""

    def send_next_nowait(self, id_: str, payload: Payload) -> asyncio.Task[None] | None:
        """Send a shared payload without waiting; return the task that finishes the send if the client is slow."""


class OperationTask:
    """An operation of a WebSocket; it has a task unless it is attached to a broadcast."""

    __slots__ = ("_last_message_at", "_record", "_sending", "_socket", "_subscriber", "_task", "id")

    def __init__(self, socket: ClientSession, id_: str, parameters: Parameters) -> None:
        self.id = id_
        self._socket = socket
        self._record: OperationRecord | None = socket.new_record()
        """None after the operation has ended."""
        self._subscriber: Subscriber | None = None
        self._sending: asyncio.Task[None] | None = None
        """The unfinished send of a shared payload."""
        self._last_message_at = time.monotonic()
        """The time of the last message."""
        self._task: asyncio.Task[None] | None = socket.start(self._go_on(partial(self._begin, parameters)))

    def offer(self, payload: Payload) -> bool:
        """Send a shared payload; return False if the last one is still being sent."""
        if self._sending is not None and not self._sending.done():
            return False
        self._last_message_at = time.monotonic()
        self._sending = self._socket.send_next_nowait(self.id, payload)
        return True

    def detached(self) -> None:
        """Start a task that catches up."""
        self._task = self._socket.start(self._go_on(self._deliver))

    def on_tick(self, now: float, heartbeat: float) -> None:
        """Send the position of a subscription without messages for `heartbeat` seconds."""
        if now - self._last_message_at < heartbeat:
            return
        self._last_message_at = now
        cursor = self._subscriber and self._subscriber.cursor
        if cursor:
            self._socket.start(self._socket.send({"type": "ping", "payload": {"id": self.id, "cursor": cursor}}))

    @property
    def is_awaited(self) -> bool:
        """True for a query or mutation, and for an operation whose type is not known yet."""
        return self._subscriber is None

    def cancel(self) -> None:
        """End the operation without a message."""
        for task in (self._task, self._sending):
            if task is not None:
                task.cancel()
        self._end()

    async def _go_on(self, step: Callable[[], Awaitable[None]]) -> None:
        """Run a step; then send the last message, unless the subscription is now attached to a broadcast."""
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
            if self._subscriber is not None and PASSING.intersection(codes_of(refusal.errors)):
                # An `error` message would end the subscription for good, though its client can resume it.
                self._end()
                self._socket.end_temporarily(str(refusal))
                return
            last = {"type": "error", "id": self.id, "payload": refusal.errors}
        except Exception as error:  # noqa: BLE001 - masked, so that the session and its other operations continue
            record.failed(error)
            last = {"type": "error", "id": self.id, "payload": [self._socket.pipeline.errors.of_exception(error)]}
        self._end()
        await self._socket.send(last)

    async def _begin(self, parameters: Parameters) -> None:
        socket, record = self._socket, self._record
        assert record is not None
        await socket.pipeline.rates.charge(socket.rate_limit_key, 1)
        await socket.pipeline.prepare(parameters)
        client = ClientRequest(socket.client_address)
        operation = socket.pipeline.admit(parameters, socket.caller, socket.rate_limit_key, client)
        operation = await socket.pipeline.charged(operation, paid=1)
        record.admitted(operation)
        if operation.type is OperationType.SUBSCRIPTION:
            self._subscriber = socket.broadcasts.subscriber(operation)
            await self._deliver()
        else:
            payload = await socket.pipeline.execute(operation)
            record.codes = payload.codes
            await self._send(payload)

    async def _deliver(self) -> None:
        """Send the payloads that the subscription has missed."""
        assert self._subscriber is not None
        if self._sending is not None:
            await asyncio.wait([self._sending])
            self._sending = None
        async with aclosing(self._subscriber.catch_up(self)) as missed:
            async for payload in missed:
                await self._send(payload)

    async def _send(self, payload: Payload) -> None:
        self._last_message_at = time.monotonic()
        await self._socket.send_next(self.id, payload)

    def _end(self) -> None:
        if self._subscriber is not None:
            self._subscriber.leave()
        record, self._record = self._record, None
        if record is not None:
            self._socket.ended(self, record)
