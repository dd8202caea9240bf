"""GraphQL over WebSocket: the protocol `graphql-transport-ws`, message by message."""

import asyncio
import time
from contextlib import aclosing, suppress
from typing import Any

from graphql import OperationType
from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send

from gql_leads.endpoint import codec
from gql_leads.endpoint.application import Application
from gql_leads.endpoint.errors import RATE_LIMITED, Refused, Unauthenticated
from gql_leads.endpoint.execution import Operation, Payload, Pipeline
from gql_leads.endpoint.groups import Groups, Subscriber
from gql_leads.endpoint.observing import Observation
from gql_leads.endpoint.parameters import Parameters
from gql_leads.endpoint.policy import Policy
from gql_leads.endpoint.reception import Reception, payer_of, refuse_large_headers, same_or_allowed_origin
from gql_leads.endpoint.streams import OpenStreams

SUBPROTOCOL = "graphql-transport-ws"
LONGEST_ID = 256
CLOSING_LASTS = 10.0
"""Seconds in which a client that did not read may still learn why it is closed."""
LONGEST_REASON = 123
"""A close frame holds 125 bytes, two of them the code."""


class Closed(Exception):
    """This socket must be closed with a code and a reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Gone(Exception):
    """This socket's client has left."""


class WebSocketTransport:
    """The ASGI application that accepts upgrades behind the path."""

    def __init__(
        self,
        pipeline: Pipeline,
        groups: Groups,
        reception: Reception,
        open_streams: OpenStreams,
        application: Application[Any],
        policy: Policy,
    ) -> None:
        self.observe = application.observe
        self.pipeline = pipeline
        self.groups = groups
        self.reception = reception
        self.open_streams = open_streams
        self.policy = policy

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
        await Socket(self, connection, receive, send).run()


