"""The endpoint: one schema, one path, three transports."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Generic

import strawberry
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Match, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from gql_leads.endpoint.application import Application, CallerT
from gql_leads.endpoint.execution import Pipeline
from gql_leads.endpoint.groups import Groups
from gql_leads.endpoint.http import PREFLIGHT_HEADERS, HTTPTransport
from gql_leads.endpoint.observing import REQUEST_ID_HEADER
from gql_leads.endpoint.policy import Policy
from gql_leads.endpoint.reception import Reception
from gql_leads.endpoint.sse import EventStreams
from gql_leads.endpoint.streams import OpenStreams
from gql_leads.endpoint.websocket import WebSocketTransport

CORS_MAX_AGE = 600
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
        pipeline = Pipeline(schema, application, policy)
        reception = Reception(application, pipeline.rates)
        self._open_streams = OpenStreams(application, policy, clock)
        self._groups = groups = Groups(schema._schema, pipeline, application)
        event_streams = EventStreams(pipeline, groups, application, self._open_streams, policy)
        self._http = HTTPTransport(pipeline, reception, event_streams, application, policy)
        self._websocket = WebSocketTransport(pipeline, groups, reception, self._open_streams, application, policy)
        self._origins = policy.allowed_origins

    def routes(self, path: str) -> list[BaseRoute]:
        """The routes that serve this endpoint's requests at a path."""
        return [Route(path, self._http, middleware=self._cors(), include_in_schema=False)]

    def middleware(self, path: str) -> list[Middleware]:
        """What serves this endpoint's sockets at a path."""
        return [Middleware(SocketsFirst, route=WebSocketRoute(path, self._websocket))]

    @property
    def open_streams(self) -> int:
        """How many sockets and event streams are open."""
        return len(self._open_streams)

    @property
    def subscribers(self) -> int:
        """How many subscriptions are under way."""
        return self._groups.subscribers

    def close(self) -> None:
        """End all streams, whose clients then resume elsewhere: a stopping server would wait for them otherwise."""
        self._open_streams.leave()

    def _cors(self) -> list[Middleware]:
        if not self._origins:
            return []
        return [
            Middleware(
                CORSMiddleware,
                allow_origins=sorted(self._origins),
                allow_methods=["GET", "POST"],
                allow_headers=["authorization", "content-type", "last-event-id", *PREFLIGHT_HEADERS],
                expose_headers=EXPOSED_HEADERS,
                max_age=CORS_MAX_AGE,
            )
        ]


class SocketsFirst:
    """Serves sockets ahead of the layers for errors and routing: each would take memory as long as a socket is open, and time to send."""

    def __init__(self, app: ASGIApp, route: WebSocketRoute) -> None:
        self._app = app
        self._route = route

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Choose, and leave no frame behind."""
        match, _ = self._route.matches(scope)
        return (self._route.app if match is Match.FULL else self._app)(scope, receive, send)
