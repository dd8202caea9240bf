"""GraphQL over WebSocket: the protocol `graphql-transport-ws`, message by message."""

import asyncio
import time
from collections.abc import Awaitable, Coroutine
from contextlib import suppress
from typing import Any, Never

from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send

from gql_leads.graphql_server import json_codec
from gql_leads.graphql_server.application import Application
from gql_leads.graphql_server.authentication import Authenticator, rate_limit_key_of, refuse_large_headers, same_or_allowed_origin
from gql_leads.graphql_server.broadcast.open_streams import OpenStreams
from gql_leads.graphql_server.broadcast.registry import BroadcastRegistry
from gql_leads.graphql_server.documents.parameters import Parameters
from gql_leads.graphql_server.errors import RATE_LIMITED, Refused, Unauthenticated
from gql_leads.graphql_server.execution.eager_start import start_eagerly
from gql_leads.graphql_server.execution.operations import Pipeline
from gql_leads.graphql_server.execution.subscriptions import Payload
from gql_leads.graphql_server.operation_log import OperationRecord
from gql_leads.graphql_server.policy import Policy
from gql_leads.graphql_server.transports.operation_task import OperationTask
from gql_leads.graphql_server.transports.websocket_messages import (
    Closed,
    NextMessages,
    closing,
    id_of,
    message_of,
    next_message,
    payload_of,
    sending,
)

SUBPROTOCOL = "graphql-transport-ws"
CLOSE_TIMEOUT = 10.0
"""Seconds in which a client that did not read may still learn why it is closed."""


class Gone(Exception):
    """This socket's client has left."""