class Socket:
    """One open socket: a task that reads its messages, and a task for each of its operations."""

    # There are many, and most of their life they only wait.
    __slots__ = (
        "_asgi_send", "_connection", "_ended", "_groups", "_observe", "_open_streams", "_operations", "_payer", "_pipeline", "_policy",
        "_receive", "_reception", "_sending_since", "_tasks", "caller",
    )  # fmt: skip

    def __init__(self, transport: WebSocketTransport, connection: HTTPConnection, receive: Receive, send: Send) -> None:
        self.caller: Any = None
        self._observe = transport.observe
        self._pipeline = transport.pipeline
        self._groups = transport.groups
        self._reception = transport.reception
        self._open_streams = transport.open_streams
        self._policy = transport.policy
        self._connection = connection
        self._receive = receive
        self._asgi_send = send
        self._payer = ""
        self._ended: asyncio.Future[Closed | None] = asyncio.get_running_loop().create_future()
        self._operations: dict[str, RunningOperation] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._sending_since: float | None = None

    async def run(self) -> None:
        """Serve the socket until its client leaves or it must be closed; no task of it outlives this."""
        reader = self._start(self._serve())
        reader.add_done_callback(self._end_as_read)
        try:
            closed = await self._ended
        finally:
            tasks = list(self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if closed:
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(CLOSING_LASTS):
                    await self._asgi_send(closing(closed.code, closed.reason))

    def forbid(self, reason: str) -> None:
        """Close the socket because its caller lost the right to it."""
        self._end(Closed(4403, reason))

    def leave(self) -> None:
        """Close the socket because this server stops."""
        self._end(Closed(1012, "This server stops: connect again"))

    def beat(self, now: float) -> None:
        """Tell each subscription that was quiet for long the position it has reached, and close a socket whose client does not read."""
        if self._sending_since is not None and now - self._sending_since >= self._policy.send_timeout:
            self._end(Closed(4508, "The client does not read what it is sent"))
            return
        for id_, running in self._operations.items():
            if now - running.quiet_since >= self._policy.heartbeat:
                running.quiet_since = now
                cursor = running.subscriber and running.subscriber.cursor
                if cursor:
                    self._start(self._send({"type": "ping", "payload": {"id": id_, "cursor": cursor}}))

    def _start(self, coroutine: Any) -> asyncio.Task[None]:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _end(self, closed: Closed | None) -> None:
        if not self._ended.done():
            self._ended.set_result(closed)

    def _end_as_read(self, reader: asyncio.Task[None]) -> None:
        error = None if reader.cancelled() else reader.exception()
        if isinstance(error, Closed):
            self._end(error)
        elif isinstance(error, Exception) and not isinstance(error, Gone):
            refusal = self._pipeline.errors.refusal(error)
            self._end(Closed(4500, str(refusal.errors[0]["message"])))
        else:
            self._end(None)

    async def _serve(self) -> None:
        try:
            async with asyncio.timeout(self._policy.init_timeout):
                await self._initialise()
        except TimeoutError:
            raise Closed(4408, "Connection initialisation timeout") from None
        try:
            with self._open_streams.watching(self):
                await self._send({"type": "connection_ack"})
                while True:
                    await self._handle(await self._read())
        except Refused as refusal:
            raise Closed(4429, str(refusal)) from None

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
            self.caller = await self._reception.sign_in(self._connection, authorization)
            self._payer = payer_of(self._connection, self.caller)
            self._pipeline.rates.charge(self._payer, 1)
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
        if len(text) > self._policy.frame_size or len(text.encode()) > self._policy.frame_size:
            raise Closed(1009, f"Message larger than {self._policy.frame_size} bytes")
        try:
            message = codec.loads(text, depth=self._policy.json_depth, values=self._policy.json_values)
        except Refused as refusal:
            raise Closed(4400, str(refusal)) from None
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise Closed(4400, "Every message is a JSON object with a string `type`")
        return message

    async def _handle(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "subscribe":
                await self._subscribe(id_of(message), message.get("payload"))
            case "complete":
                running = self._operations.pop(id_of(message), None)
                if running:
                    running.task.cancel()
            case "ping":
                payload = payload_of(message)
                await self._send({"type": "pong", "payload": payload} if payload else {"type": "pong"})
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
        if len(self._operations) >= self._policy.operations_per_socket:
            allowed = self._policy.operations_per_socket
            excess = Refused(f"This socket runs {allowed} operations, which is all it may.", RATE_LIMITED)
            await self._send({"type": "error", "id": id_, "payload": excess.errors})
            return
        running = self._operations[id_] = RunningOperation()
        running.task = self._start(self._operate(id_, running, parameters))

    async def _operate(self, id_: str, running: "RunningOperation", parameters: Parameters) -> None:
        seen = Observation("websocket", self._connection.headers, self.caller)
        try:
            await self._pipeline.prepare(parameters)
            operation = self._pipeline.admit(parameters, self.caller, self._payer)
            seen.admitted(operation)
            if operation.type is OperationType.SUBSCRIPTION:
                await self._deliver(id_, running, operation)
            else:
                payload = await self._pipeline.execute(operation)
                seen.codes = payload.codes
                await self._send_next(id_, payload)
            last: dict[str, Any] = {"type": "complete", "id": id_}
        except Refused as refusal:
            seen.failed(refusal)
            last = {"type": "error", "id": id_, "payload": refusal.errors}
        except Exception as error:  # noqa: BLE001 - masked, and the socket and its other operations live on
            seen.failed(error)
            last = {"type": "error", "id": id_, "payload": [self._pipeline.errors.of_exception(error)]}
        finally:
            seen.tell(self._observe)
        # From here on the client may use the id again.
        if self._operations.get(id_) is running:
            del self._operations[id_]
        await self._send(last)

    async def _deliver(self, id_: str, running: "RunningOperation", operation: Operation) -> None:
        running.subscriber = self._groups.subscriber(operation)
        head = next_of(id_)
        async with aclosing(running.subscriber.payloads()) as payloads:
            async for payload in payloads:
                running.quiet_since = time.monotonic()
                await self._send_text(f"{head}{payload.body.decode()}}}")

    async def _send_next(self, id_: str, payload: Payload) -> None:
        await self._send_text(f"{next_of(id_)}{payload.body.decode()}}}")

    async def _send(self, message: dict[str, Any]) -> None:
        await self._send_text(codec.dumps(message).decode())

    async def _send_text(self, text: str) -> None:
        # How long it takes is watched from `beat`: a timer for each message would cost more than sending it.
        if self._sending_since is None:
            self._sending_since = time.monotonic()
        try:
            await self._asgi_send({"type": "websocket.send", "text": text})
        except OSError:
            self._end(None)
        finally:
            self._sending_since = None


class RunningOperation:
    """An operation of a socket, and since when its client has heard nothing of it."""

    __slots__ = ("quiet_since", "subscriber", "task")

    def __init__(self) -> None:
        self.task: asyncio.Task[None]
        self.subscriber: Subscriber | None = None
        self.quiet_since = time.monotonic()


def next_of(id_: str) -> str:
    """Begin a `next` message: what is left is the payload and a brace."""
    return f'{{"type":"next","id":{codec.dumps(id_).decode()},"payload":'


def closing(code: int, reason: str) -> dict[str, Any]:
    """Close with a code, and as much of the reason as a close frame holds."""
    return {
        "type": "websocket.close",
        "code": code,
        "reason": reason.encode()[:LONGEST_REASON].decode(errors="ignore"),
    }


def id_of(message: dict[str, Any]) -> str:
    """Read a message's id."""
    id_ = message.get("id")
    if not isinstance(id_, str) or not 0 < len(id_) <= LONGEST_ID:
        raise Closed(4400, f"`{message['type']}` needs a string `id` of 1 to {LONGEST_ID} characters")
    return id_


def payload_of(message: dict[str, Any]) -> dict[str, Any]:
    """Read a message's optional payload."""
    payload = message.get("payload")
    if payload is not None and not isinstance(payload, dict):
        raise Closed(4400, f"The payload of `{message['type']}` must be an object")
    return payload or {}
