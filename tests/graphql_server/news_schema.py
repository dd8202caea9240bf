"""An example schema with a shareable subscription: a log of news in memory, and readers of two ranks."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Hashable
from dataclasses import dataclass, field
from typing import Annotated, Any

import strawberry
from starlette.applications import Starlette

from gql_leads.graphql_server.application import Application
from gql_leads.graphql_server.broadcast.registry import BroadcastRegistry, Subscriber
from gql_leads.graphql_server.documents.parameters import Parameters
from gql_leads.graphql_server.errors import Public
from gql_leads.graphql_server.execution.operations import Pipeline
from gql_leads.graphql_server.graphql_endpoint import GraphQLEndpoint
from gql_leads.graphql_server.policy import Policy
from tests.graphql_server.shop_schema import Customer, authenticate

MINE = {"private": True}


class Barred(Exception):
    """Raised for a reader without permission."""


@dataclass
class NewsLog:
    """The number of the latest news, the ranks of readers, and counters. News with even numbers have the topic `even`."""

    news: int = 0
    resolved: int = 0
    running: int = 0
    is_closed: bool = False
    ranks: dict[str, str] = field(default_factory=dict)
    only_for: dict[int, str] = field(default_factory=dict)
    """The only reader of a news, by its number."""

    def rank_of(self, reader: str) -> str:
        """Return the current rank of a reader."""
        return self.ranks.get(reader, "plain")


class Context:
    def __init__(self, log: NewsLog, reader: str, *, is_for_all: bool = False) -> None:
        self.log = log
        self.reader = reader
        self.rank = log.rank_of(reader)
        self.is_for_all = is_for_all

    @property
    def member(self) -> str:
        return self.reader

    def for_all(self) -> "Context":
        return Context(self.log, self.reader, is_for_all=True)

    def refresh_rank(self) -> None:
        before, self.rank = self.rank, self.log.rank_of(self.reader)
        if self.rank == "barred" or (self.is_for_all and self.rank != before):
            raise Barred


Info = strawberry.Info[Context, None]


@strawberry.type
class News:
    number: int
    recipient: strawberry.Private[str | None] = None

    @strawberry.field
    def text(self, info: Info) -> str:
        info.context.log.resolved += 1
        return f"News {self.number} for {info.context.rank} readers"

    @strawberry.field
    def long(self) -> str:
        return "x" * 20_000

    @strawberry.field(metadata=MINE)  # type: ignore[untyped-decorator]
    def reader(self, info: Info) -> str:
        return info.context.reader

    @strawberry.field
    def since(self, number: int | None = None) -> int:
        return self.number - (number or 0)


@strawberry.input
class Topic:
    even: bool | None = None
    reader: str | None = strawberry.field(default=None, metadata=MINE)
    also: "Topic | None" = None


class NewsSource:
    """An event source of the news after a number, of one topic or all; the numbers are the positions."""

    def __init__(self, context: Context, after: int | None, topic: Topic | None) -> None:
        self._context = context
        self._after = after
        self._topic = topic

    def __aiter__(self) -> AsyncGenerator[News, None]:
        raise NotImplementedError

    async def start(self, _last_event_id: str | None) -> tuple[int, int]:
        head = await self.head()
        if self._after is not None and self._after > head:
            raise Barred
        return head if self._after is None else self._after, head

    async def head(self) -> int:
        self._context.refresh_rank()
        return self._context.log.news

    async def replay(self, after: int, until: int) -> AsyncGenerator[tuple[int, News | None], None]:
        async for event in self._events(after, until):
            yield event

    async def follow(self, after: int) -> AsyncGenerator[tuple[int, News | None], None]:
        async for event in self._events(after, None):
            yield event

    async def _events(self, position: int, until: int | None) -> AsyncGenerator[tuple[int, News | None], None]:
        log, topic = self._context.log, self._topic
        log.running += 1
        try:
            while (until is None and not log.is_closed) or position < (until or 0):
                if position == log.news:
                    await asyncio.sleep(0.001)
                    continue
                self._context.refresh_rank()
                position += 1
                await asyncio.sleep(0)
                recipient = log.only_for.get(position)
                is_excluded = recipient not in (None, self._context.reader) and not self._context.is_for_all
                is_excluded = is_excluded or (topic is not None and topic.even is True and position % 2 == 1)
                yield position, None if is_excluded else News(number=position, recipient=recipient)
        finally:
            log.running -= 1


@strawberry.type
class Query:
    hello: str = "world"


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def news(
        self,
        info: Info,
        after: Annotated[int | None, strawberry.argument(metadata={"position": True})] = None,
        topic: Topic | None = None,
    ) -> AsyncIterable[News]:
        return NewsSource(info.context, after, topic)


schema = strawberry.Schema(query=Query, subscription=Subscription)


def sharing_key(context: Context, metadata_keys: frozenset[str]) -> Hashable | None:
    return None if context.rank == "alone" else (context.rank, context.reader if "private" in metadata_keys else None)


def describe(exception: BaseException) -> Public | None:
    return ("This reader may not read.", "FORBIDDEN", {}) if isinstance(exception, Barred) else None


def application(log: NewsLog) -> Application[Customer]:
    return Application(
        authenticate=authenticate,
        context_for=lambda reader, _: Context(log, reader.key if reader else ""),
        describe=describe,
        cursor_of=lambda _context, position: str(position),
        sharing_key=sharing_key,
        recipient_of=lambda news: news.recipient,
    )


def news_app(log: NewsLog, policy: Policy | None = None) -> Starlette:
    """Return an application that serves the news."""
    endpoint = GraphQLEndpoint(schema, application(log), policy or Policy())
    app = Starlette(routes=endpoint.routes("/graphql"), middleware=endpoint.middleware("/graphql"))
    app.state.endpoint = endpoint
    return app


class Harness:
    """Create subscribers without a server."""

    def __init__(self, log: NewsLog) -> None:
        self.log = log
        self._pipeline = Pipeline(schema, application(log), Policy())
        self.broadcasts = BroadcastRegistry(schema._schema, self._pipeline, application(log))

    def subscriber(self, query: str, reader: str = "ann", **variables: Any) -> Subscriber:
        """Create a subscription of a reader."""
        operation = self._pipeline.admit(Parameters(query=query, variables=variables), Customer(reader), reader)
        return self.broadcasts.subscriber(operation)