class WebSocketTransport:
    """The ASGI application that accepts upgrades behind the path."""

    def __init__(
        self,
        pipeline: Pipeline,
        broadcasts: BroadcastRegistry,
        authenticator: Authenticator,
        open_streams: OpenStreams,
        application: Application[Any],
        policy: Policy,
    ) -> None:
        self.log_operation = application.log_operation
        self.pipeline = pipeline
        self.broadcasts = broadcasts
        self.authenticator = authenticator
        self.open_streams = open_streams
        self.policy = policy
        self.next_messages = NextMessages()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket for as long as it is open."""
        connection = HTTPConnection(scope)
        await receive()
        try:
            refuse_large_headers(scope["headers"], self.policy.header_size)
        except Refused:
            await send({"type": "websocket.close"})
            return
        if not same_or_allowed_origin(connection.headers, self.policy.allowed_origins):
            await send({"type": "websocket.close"})
            return
        if SUBPROTOCOL not in scope["subprotocols"]:
            await send({"type": "websocket.accept"})
            await send(closing(4406, f"Subprotocol not acceptable: use {SUBPROTOCOL}"))
            return
        await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
        await WebSocketSession(self, connection, receive, send).run()


class WebSocketSession:
    """One open socket: a task that reads its messages, and one for each operation that has something to do."""

    # There are many, and most of their life they only wait.
    __slots__ = (
        "_asgi_send", "_closed", "_connection", "_operations", "_reader", "_receive", "_sends", "_stuck_since", "_tasks", "_transport",
        "caller", "rate_limit_key",
    )  # fmt: skip

    def __init__(self, transport: WebSocketTransport, connection: HTTPConnection, receive: Receive, send: Send) -> None:
        self.caller: Any = None
        self._transport = transport
        self._connection = connection
        self._receive = receive
        self._asgi_send = send
        self.rate_limit_key = ""
        self._reader: asyncio.Task[Any] | None = None
        """Who serves this socket, until something ends it."""
        self._closed: Closed | None = None
        self._operations: dict[str, OperationTask] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._sends = 0
        """Messages that are being sent."""
        self._stuck_since = 0.0
        """Since when none of them was."""

    async def run(self) -> None:
        """Serve the socket until its client leaves or it must be closed; no task of it outlives this."""
        try:
            closed = await self._read_all()
        finally:
            for running in list(self._operations.values()):
                running.cancel()
            tasks = list(self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if closed:
            with suppress(Exception):  # its client may be gone, or never read
                async with asyncio.timeout(CLOSE_TIMEOUT):
                    await self._asgi_send(closing(closed.code, closed.reason))

    def forbid(self, reason: str) -> None:
        """Close the socket because its caller lost the right to it."""
        self._end(Closed(4403, reason))

    def leave(self) -> None:
        """Close the socket because this server stops."""
        self._end(Closed(1012, "This server stops: connect again"))

    def beat(self, now: float) -> None:
        """Tell each subscription that was quiet for long the position it has reached, and close a socket whose client does not read."""
        policy = self._transport.policy
        if not self._sends:
            for running in self._operations.values():
                running.beat(now, policy.heartbeat)
        elif now - self._stuck_since >= policy.send_timeout:
            self._end(Closed(4508, "The client does not read what it is sent"))

    def start(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Begin a task that ends with the socket at the latest."""
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    @property
    def pipeline(self) -> Pipeline:
        """Admits and executes operations."""
        return self._transport.pipeline

    @property
    def broadcasts(self) -> BroadcastRegistry:
        """Has subscriptions share what they are told."""
        return self._transport.broadcasts

    def new_record(self) -> OperationRecord:
        """Begin to observe an operation."""
        return OperationRecord("websocket", self._connection.headers, self.caller)

    def ended(self, running: OperationTask, record: OperationRecord) -> None:
        """Let the client use the operation's id again, and hand its observation over."""
        if self._operations.get(running.id) is running:
            del self._operations[running.id]
        record.finish(self._transport.log_operation)

    async def send(self, message: dict[str, Any]) -> None:
        """Send a message."""
        await self._watched(self._asgi_send(sending(json_codec.dumps(message).decode())))

    async def send_next(self, id_: str, payload: Payload) -> None:
        """Send an operation's payload."""
        await self._watched(self._asgi_send(next_message(id_, payload)))

    def send_next_nowait(self, id_: str, payload: Payload) -> asyncio.Task[None] | None:
        """Send what others are told too, without waiting; what has to wait, since the client is slow, is a task."""
        try:
            rest = start_eagerly(self._asgi_send(self._transport.next_messages.of(id_, payload)))
        except Exception:  # noqa: BLE001 - each server has its own way to say that the client is gone
            self._lost()
            return None
        return self.start(self._watched(rest)) if rest else None

    async def _watched(self, sending: Awaitable[None]) -> None:
        # How long it takes is watched from `beat`: a timer for each message would cost more than sending it.
        if not self._sends:
            self._stuck_since = time.monotonic()
        self._sends += 1
        try:
            await sending
            self._stuck_since = time.monotonic()
        except Exception:  # noqa: BLE001 - as above
            self._lost()
        finally:
            self._sends -= 1

    def _lost(self) -> None:
        asyncio.get_running_loop().call_soon(self._end, None)  # not now: it may be the reader who sends

    def _end(self, closed: Closed | None) -> None:
        """Stop reading, and close; called by anybody but the reader itself, who raises."""
        reader, self._reader = self._reader, None
        if reader is not None:
            self._closed = closed
            reader.cancel()

    async def _read_all(self) -> Closed | None:
        """Do what the client says until it leaves or something ends the socket, and tell how to close it."""
        self._reader = reader = asyncio.current_task()
        assert reader is not None
        try:
            await self._serve()
        except asyncio.CancelledError:
            if self._reader is reader or reader.uncancel():
                raise  # This is not what `_end` asked for.
            return self._closed
        except Closed as closed:
            return closed
        except Gone:
            return None
        except Exception as error:  # noqa: BLE001 - described or masked
            refusal = self.pipeline.errors.refusal(error)
            # Clients take 4500 for the end, and 1013 for what it says: try again later.
            return Closed(1013 if refusal.status == 503 else 4500, str(refusal.errors[0]["message"]))
        finally:
            self._reader = None

    async def _serve(self) -> Never:
        try:
            async with asyncio.timeout(self._transport.policy.init_timeout):
                await self._initialise()
        except TimeoutError:
            raise Closed(4408, "Connection initialisation timeout") from None
        try:
            self._transport.open_streams.add(self)
        except Refused as refusal:
            raise Closed(4429, str(refusal)) from None
        try:
            await self.send({"type": "connection_ack"})
            while True:
                await self._handle(await self._read())
        finally:
            self._transport.open_streams.remove(self)

    async def _initialise(self) -> None:
        while (message := await self._read())["type"] != "connection_init":
            if message["type"] == "subscribe":
                raise Closed(4401, "Unauthorized: send connection_init and wait for connection_ack first")
            await self._handle(message)
        payload = payload_of(message)
        authorization = payload.get("Authorization", payload.get("authorization"))
        try:
            if authorization is not None and not isinstance(authorization, str):
                raise Unauthenticated
            self.caller = await self._transport.authenticator.sign_in(self._connection, authorization)
            self.rate_limit_key = rate_limit_key_of(self._connection, self.caller)
            self.pipeline.rates.charge(self.rate_limit_key, 1)
        except Refused as refusal:
            raise Closed(4429 if refusal.status == 429 else 4403, str(refusal)) from None
        if self.caller is None:
            raise Closed(4403, "Forbidden: send a token in connection_init, as Authorization: Bearer …")

    async def _read(self) -> dict[str, Any]:
        frame = await self._receive()
        if frame["type"] == "websocket.disconnect":
            raise Gone
        text = frame.get("text")
        if text is None:
            raise Closed(4400, "Send text frames only")
        policy = self._transport.policy
        if len(text) > policy.frame_size or len(text.encode()) > policy.frame_size:
            raise Closed(1009, f"Message larger than {policy.frame_size} bytes")
        return message_of(text, depth=policy.json_depth, values=policy.json_values)

    async def _handle(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "subscribe":
                await self._subscribe(id_of(message), message.get("payload"))
            case "complete":
                running = self._operations.pop(id_of(message), None)
                if running:
                    running.cancel()
            case "ping":
                payload = payload_of(message)
                await self.send({"type": "pong", "payload": payload} if payload else {"type": "pong"})
            case "pong":
                payload_of(message)
            case "connection_init":
                raise Closed(4429, "Too many initialisation requests")
            case _:
                raise Closed(4400, "No message of this type is understood")

    async def _subscribe(self, id_: str, payload: Any) -> None:
        if id_ in self._operations:
            raise Closed(4409, f"Subscriber for {id_} already exists")
        try:
            parameters = Parameters.of(payload)
        except Refused as refusal:
            raise Closed(4400, f"subscribe: {refusal}") from None
        if parameters.query is None and parameters.document_id is None:
            raise Closed(4400, "subscribe: send a document as the string `query`")
        allowed = self._transport.policy.operations_per_socket
        if len(self._operations) >= allowed:
            limit_error = Refused(f"This socket runs {allowed} operations, which is all it may.", RATE_LIMITED)
            await self.send({"type": "error", "id": id_, "payload": limit_error.errors})
            return
        self._operations[id_] = OperationTask(self, id_, parameters)
