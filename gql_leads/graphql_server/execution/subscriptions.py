"""Subscriptions: run the resolver once, then read its event source as encoded payloads."""

from collections.abc import AsyncGenerator, AsyncIterable, Callable, Hashable, Iterator
from contextlib import aclosing, contextmanager
from typing import Any, NamedTuple, cast

from graphql import ExecutionResult, execute_subscription_event

from gql_leads.graphql_server.application import EventSource, Position
from gql_leads.graphql_server.errors import ErrorFormatter, OperationRefused


class Payload(NamedTuple):
    """An encoded result with its cursor, if it has one."""

    body: bytes
    cursor: str | None = None
    codes: tuple[str, ...] = ()
    """The codes of its errors."""
    recipient: Hashable | None = None
    """The only subscriber of a shared stream that receives it; None: all of them."""


class Delivery(NamedTuple):
    """A position of the source, and the payload of its event; None for an event that the arguments exclude."""

    position: Position
    payload: Payload | None


class Subscription:
    """A subscription whose resolver has returned; every failure of its source is raised as `OperationRefused`."""

    def __init__(
        self,
        executor: Any,
        source: AsyncIterable[Any],
        encode: Callable[[ExecutionResult, Position], Payload],
        errors: ErrorFormatter,
        recipient_of: Callable[[Any], Hashable | None],
    ) -> None:
        self._executor = executor
        self._source = source if isinstance(source, EventSource) else PlainSource(source)
        self._encode = encode
        self._errors = errors
        self._recipient_of = recipient_of

    @property
    def is_replayable(self) -> bool:
        """Return True if the source has positions, which sharing needs."""
        return not isinstance(self._source, PlainSource)

    async def start(self, last_event_id: str | None) -> tuple[Position, Position]:
        """Return (the position to begin after, the newest position)."""
        with self._refusing():
            return await self._source.start(last_event_id)

    async def head(self) -> Position:
        """Return the newest position."""
        with self._refusing():
            return await self._source.head()

    def replay(self, after: Position, until: Position) -> AsyncGenerator[Delivery, None]:
        """Yield the deliveries after one position up to another."""
        return self._executed(self._source.replay(after, until))

    def follow(self, after: Position) -> AsyncGenerator[Delivery, None]:
        """Yield the deliveries after a position, without end unless the source ends."""
        return self._executed(self._source.follow(after))

    async def _executed(self, events: AsyncGenerator[tuple[Position, Any], None]) -> AsyncGenerator[Delivery, None]:
        with self._refusing():
            async with aclosing(events):
                async for position, value in events:
                    yield Delivery(position, None if value is None else await self._payload(value, position))

    async def _payload(self, value: Any, position: Position) -> Payload:
        payload, recipient = self._encode(await self._result(value), position), self._recipient_of(value)
        return payload if recipient is None else payload._replace(recipient=recipient)

    async def _result(self, value: Any) -> ExecutionResult:
        result: Any = execute_subscription_event(self._executor.build_per_event_executor(value))
        if self._executor.is_awaitable(result):
            result = await result
        return cast("ExecutionResult", result)

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - any exception of the source is described or masked
            raise OperationRefused([self._errors.of_exception(error)]) from None


class PlainSource:
    """The `EventSource` of a resolver that returns an ordinary `AsyncIterable`: no positions, no replay."""

    def __init__(self, values: AsyncIterable[Any]) -> None:
        self._values = values

    async def start(self, _last_event_id: str | None) -> tuple[None, None]:
        """Return no positions."""
        return None, None

    async def head(self) -> None:
        """Return no position."""

    async def replay(self, _after: Position, _until: Position) -> AsyncGenerator[tuple[None, Any], None]:
        """Yield nothing: an ordinary iterable cannot be read twice."""
        return
        yield

    async def follow(self, _after: Position) -> AsyncGenerator[tuple[None, Any], None]:
        """Yield the values of the iterable."""
        values: Any = aiter(self._values)
        try:
            async for value in values:
                yield None, value
        finally:
            if hasattr(values, "aclose"):
                await values.aclose()
