"""GraphQL over WebSocket: the protocol `graphql-transport-ws`."""

import asyncio
import time
from collections.abc import Awaitable, Coroutine
from contextlib import suppress
from typing import Any, Never

from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send

from gql_leads.graphql_server import json_codec
from gql_leads.graphql_server.application import Application
from gql_leads.graphql_server.authentication import Authenticator, address_of, rate_limit_key_of, refuse_large_headers
from gql_leads.graphql_server.broadcast.open_streams import OpenStreams
from gql_leads.graphql_server.broadcast.registry import BroadcastRegistry
from gql_leads.graphql_server.documents.parameters import Parameters
from gql_leads.graphql_server.errors import RATE_LIMITED, Refused, Unauthenticated
from gql_leads.graphql_server.execution.eager_start import start_eagerly
from gql_leads.graphql_server.execution.operations import Pipeline
from gql_leads.graphql_server.execution.subscriptions import Payload
from gql_leads.graphql_server.operation_log import OperationRecord
from gql_leads.graphql_server.origins import Origins
from gql_leads.graphql_server.policy import Policy
from gql_leads.graphql_server.transports.operation_task import OperationTask
from gql_leads.graphql_server.transports.websocket_messages import (
    CloseWebSocket,
    NextMessages,
    close_message,
    message_id,
    message_payload,
    next_message,
    parse_message,
    text_message,
)

SUBPROTOCOL = "graphql-transport-ws"
TRY_AGAIN_LATER = 1013
"""The code for conditions that pass: clients reconnect after it, but not after 4429 and 4500."""
CLOSE_TIMEOUT = 10.0
"""Seconds in which the close frame is sent to a client that may not read."""


def closing(refusal: Refused) -> CloseWebSocket:
    """Return the close code of a refused session: for a limit that passes, or for a token that is not valid."""
    return CloseWebSocket(TRY_AGAIN_LATER if refusal.status == 429 else 4403, str(refusal))


class ClientDisconnected(Exception):
    """The client has disconnected."""


