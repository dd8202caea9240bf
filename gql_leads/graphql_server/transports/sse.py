"""GraphQL over server-sent events in distinct connections mode: one stream per operation."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, suppress
from typing import Any

from graphql import OperationType
from starlette.requests import Request
from starlette.types import Send

from gql_leads.graphql_server import json_codec
from gql_leads.graphql_server.broadcast.open_streams import OpenStreams
from gql_leads.graphql_server.broadcast.registry import BroadcastRegistry, Subscriber
from gql_leads.graphql_server.errors import PASSING, Refused
from gql_leads.graphql_server.execution.operations import Operation, Pipeline
from gql_leads.graphql_server.execution.subscriptions import Payload
from gql_leads.graphql_server.operation_log import OperationRecord, codes_of
from gql_leads.graphql_server.policy import Policy
from gql_leads.graphql_server.transports.responses import encode_headers, response_headers

COMPLETE = b"event: complete\ndata:\n\n"
COMMENT = b":\n\n"
CLOSE_TIMEOUT = 10.0
"""Seconds in which the last event is sent to a client that may not read."""
STREAM_HEADERS = {"content-type": "text/event-stream; charset=utf-8", "x-accel-buffering": "no"}


class StreamInterrupted(Exception):
    """A failure of a subscription that passes: the stream ends without `complete`, and its client reconnects."""


class EventStreams:
    """The transport for event streams."""

    def __init__(self, pipeline: Pipeline, broadcasts: BroadcastRegistry, open_streams: OpenStreams, policy: Policy) -> None:
        self._pipeline = pipeline
        self._broadcasts = broadcasts
        self._open_streams = open_streams
        self._policy = policy

    async def serve(self, request: Request, operation: Operation, record: OperationRecord, send: Send) -> None:
        """Serve an operation until it completes, its client disconnects or its caller loses the right to it."""
        record.transport = "sse"
        if operation.type is not OperationType.SUBSCRIPTION:
            stream = EventStream(operation, record.caller, send, None, self._policy)
            await stream.run(self._payload(operation, record), request)
            return
        subscriber = self._broadcasts.subscriber(operation, request.headers.get("last-event-id") or None)
        stream = EventStream(operation, record.caller, send, subscriber, self._policy)
        self._open_streams.add(stream)
        try:
            await stream.run(self._payloads(subscriber, record), request)
        finally:
            self._open_streams.remove(stream)

    async def refuse(self, refusal: Refused, send: Send) -> None:
        """Send the errors as an event, because browsers do not expose the body of a failed event stream."""
        await send(start_message(refusal.headers))
        await send(body_message(format_event(json_codec.dumps({"errors": refusal.errors})) + COMPLETE, more=False))

    async def _payload(self, operation: Operation, record: OperationRecord) -> AsyncIterator[Payload]:
        try:
            payload = await self._pipeline.execute(operation)
        except Exception as error:  # noqa: BLE001 - described or masked, because the stream has begun with status 200
            payload = self._failed(error)
        record.codes = payload.codes
        yield payload

    async def _payloads(self, subscriber: Subscriber, record: OperationRecord) -> AsyncIterator[Payload]:
        try:
            async with aclosing(subscriber.payloads()) as payloads:
                async for payload in payloads:
                    yield payload
        except Exception as error:  # noqa: BLE001 - as above
            failed = self._failed(error)
            record.codes = failed.codes
            if PASSING.intersection(failed.codes):
                raise StreamInterrupted from None
            yield failed

    def _failed(self, error: Exception) -> Payload:
        errors = error.errors if isinstance(error, Refused) else [self._pipeline.errors.of_exception(error)]
        return Payload(json_codec.dumps({"errors": errors}), codes=codes_of(errors))


class EventStream:
    """The event stream of one operation."""

    def __init__(self, operation: Operation, caller: Any, send: Send, subscriber: Subscriber | None, policy: Policy) -> None:
        self.caller = caller
        self._operation = operation
        self._send = send
        self._subscriber = subscriber
        self._policy = policy
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._last_message_at = self._last_write_at = time.monotonic()
        self._heartbeat_task: asyncio.Task[None] | None = None

    async def run(self, payloads: AsyncIterator[Payload], request: Request) -> None:
        """Send all events until the stream completes or is ended."""
        await self._send(start_message(response_headers(self._operation.allowance)))
        delivery = asyncio.create_task(self._deliver(payloads))
        disconnect = asyncio.create_task(wait_for_disconnect(request))
        try:
            ends: set[asyncio.Future[Any]] = {delivery, disconnect, self._ended}
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            tasks = [task for task in (delivery, disconnect, self._heartbeat_task) if task]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if delivery.cancelled() and self._ended.done():
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(CLOSE_TIMEOUT):
                    await self._send(END)

    def end_forbidden(self, _reason: str) -> None:
        """End the stream without `complete`, so that its client reconnects with a new token."""
        self._end()

    def end_for_shutdown(self) -> None:
        """End the stream without `complete`, so that its client reconnects to another server."""
        self._end()

    def _end(self) -> None:
        if not self._ended.done():
            self._ended.set_result(None)

    def on_tick(self, now: float) -> None:
        """Send an idle stream's position, or a comment that keeps its connection alive."""
        if self._heartbeat_task and not self._heartbeat_task.done():
            return
        if now - self._last_message_at >= self._policy.heartbeat:
            self._last_message_at = now
            cursor = self._subscriber and self._subscriber.cursor
            if cursor:
                self._heartbeat_task = asyncio.create_task(self._send_heartbeat(f"id: {cursor}\n\n".encode()))
                return
        if now - self._last_write_at >= self._policy.comment_interval:
            self._heartbeat_task = asyncio.create_task(self._send_heartbeat(COMMENT))

    async def _send_heartbeat(self, chunk: bytes) -> None:
        try:
            await self._write(chunk)
        except (OSError, TimeoutError):  # the client has disconnected or does not read
            self._end()

    async def _deliver(self, payloads: AsyncIterator[Payload]) -> None:
        try:
            async with aclosing(payloads):  # type: ignore[type-var]
                async for payload in payloads:
                    self._last_message_at = time.monotonic()
                    await self._write(format_event(payload.body, payload.cursor))
        except StreamInterrupted:
            await self._send(END)
            return
        await self._send(body_message(COMPLETE, more=False))

    async def _write(self, chunk: bytes) -> None:
        self._last_write_at = time.monotonic()
        async with asyncio.timeout(self._policy.send_timeout):
            await self._send(body_message(chunk))


def format_event(data: bytes, cursor: str | None = None) -> bytes:
    """Format a `next` event."""
    id_line = f"id: {cursor}\n".encode() if cursor else b""
    return b"event: next\n" + id_line + b"data: " + data + b"\n\n"


def start_message(headers: Mapping[str, str]) -> dict[str, Any]:
    """Return the ASGI message that begins an event stream."""
    fields = {**response_headers(None), **headers, **STREAM_HEADERS}
    return {"type": "http.response.start", "status": 200, "headers": encode_headers(fields)}


def body_message(chunk: bytes, *, more: bool = True) -> dict[str, Any]:
    """Return the ASGI message for a part of an event stream."""
    return {"type": "http.response.body", "body": chunk, "more_body": more}


END = body_message(b"", more=False)


async def wait_for_disconnect(request: Request) -> None:
    """Wait until the client disconnects."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
