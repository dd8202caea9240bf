"""A client of a member: documents over HTTP, streams over WebSocket and Server-Sent Events."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import httpx
from httpx_sse import EventSource
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

TIMEOUT_SECONDS: Final = 60.0
# Shared, because creating a client loads all certificate authorities. It keeps no connection alive, so that each request reaches
# the process that listens now.
http: Final = httpx.Client(timeout=TIMEOUT_SECONDS, limits=httpx.Limits(max_keepalive_connections=0))
PROTOCOL: Final = Subprotocol("graphql-transport-ws")
Alert = dict[str, Any]


class Member:
    """A client with a token, connected to one server."""

    def __init__(self, base: str, token: str | None) -> None:
        self.base = base
        self.headers = {"authorization": f"Bearer {token}"} if token is not None else {}

    def post(self, query: str, **variables: Any) -> httpx.Response:
        """Send a document and return the response."""
        return self.post_raw(json.dumps({"query": query, "variables": variables}).encode())

    def post_raw(self, body: bytes) -> httpx.Response:
        """Send any body as JSON."""
        headers = self.headers | {"content-type": "application/json"}
        return http.post(f"{self.base}/graphql", content=body, headers=headers)

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """Return the data of a document; fail if the response has errors."""
        answer = self.post(query, **variables).json()
        assert "errors" not in answer, answer
        data: dict[str, Any] = answer["data"]
        return data

    def change(self, mutation: str, selection: str = "lead { id }", **given: Any) -> dict[str, Any]:
        """Run a mutation and return its payload, with or without errors."""
        name = f"{mutation[0].upper()}{mutation[1:]}Input"
        facts = "__typename message field ... on LeadAlreadyClaimed { claimedAt } ... on InvalidTransition { stage }"
        document = f"mutation ($input: {name}!) {{ {mutation}(input: $input) {{ {selection} errors {{ {facts} }} }} }}"
        payload: dict[str, Any] = self.ask(document, input=given)[mutation]
        return payload

    def do(self, mutation: str, selection: str = "lead { id }", **given: Any) -> dict[str, Any]:
        """Run a mutation and return its payload; fail if it has errors."""
        payload = self.change(mutation, selection, **given)
        assert payload["errors"] == [], payload
        return payload

    def refusal(self, query: str, **variables: Any) -> str:
        """Return the code of the first error of the response."""
        answer = self.post(query, **variables).json()
        return str(answer["errors"][0]["extensions"]["code"])

    def cursor(self) -> str:
        """Create a lead and return the cursor of its event, which follows every earlier event.

        A list's `eventCursor` may precede the latest events: PostgreSQL's become readable once no older transaction is open.
        """
        before = self.ask("{ leads(first: 1) { eventCursor } }")["leads"]["eventCursor"]
        lead_id = self.do("createLead", contact={"lastName": "Marker"})["lead"]["id"]
        return str(self.changes_until(lambda change: change["leadId"] == lead_id, after=before)[-1]["cursor"])

    def changes_until(self, is_awaited: Callable[[Alert], bool], after: str) -> list[Alert]:
        """Poll `leadChanges` until it contains the awaited change, and return all changes."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not any(map(is_awaited, found := self.changes(after))):
            assert time.monotonic() < deadline, found
            time.sleep(0.02)
        return found

    def changes(self, after: str | None = None) -> list[Alert]:
        """Return all changes from `leadChanges`, page by page."""
        document = """query ($after: EventCursor) { leadChanges(after: $after, first: 200) {
            nodes { cursor kind presence leadId } pageInfo { hasNextPage endCursor } } }"""
        found: list[Alert] = []
        while True:
            page = self.ask(document, after=after)["leadChanges"]
            found += page["nodes"]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                return found

    @contextmanager
    def socket(self) -> Iterator["Socket"]:
        """Open an authenticated WebSocket."""
        address = f"{self.base.replace('http', 'ws', 1)}/graphql"
        with connect(address, subprotocols=[PROTOCOL], open_timeout=TIMEOUT_SECONDS, close_timeout=1) as connection:
            socket = Socket(connection)
            socket.send(type="connection_init", payload=self.headers)
            assert socket.receive() == {"type": "connection_ack"}
            yield socket

    @contextmanager
    def events(self, query: str, headers: dict[str, str] | None = None, **variables: Any) -> Iterator["Events"]:
        """Open a stream of Server-Sent Events."""
        body = {"query": query, "variables": variables}
        sent = self.headers | {"accept": "text/event-stream"} | (headers or {})
        with http.stream("POST", f"{self.base}/graphql", json=body, headers=sent) as response:
            yield Events(EventSource(response))


class Socket:
    """The client side of `graphql-transport-ws`."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self._subscriptions = 0

    def send(self, **message: Any) -> None:
        """Send a message of the protocol."""
        self.connection.send(json.dumps(message))

    def receive(self, timeout: float = TIMEOUT_SECONDS) -> dict[str, Any]:
        """Return the next message that is not a ping."""
        while True:
            message: dict[str, Any] = json.loads(self.connection.recv(timeout))
            if message["type"] != "ping":
                return message
            self.send(type="pong")

    def subscribe(self, query: str, **variables: Any) -> None:
        """Subscribe. The server does not report the start of a stream without `after`."""
        self._subscriptions += 1
        self.send(type="subscribe", id=str(self._subscriptions), payload={"query": query, "variables": variables})

    def closing_code(self) -> int:
        """Read until the server closes the socket, and return the close code."""
        with suppress(ConnectionClosed):
            while True:
                self.receive()
        assert self.connection.close_code is not None
        return self.connection.close_code

    def alert(self, timeout: float = TIMEOUT_SECONDS) -> Alert:
        """Return the event in the next message."""
        message = self.receive(timeout)
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        (alert,) = message["payload"]["data"].values()
        return dict(alert)

    def alerts_until(self, is_last: Callable[[Alert], bool]) -> list[Alert]:
        """Return all events up to and including the last one."""
        alerts = [self.alert()]
        while not is_last(alerts[-1]):
            alerts.append(self.alert())
        return alerts


class Events:
    """The client side of a stream of Server-Sent Events."""

    def __init__(self, source: EventSource) -> None:
        self._events = source.iter_sse()

    def alert(self) -> Alert:
        """Return the next event, with its SSE `id`."""
        for event in self._events:
            if event.event == "next":
                payload = json.loads(event.data)
                assert "errors" not in payload, payload
                (alert,) = payload["data"].values()
                return {**alert, "id": event.id}
        raise AssertionError("the stream ended")

    def refusal(self) -> str:
        """Return the code of the error in the next event."""
        return str(json.loads(next(self._events).data)["errors"][0]["extensions"]["code"])

    def drain(self) -> None:
        """Read to the end of the stream."""
        for _ in self._events:
            pass
