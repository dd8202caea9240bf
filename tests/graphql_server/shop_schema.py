"""An example schema with connections, failing and slow fields, and streams."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NewType

import strawberry
from graphql import GraphQLError
from starlette.applications import Starlette
from starlette.datastructures import Headers
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig

from gql_leads.graphql_server.application import Application
from gql_leads.graphql_server.errors import Public, Unauthenticated
from gql_leads.graphql_server.graphql_endpoint import GraphQLEndpoint
from gql_leads.graphql_server.operation_log import OperationRecord
from gql_leads.graphql_server.policy import Introspection, Policy

SECRET = "the password is swordfish"


@dataclass(frozen=True)
class Customer:
    key: str
    expires_at: datetime | None = None


@dataclass
class Ledger:
    """Records of operations: those running, those that were cancelled, and reservations."""

    running: int = 0
    cancelled: int = 0
    reserved: int = 0
    revoked: set[str] = field(default_factory=set)
    record: list[OperationRecord] = field(default_factory=list)


@dataclass
class Context:
    customer: Customer | None
    ledger: Ledger


Info = strawberry.Info[Context, None]


Odd = NewType("Odd", str)


def parse_odd(value: str) -> Odd:
    if value == "crash":
        raise KeyError(SECRET)
    raise ValueError("it must be even")


class SoldOut(Exception):
    """Raised for a product that is sold out."""


class Away(Exception):
    """Raised as if the database were unavailable."""


@strawberry.type
class Product:
    id: int

    @strawberry.field
    def name(self) -> str:
        return f"Product {self.id}"

    @strawberry.field
    def similar(self, first: int = 3) -> "ProductConnection":
        return ProductConnection(nodes=[Product(id=self.id + i) for i in range(1, first + 1)])

    @strawberry.field
    def twin(self) -> "Product":
        return Product(id=-self.id)

    @strawberry.field
    def broken(self) -> int | None:
        raise RuntimeError(SECRET)

    @strawberry.field
    def price(self) -> int | None:
        raise SoldOut


@strawberry.type
class ProductConnection:
    nodes: list[Product]


@strawberry.input(one_of=True)
class ProductBy:
    id: strawberry.Maybe[int]
    name: strawberry.Maybe[str]


@strawberry.type
class Query:
    @strawberry.field
    def hello(self, name: str = "world") -> str:
        return f"Hello {name}"

    @strawberry.field
    def whoami(self, info: Info) -> str | None:
        return info.context.customer.key if info.context.customer else None

    @strawberry.field
    def products(self, first: int | None = None, last: int | None = None) -> ProductConnection:
        return ProductConnection(nodes=[Product(id=i) for i in range(first or last or 2)])

    @strawberry.field
    def product(self, by: ProductBy) -> Product | None:
        return Product(id=1)

    @strawberry.field
    def broken(self) -> int | None:
        raise RuntimeError(SECRET)

    @strawberry.field
    def broken_required(self) -> int:
        raise RuntimeError(SECRET)

    @strawberry.field
    def wrong_type(self) -> int | None:
        return SECRET  # type: ignore[return-value]

    @strawberry.field
    def graphql_error(self) -> int | None:
        raise GraphQLError(SECRET)

    @strawberry.field
    def since(self, day: datetime) -> str:
        return day.isoformat()

    @strawberry.field
    def money(self, of: Decimal) -> str:
        return str(of)

    @strawberry.field
    def odd(self, value: Odd) -> str:
        return value

    @strawberry.field
    def node(self, id: strawberry.relay.GlobalID) -> str | None:
        return None

    @strawberry.field
    def huge(self) -> JSON:
        return JSON(2**70)

    @strawberry.field
    def away(self) -> int | None:
        raise Away

    @strawberry.field
    async def slow(self, info: Info, seconds: float) -> str:
        info.context.ledger.running += 1
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            info.context.ledger.cancelled += 1
            raise
        finally:
            info.context.ledger.running -= 1
        return "at last"


@strawberry.type
class Mutation:
    @strawberry.mutation
    def rename(self, name: str) -> str:
        return name

    @strawberry.mutation
    def reserve(self, info: Info, by: ProductBy) -> int:
        info.context.ledger.reserved += 1
        return info.context.ledger.reserved

    @strawberry.mutation
    def sign_in(self) -> str:
        return "welcome"


class Counter:
    """An event source that counts up to a number; each number is the position of its event."""

    def __init__(self, ledger: Ledger, to: int, after: int, pause: float) -> None:
        self._ledger = ledger
        self._to = to
        self._after = after
        self._pause = pause

    async def __aiter__(self) -> AsyncIterator[int]:
        async for _, number in self.follow(self._after):
            yield number

    async def start(self, last_event_id: str | None) -> tuple[int, int]:
        last = (last_event_id or "").removeprefix("c")
        begin = int(last) if last.isdecimal() else self._after
        return begin, begin  # every number is still to come, so none is replayed

    async def head(self) -> int:
        return self._after

    async def replay(self, after: int, until: int) -> AsyncGenerator[tuple[int, int], None]:
        for number in range(after + 1, until + 1):
            yield number, number

    async def follow(self, after: int) -> AsyncGenerator[tuple[int, int], None]:
        self._ledger.running += 1
        try:
            for number in range(after + 1, self._to + 1):
                await asyncio.sleep(self._pause)
                yield number, number
        except asyncio.CancelledError:
            self._ledger.cancelled += 1
            raise
        finally:
            self._ledger.running -= 1


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def count(self, info: Info, to: int = 3, after: int = 0, pause: float = 0.0) -> AsyncIterable[int]:
        return Counter(info.context.ledger, to, after, pause)

    @strawberry.subscription
    async def flood(self, info: Info) -> AsyncIterator[str]:
        info.context.ledger.running += 1
        try:
            while True:
                await asyncio.sleep(0)
                yield "x" * 100_000
        finally:
            info.context.ledger.running -= 1

    @strawberry.subscription
    async def breaks(self, after: int) -> AsyncIterator[int]:
        for number in range(after):
            yield number
        raise RuntimeError(SECRET)

    @strawberry.subscription
    async def closes(self, after: int) -> AsyncIterator[int]:
        for number in range(after):
            yield number
        raise Away

    @strawberry.subscription
    async def sold_out(self) -> AsyncIterator[int]:
        raise SoldOut
        yield 1


schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    config=StrawberryConfig(scalar_map={Odd: strawberry.scalar(name="Odd", parse_value=parse_odd)}),
)


def describe(exception: BaseException) -> Public | None:
    if isinstance(exception, SoldOut):
        return "This product is sold out.", "FORBIDDEN", {"until": "Monday"}
    if isinstance(exception, Away):
        return "The shop is closed for a moment.", "SERVICE_UNAVAILABLE", {}
    return None


async def authenticate(token: str, _headers: Headers) -> Customer:
    """Accept the tokens `customer-NAME`, `brief-NAME`, which expires after a second, and `late-NAME`, which has just expired."""
    kind, _, name = token.partition("-")
    if kind == "customer":
        return Customer(name)
    if kind == "brief":
        return Customer(name, datetime.now(UTC) + timedelta(seconds=1))
    if kind == "late":
        return Customer(name, datetime.now(UTC))
    if kind == "away":
        raise Away
    raise Unauthenticated("This token is not one of ours.")


def cursor_of(_context: Context, position: int) -> str:
    return f"c{position}"


def revoked_in(ledger: Ledger) -> Callable[[Sequence[Customer]], Awaitable[Collection[Customer]]]:
    async def revoked(customers: Sequence[Customer]) -> Collection[Customer]:
        return [customer for customer in customers if customer.key in ledger.revoked]

    return revoked


def shop(ledger: Ledger | None = None, policy: Policy | None = None) -> Starlette:
    """Return the shop as an ASGI application; the default policy lets everyone introspect."""
    remembered = ledger or Ledger()
    application = Application[Customer](
        authenticate=authenticate,
        context_for=lambda customer, _: Context(customer, remembered),
        describe=describe,
        public_fields=frozenset({"__typename", "signIn"}),
        revoked=revoked_in(remembered),
        cursor_of=cursor_of,
        log_operation=remembered.record.append,
    )
    endpoint = GraphQLEndpoint(schema, application, policy or Policy(introspection=Introspection.EVERYONE))
    app = Starlette(routes=endpoint.routes("/graphql"), middleware=endpoint.middleware("/graphql"))
    app.state.endpoint = endpoint
    return app