class WebSocketTransport:
    """The ASGI application for WebSocket upgrades."""

    def __init__(
        self,
        pipeline: Pipeline,
        broadcasts: BroadcastRegistry,
        authenticator: Authenticator,
        open_streams: OpenStreams,
        application: Application[Any],
        policy: Policy,
        origins: Origins,
    ) -> None:
        self._origins = origins
        self.log_operation = application.log_operation
        self.pipeline = pipeline
        self.broadcasts = broadcasts
        self.authenticator = authenticator
        self.open_streams = open_streams
        self.policy = policy
        self.next_messages = NextMessages()
        self._initialising: set[WebSocketSession] = set()
        """The sessions that are not among the open streams yet."""

    def close(self) -> None:
        """Close the sessions that wait for `connection_init`, because this server stops."""
        for session in list(self._initialising):
            session.end_for_shutdown()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one WebSocket until it is closed."""
        connection = HTTPConnection(scope)
        await receive()
        try:
            refuse_large_headers(scope["headers"], self.policy.header_size)
        except Refused:
            await send({"type": "websocket.close"})
            return
        origin = connection.headers.get("origin")
        if origin and not self._origins.is_own(origin, connection.headers.get("host", "")) and not self._origins.allows(origin):
            await send({"type": "websocket.close"})
            return
        if SUBPROTOCOL not in scope["subprotocols"]:
            await send({"type": "websocket.accept"})
            await send(close_message(4406, f"Subprotocol not acceptable: use {SUBPROTOCOL}"))
            return
        await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
        session = WebSocketSession(self, connection, receive, send)
        self._initialising.add(session)
        try:
            await session.run()
        finally:
            self._initialising.discard(session)

    def initialised(self, session: "WebSocketSession") -> None:
        """Move a session to the open streams; refuse it if its caller has too many."""
        self.open_streams.add(session)
        self._initialising.discard(session)


class WebSocketSession:
    """One open WebSocket: a task that reads messages, and one for each operation that is not attached."""

    # There can be thousands of idle sessions, so memory matters.
    __slots__ = (
        "_asgi_send", "_closed", "_connection", "_is_stopping", "_operations", "_reader", "_receive", "_sends", "_stalled_since", "_tasks",
        "_transport", "caller", "rate_limit_key",
    )  # fmt: skip

    def __init__(self, transport: WebSocketTransport, connection: HTTPConnection, receive: Receive, send: Send) -> None:
        self.caller: Any = None
        self._transport = transport
        self._connection = connection
        self._receive = receive
        self._asgi_send = send
        self.rate_limit_key = ""
        self._reader: asyncio.Task[Any] | None = None
        """The task that reads messages, until something ends the session."""
        self._closed: CloseWebSocket | None = None
        self._is_stopping = False
        """True if new operations are ignored: the client sends them again to another server."""
        self._operations: dict[str, OperationTask] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._sends = 0
        """The number of messages that are being sent."""
        self._stalled_since = 0.0
        """The time since when none of them has been sent."""

    @property
    def client_address(self) -> str:
        """The key of the client's address."""
        return address_of(self._connection)

    async def run(self) -> None:
        """Serve the session until its client disconnects or it must be closed; all its tasks end before this returns."""
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
            with suppress(Exception):  # the client may have disconnected, or not read
                async with asyncio.timeout(CLOSE_TIMEOUT):
                    await self._asgi_send(close_message(closed.code, closed.reason))

    def end_forbidden(self, reason: str) -> None:
        """Close the WebSocket because its caller lost the right to it."""
        self._end(CloseWebSocket(4403, reason))

    def end_for_shutdown(self) -> None:
        """Close the WebSocket because this server stops, as soon as its queries and mutations are answered."""
        self._is_stopping = True
        if not any(running.is_awaited for running in self._operations.values()):
            self._end(CloseWebSocket(1012, "This server stops: connect again"))

    def end_temporarily(self, reason: str) -> None:
        """Close the WebSocket because of a failure that passes."""
        self._end(CloseWebSocket(TRY_AGAIN_LATER, reason))

    def on_tick(self, now: float) -> None:
        """Send the positions of idle subscriptions; close with 4508 if the client does not read."""
        policy = self._transport.policy
        if not self._sends:
            for running in self._operations.values():
                running.on_tick(now, policy.heartbeat)
        elif now - self._stalled_since >= policy.send_timeout:
            self._end(CloseWebSocket(4508, "The client does not read what it is sent"))

    def start(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start a task that is cancelled when the session ends."""
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    @property
    def pipeline(self) -> Pipeline:
        """The pipeline that admits and executes operations."""
        return self._transport.pipeline

    @property
    def broadcasts(self) -> BroadcastRegistry:
        """The registry of shared subscriptions."""
        return self._transport.broadcasts

    def new_record(self) -> OperationRecord:
        """Create the record of an operation."""
        return OperationRecord("websocket", self._connection.headers, self.caller)

    def ended(self, running: OperationTask, record: OperationRecord) -> None:
        """Release the operation's id and log its record."""
        if self._operations.get(running.id) is running:
            del self._operations[running.id]
        record.finish(self._transport.log_operation)

    async def send(self, message: dict[str, Any]) -> None:
        """Send a message."""
        await self._watched(self._asgi_send(text_message(json_codec.dumps(message).decode())))

    async def send_next(self, id_: str, payload: Payload) -> None:
        """Send an operation's payload."""
        await self._watched(self._asgi_send(next_message(id_, payload)))

    def send_next_nowait(self, id_: str, payload: Payload) -> asyncio.Task[None] | None:
        """Send a shared payload without waiting; return the task that finishes the send if the client is slow."""
        try:
            rest = start_eagerly(self._asgi_send(self._transport.next_messages.of(id_, payload)))
        except Exception:  # noqa: BLE001 - each ASGI server raises its own exception for a disconnected client
            self._lost()
            return None
        return self.start(self._watched(rest)) if rest else None

    async def _watched(self, sending: Awaitable[None]) -> None:
        # `on_tick` checks the duration: a timer per message would cost more than sending it.
        if not self._sends:
            self._stalled_since = time.monotonic()
        self._sends += 1
        try:
            await sending
            self._stalled_since = time.monotonic()
        except Exception:  # noqa: BLE001 - as above
            self._lost()
        finally:
            self._sends -= 1

    def _lost(self) -> None:
        asyncio.get_running_loop().call_soon(self._end, None)  # scheduled, because the current task may be the reader

    def _end(self, closed: CloseWebSocket | None) -> None:
        """Cancel the reader and close with a code; the reader itself raises `CloseWebSocket` instead."""
        reader, self._reader = self._reader, None
        if reader is not None:
            self._closed = closed
            reader.cancel()

    async def _read_all(self) -> CloseWebSocket | None:
        """Handle messages until the client disconnects or something ends the session; return the close code, if any."""
        self._reader = reader = asyncio.current_task()
        assert reader is not None
        try:
            await self._serve()
        except asyncio.CancelledError:
            if self._reader is reader or reader.uncancel():
                raise  # cancelled by something other than `_end`
            return self._closed
        except CloseWebSocket as closed:
            return closed
        except ClientDisconnected:
            return None
        except Exception as error:  # noqa: BLE001 - described or masked
            refusal = self.pipeline.errors.refusal(error)
            return CloseWebSocket(TRY_AGAIN_LATER if refusal.status == 503 else 4500, str(refusal.errors[0]["message"]))
        finally:
            self._reader = None

    async def _serve(self) -> Never:
        try:
            async with asyncio.timeout(self._transport.policy.init_timeout):
                await self._initialise()
        except TimeoutError:
            raise CloseWebSocket(4408, "Connection initialisation timeout") from None
        try:
            self._transport.initialised(self)
        except Refused as refusal:
            raise closing(refusal) from None
        try:
            await self.send({"type": "connection_ack"})
            while True:
                await self._handle(await self._read())
        finally:
            self._transport.open_streams.remove(self)

    async def _initialise(self) -> None:
        while (message := await self._read())["type"] != "connection_init":
            if message["type"] == "subscribe":
                raise CloseWebSocket(4401, "Unauthorized: send connection_init and wait for connection_ack first")
            await self._handle(message)
        payload = message_payload(message)
        authorization = payload.get("Authorization", payload.get("authorization"))
        try:
            if authorization is not None and not isinstance(authorization, str):
                raise Unauthenticated
            self.caller = await self._transport.authenticator.sign_in(self._connection, authorization)
            self.rate_limit_key = rate_limit_key_of(self._connection, self.caller)
            await self.pipeline.rates.charge(self.rate_limit_key, 1)
        except Refused as refusal:
            raise closing(refusal) from None
        if self.caller is None:
            raise CloseWebSocket(4403, "Forbidden: send a token in connection_init, as Authorization: Bearer …")

    async def _read(self) -> dict[str, Any]:
        frame = await self._receive()
        if frame["type"] == "websocket.disconnect":
            raise ClientDisconnected
        text = frame.get("text")
        if text is None:
            raise CloseWebSocket(4400, "Send text frames only")
        policy = self._transport.policy
        if len(text) > policy.frame_size or len(text.encode()) > policy.frame_size:
            raise CloseWebSocket(1009, f"Message larger than {policy.frame_size} bytes")
        return parse_message(text, depth=policy.json_depth, values=policy.json_values)

    async def _handle(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "subscribe":
                await self._subscribe(message_id(message), message.get("payload"))
            case "complete":
                running = self._operations.pop(message_id(message), None)
                if running:
                    running.cancel()
            case "ping":
                payload = message_payload(message)
                await self.send({"type": "pong", "payload": payload} if payload else {"type": "pong"})
            case "pong":
                message_payload(message)
            case "connection_init":
                raise CloseWebSocket(4429, "Too many initialisation requests")
            case _:
                raise CloseWebSocket(4400, "No message of this type is understood")

    async def _subscribe(self, id_: str, payload: Any) -> None:
        if self._is_stopping:
            return
        if id_ in self._operations:
            raise CloseWebSocket(4409, f"Subscriber for {id_} already exists")
        try:
            parameters = Parameters.of(payload)
        except Refused as refusal:
            raise CloseWebSocket(4400, f"subscribe: {refusal}") from None
        if parameters.query is None and parameters.document_id is None and parameters.persisted_query is None:
            raise CloseWebSocket(4400, "subscribe: send a document as the string `query`")
        allowed = self._transport.policy.operations_per_socket
        if len(self._operations) >= allowed:
            limit_error = Refused(f"This socket runs {allowed} operations, which is all it may.", RATE_LIMITED)
            await self.send({"type": "error", "id": id_, "payload": limit_error.errors})
            return
        self._operations[id_] = OperationTask(self, id_, parameters)
