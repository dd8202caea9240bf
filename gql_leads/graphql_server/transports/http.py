"""GraphQL over HTTP: one response per request, or an event stream."""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Any

from graphql import OperationType
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from gql_leads.graphql_server import json_codec
from gql_leads.graphql_server.application import Application, ClientRequest
from gql_leads.graphql_server.authentication import Authenticator, address_of, rate_limit_key_of, refuse_large_headers
from gql_leads.graphql_server.documents.parameters import Parameters
from gql_leads.graphql_server.errors import FORBIDDEN, Refused
from gql_leads.graphql_server.execution.eager_start import start_eagerly
from gql_leads.graphql_server.execution.operations import Operation, Pipeline, stopping
from gql_leads.graphql_server.operation_log import REQUEST_ID_HEADER, OperationRecord
from gql_leads.graphql_server.policy import Policy
from gql_leads.graphql_server.transports.content_negotiation import (
    EVENT_STREAM,
    GRAPHQL_RESPONSE,
    JSON,
    Acceptable,
    acceptable,
    require_json,
)
from gql_leads.graphql_server.transports.responses import SECURITY_HEADERS, error_response, response_headers, send_result
from gql_leads.graphql_server.transports.sse import EventStreams

METHODS = "GET, HEAD, POST, OPTIONS"
PREFLIGHT_HEADERS = (
    "graphql-require-preflight",
    "graphql-preflight",
    "apollo-require-preflight",
    "x-apollo-operation-name",
    "x-requested-with",
)


