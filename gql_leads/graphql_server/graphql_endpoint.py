"""The GraphQL endpoint of an ASGI application: one schema at one path over three transports."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Generic

import strawberry
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from gql_leads.graphql_server.application import Application, CallerT
from gql_leads.graphql_server.authentication import Authenticator
from gql_leads.graphql_server.broadcast.open_streams import OpenStreams
from gql_leads.graphql_server.broadcast.registry import BroadcastRegistry
from gql_leads.graphql_server.execution.operations import Pipeline
from gql_leads.graphql_server.graphql_core_internals import core_schema
from gql_leads.graphql_server.operation_log import REQUEST_ID_HEADER
from gql_leads.graphql_server.origins import CrossOrigin, Origins
from gql_leads.graphql_server.policy import Policy
from gql_leads.graphql_server.transports.http import PREFLIGHT_HEADERS, HTTPTransport
from gql_leads.graphql_server.transports.sse import EventStreams
from gql_leads.graphql_server.transports.websocket import WebSocketTransport

CROSS_ORIGIN_HEADERS = (
    "authorization", "content-type", "cache-control", "last-event-id", REQUEST_ID_HEADER, *PREFLIGHT_HEADERS,
    "apollographql-client-name", "apollographql-client-version", "traceparent", "tracestate", "baggage", "sentry-trace",
)  # fmt: skip
"""Request headers that GraphQL clients, tracing and EventSource send from pages of other origins."""
EXPOSED_HEADERS = ["ratelimit", "ratelimit-policy", "retry-after", REQUEST_ID_HEADER]


class GraphQLEndpoint(Generic[CallerT]):
    """Serves a schema over HTTP, WebSocket and SSE."""

    def __init__(
        self,
        schema: strawberry.Schema,
        application: Application[CallerT],
        policy: Policy | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        policy = policy or Policy()
        self._pipeline = pipeline = Pipeline(schema, application, policy)
        authenticator = Authenticator(application, pipeline.rates)
        self._open_streams = OpenStreams(application, policy, clock)
        self._broadcasts = broadcasts = BroadcastRegistry(core_schema(schema), pipeline, application)
        event_streams = EventStreams(pipeline, broadcasts, self._open_streams, policy)
        self._http = HTTPTransport(pipeline, authenticator, event_streams, application, policy)
        self._origins = Origins(policy.allowed_origins, policy.own_origin, allows_local=policy.allows_local_origins)
        self._websocket = WebSocketTransport(pipeline, broadcasts, authenticator, self._open_streams, application, policy, self._origins)
        self._allowed_headers = (*CROSS_ORIGIN_HEADERS, *policy.allowed_headers)

    def routes(self, path: str) -> list[BaseRoute]:
        """Return the route of the endpoint, by which the router redirects requests with a trailing slash."""
        return [Route(path, self._http, include_in_schema=False)]

    def middleware(self, path: str) -> list[Middleware]:
        """Return the middleware that serves the endpoint's requests and WebSockets at a path."""
        return [Middleware(EndpointFirst, path=path, apps={"http": self._cross_origin(self._http), "websocket": self._websocket})]

    @property
    def open_streams(self) -> int:
        """The number of open WebSockets and event streams."""
        return len(self._open_streams)

    @property
    def subscribers(self) -> int:
        """The number of active subscriptions."""
        return self._broadcasts.subscribers

    def close(self) -> None:
        """End all streams, so that a stopping server does not wait for them; their clients resume at another server."""
        self._open_streams.end_all()
        self._websocket.close()

    def stop(self) -> None:
        """Refuse the operations that still run, because the server has waited for them long enough."""
        self._pipeline.stop()

    @property
    def origins(self) -> Origins:
        """The origins whose pages may call the server."""
        return self._origins

    def cross_origin(self, exposed_headers: Sequence[str], methods: Sequence[str] = ("GET", "HEAD")) -> Middleware:
        """Return the middleware that lets the same origins call other routes by these methods."""
        return Middleware(
            CrossOrigin,
            origins=self._origins,
            methods=methods,
            headers=self._allowed_headers,
            exposed_headers=exposed_headers,
        )

    def _cross_origin(self, app: ASGIApp) -> ASGIApp:
        return CrossOrigin(app, self._origins, ["GET", "POST"], self._allowed_headers, EXPOSED_HEADERS)


class EndpointFirst:
    """Middleware that serves the endpoint before error handling and routing, which cost time per request."""

    def __init__(self, app: ASGIApp, path: str, apps: Mapping[str, ASGIApp]) -> None:
        self._app = app
        self._path = path
        self._apps = apps

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Return the coroutine of the chosen application: awaiting it here would keep a frame per open connection."""
        app = self._apps.get(scope["type"])
        if app is None or scope["path"].removeprefix(scope.get("root_path", "")) != self._path:
            app = self._app
        return app(scope, receive, send)
