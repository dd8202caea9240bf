"""A member at a server: documents over HTTP, streams over WebSocket and server-sent events."""

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
# One for all, because each reads every certificate authority there is, which takes longer than most requests; it keeps no connection,
# so that every request meets who listens now.
http: Final = httpx.Client(timeout=TIMEOUT_SECONDS, limits=httpx.Limits(max_keepalive_connections=0))
PROTOCOL: Final = Subprotocol("graphql-transport-ws")
Alert = dict[str, Any]


class Member:
    """Somebody with a token, at one server."""

    def __init__(self, base: str, token: str | None) -> None:
        self.base = base
        self.headers = {"authorization": f"Bearer {token}"} if token is not None else {}

    def post(self, query: str, **variables: Any) -> httpx.Response:
        """Send a document, whatever comes of it."""
        return self.post_raw(json.dumps({"query": query, "variables": variables}).encode())

    def post_raw(self, body: bytes) -> httpx.Response:
        """Send any body as JSON."""
        headers = self.headers | {"content-type": "application/json"}
        return http.post(f"{self.base}/graphql", content=body, headers=headers)

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data of a document that nothing is wrong with."""
        answer = self.post(query, **variables).json()
        assert "errors" not in answer, answer
        data: dict[str, Any] = answer["data"]
        return data

    def change(self, mutation: str, selection: str = "lead { id }", **given: Any) -> dict[str, Any]:
        """The payload of a mutation, refused or not."""
        name = f"{mutation[0].upper()}{mutation[1:]}Input"
        facts = "__typename message field ... on LeadAlreadyClaimed { claimedAt } ... on InvalidTransition { stage }"
        document = f"mutation ($input: {name}!) {{ {mutation}(input: $input) {{ {selection} errors {{ {facts} }} }} }}"
        payload: dict[str, Any] = self.ask(document, input=given)[mutation]
        return payload

    def do(self, mutation: str, selection: str = "lead { id }", **given: Any) -> dict[str, Any]:
        """The payload of a mutation that was not refused."""
        payload = self.change(mutation, selection, **given)
        assert payload["errors"] == [], payload
        return payload

    def refusal(self, query: str, **variables: Any) -> str:
        """The code of the error that a document is answered with."""
        answer = self.post(query, **variables).json()
        return str(answer["errors"][0]["extensions"]["code"])

    def cursor(self) -> str:
        """A position behind everything that has happened: that of a lead which is entered for it.

        A list's `eventCursor` may lie before what has just happened: PostgreSQL tells events only when no older transaction is open.
        """
        before = self.ask("{ leads(first: 1) { eventCursor } }")["leads"]["eventCursor"]
        lead_id = self.do("createLead", contact={"lastName": "Marker"})["lead"]["id"]
        return str(self.changes_until(lambda change: change["leadId"] == lead_id, after=before)[-1]["cursor"])

    def changes_until(self, is_awaited: Callable[[Alert], bool], after: str) -> list[Alert]:
        """All changes in sight, by pull, as soon as the awaited one is among them."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not any(map(is_awaited, found := self.changes(after))):
            assert time.monotonic() < deadline, found
            time.sleep(0.02)
        return found

    def changes(self, after: str | None = None) -> list[Alert]:
        """All changes in sight, by pull."""
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
        """A WebSocket that is signed in."""
        address = f"{self.base.replace('http', 'ws', 1)}/graphql"
        with connect(address, subprotocols=[PROTOCOL], open_timeout=TIMEOUT_SECONDS, close_timeout=1) as connection:
            socket = Socket(connection)
            socket.send(type="connection_init", payload=self.headers)
            assert socket.receive() == {"type": "connection_ack"}
            yield socket

    @contextmanager
    def events(self, query: str, headers: dict[str, str] | None = None, **variables: Any) -> Iterator["Events"]:
        """A stream of server-sent events."""
        body = {"query": query, "variables": variables}
        sent = self.headers | {"accept": "text/event-stream"} | (headers or {})
        with http.stream("POST", f"{self.base}/graphql", json=body, headers=sent) as response:
            yield Events(EventSource(response))


class Socket:
    """A client's side of `graphql-transport-ws`."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self._subscriptions = 0

    def send(self, **message: Any) -> None:
        """Send a message of the protocol."""
        self.connection.send(json.dumps(message))

    def receive(self, patience: float = TIMEOUT_SECONDS) -> dict[str, Any]:
        """The next message that is not a ping."""
        while True:
            message: dict[str, Any] = json.loads(self.connection.recv(patience))
            if message["type"] != "ping":
                return message
            self.send(type="pong")

    def subscribe(self, query: str, **variables: Any) -> None:
        """Subscribe. Nothing says when a stream without `after` has begun, but for its first alert."""
        self._subscriptions += 1
        self.send(type="subscribe", id=str(self._subscriptions), payload={"query": query, "variables": variables})

    def closing_code(self) -> int:
        """The code that the server closes the socket with, after whatever else it has to say."""
        with suppress(ConnectionClosed):
            while True:
                self.receive()
        assert self.connection.close_code is not None
        return self.connection.close_code

    def alert(self, patience: float = TIMEOUT_SECONDS) -> Alert:
        """What the next message of a subscription says."""
        message = self.receive(patience)
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        (alert,) = message["payload"]["data"].values()
        return dict(alert)

    def alerts_until(self, is_last: Callable[[Alert], bool]) -> list[Alert]:
        """All alerts up to one."""
        alerts = [self.alert()]
        while not is_last(alerts[-1]):
            alerts.append(self.alert())
        return alerts


class Events:
    """A stream of server-sent events, from the client's side."""

    def __init__(self, source: EventSource) -> None:
        self._events = source.iter_sse()

    def alert(self) -> Alert:
        """What the next event says; its `id` is that of the event."""
        for event in self._events:
            if event.event == "next":
                payload = json.loads(event.data)
                assert "errors" not in payload, payload
                (alert,) = payload["data"].values()
                return {**alert, "id": event.id}
        raise AssertionError("the stream ended")

    def refusal(self) -> str:
        """The code of the error that the next event tells."""
        return str(json.loads(next(self._events).data)["errors"][0]["extensions"]["code"])

    def drain(self) -> None:
        """Read on to the end of the stream."""
        for _ in self._events:
            pass