class HTTPTransport:
    """The ASGI application for HTTP requests; the status of a response follows the rules of its media type."""

    def __init__(
        self, pipeline: Pipeline, authenticator: Authenticator, streams: EventStreams, application: Application[Any], policy: Policy
    ) -> None:
        self._pipeline = pipeline
        self._authenticator = authenticator
        self._streams = streams
        self._log_operation = application.log_operation
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        if request.method == "OPTIONS":
            options = Response(status_code=204, headers={**SECURITY_HEADERS, "allow": METHODS})
            await options(scope, receive, send)
            return
        record = OperationRecord("http", request.headers)
        try:
            await self._served(request, record, IdentifiedSend(send, record.request_id))
        finally:
            record.finish(self._log_operation)

    async def _served(self, request: Request, record: OperationRecord, send: "IdentifiedSend") -> None:
        scope, receive = request.scope, request.receive
        accepted = acceptable(",".join(request.headers.getlist("accept")) or None)
        try:
            try:
                await self._answer(request, accepted, record, send)
            except (Refused, ClientDisconnect):
                raise
            except asyncio.CancelledError:  # the server stops
                if send.has_started:
                    raise
                raise stopping() from None
            except Exception as error:  # noqa: BLE001 - described or masked, so that no traceback reaches the client
                raise self._pipeline.errors.refusal(error) from None
        except Refused as refusal:
            record.failed(refusal)
            if refusal.well_formed and accepted.best == EVENT_STREAM:
                await self._streams.refuse(refusal, send)
            else:
                await error_response(refusal, accepted.best)(scope, receive, send)
        except ClientDisconnect:
            return

    async def _answer(self, request: Request, accepted: Acceptable, record: OperationRecord, send: Send) -> None:
        refuse_large_headers(request.scope["headers"], self._policy.header_size)
        record.caller = caller = await self._authenticator.sign_in(request)
        rate_limit_key = rate_limit_key_of(request, caller)
        allowance = await self._pipeline.rates.charge(rate_limit_key, 1)
        try:
            parameters = await self._parameters(request, accepted)
            await self._pipeline.prepare(parameters)
            client = ClientRequest(address_of(request))
            operation = self._pipeline.admit(parameters, caller, rate_limit_key, client)
            operation = await self._pipeline.charged(operation, paid=1)
            record.admitted(operation)
            self._refuse_wrong_transport(request, operation, accepted)
            if accepted.best == EVENT_STREAM or operation.type is OperationType.SUBSCRIPTION:
                await self._streams.serve(request, operation, record, send)
                return
            payload = await self._pipeline.execute(operation)
            record.codes = payload.codes
        except Refused as refusal:
            refusal.headers = {**response_headers(allowance), **refusal.headers}
            raise
        await send_result(send, payload, accepted.best or JSON, operation.allowance, client.response_headers)

    async def _parameters(self, request: Request, accepted: Acceptable) -> Parameters:
        if request.method not in {"GET", "HEAD", "POST"}:
            raise Refused(f"Use one of {METHODS}.", status=405, headers={"allow": METHODS})
        if accepted.best is None:
            raise Refused(f"This answers with `{GRAPHQL_RESPONSE}`, `{JSON}` or `{EVENT_STREAM}`.", status=406)
        if request.method == "POST":
            return Parameters.of(self._decoded(await self._body(request)))
        if not (self._policy.simple_get or is_preflighted(request.headers)):
            message = f"A GET request needs the header `{PREFLIGHT_HEADERS[0]}: 1` here; or use POST."
            raise Refused(message, FORBIDDEN, status=403)
        # An empty query parameter counts as missing.
        query = {name: value for name, value in request.query_params.items() if value}
        return Parameters.of(
            {name: query[name] for name in ("query", "documentId", "operationName") if name in query}
            | {name: self._decoded(query[name]) for name in ("variables", "extensions") if name in query}
        )

    async def _body(self, request: Request) -> bytes:
        require_json(request.headers.get("content-type"))
        if request.headers.get("content-encoding", "identity").lower() != "identity":
            raise Refused("Send the body without `Content-Encoding`.", status=415)
        allowed = self._policy.body_size
        length = request.headers.get("content-length", "0").strip()
        if not length.isdecimal() or int(length[:20]) > allowed:
            raise too_large(allowed)
        body = bytearray()
        rest = start_eagerly(receive_into(body, request.receive, allowed))
        if rest is not None:
            try:
                async with asyncio.timeout(self._policy.deadline):
                    await rest
            except TimeoutError:
                # The rest of the body would be read as the next request.
                raise Refused("The body took too long to arrive.", status=408, headers={"connection": "close"}) from None
        return bytes(body)

    def _decoded(self, text: bytes | str) -> Any:
        return json_codec.loads(text, depth=self._policy.json_depth, values=self._policy.json_values)

    @staticmethod
    def _refuse_wrong_transport(request: Request, operation: Operation, accepted: Acceptable) -> None:
        if request.method != "POST" and operation.type is OperationType.MUTATION:
            raise Refused("Mutations are answered to POST only.", status=405, headers={"allow": "POST"})
        if operation.type is OperationType.SUBSCRIPTION and request.method == "HEAD":
            raise Refused("Subscribe by GET or POST.", status=405, headers={"allow": "GET, POST"})
        if operation.type is OperationType.SUBSCRIPTION and not accepted.streams:
            raise Refused(f"Subscribe with `Accept: {EVENT_STREAM}`, or over a WebSocket.", status=406)


async def receive_into(body: bytearray, receive: Receive, allowed: int) -> None:
    """Receive a request's body; refuse one that is too large."""
    is_complete = False
    while not is_complete:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > allowed:
            raise too_large(allowed)
        is_complete = not message.get("more_body", False)


class IdentifiedSend:
    """An ASGI `send` that adds the request id header."""

    __slots__ = ("_header", "_send", "has_started")

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._header = (REQUEST_ID_HEADER.encode(), request_id.encode())
        self.has_started = False
        """True if the response has begun."""

    def __call__(self, message: Message) -> Awaitable[None]:
        """Send a message."""
        if message["type"] == "http.response.start":
            self.has_started = True
            message["headers"] = [*message["headers"], self._header]
        return self._send(message)


def is_preflighted(headers: Mapping[str, str]) -> bool:
    """Return True if a browser sends a CORS preflight before another site's page can send this request."""
    return any(name in headers for name in PREFLIGHT_HEADERS) or headers.get("content-type", "").startswith(JSON)


def too_large(allowed: int) -> Refused:
    """Return the refusal of a body that is too large."""
    # The rest of the body is not read, so the connection cannot be used again.
    return Refused(f"The body is larger than {allowed:,} bytes.", status=413, headers={"connection": "close"})
