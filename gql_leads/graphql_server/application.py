"""The interface between server and application: the callables of `Application`, and their protocols."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

from starlette.datastructures import Headers

from gql_leads.graphql_server.errors import Public
from gql_leads.graphql_server.operation_log import OperationRecord
from gql_leads.graphql_server.rate_limits import WindowStore


@dataclass(slots=True)
class ClientRequest:
    """What resolvers may know of a request: the client's address; and what they may add to its HTTP response."""

    address: str
    response_headers: list[tuple[str, str]] = field(default_factory=list)
    """Headers that a resolver adds to the response over HTTP, such as a cookie; ignored on a WebSocket and in an event stream."""


Position = Any
"""A position in the application's event log: opaque to the server, comparable with `<`, and increasing with the events."""


class Caller(Protocol):
    """The member that a token authenticates."""

    @property
    def key(self) -> str:
        """The member's id, used for rate limits and for the number of open streams."""

    @property
    def expires_at(self) -> datetime | None:
        """The end of the token, at which all its streams are closed; None for a token without an end."""


@runtime_checkable
class EventSource(Protocol):
    """The events of one subscription, as a subscription resolver returns them.

    A resolver that returns any other `AsyncIterable` is served as well, but without cursors and without sharing.
    `replay` and `follow` yield (position, value) for every event of the log. The value is what the selection of the subscription's
    field is executed on; None advances the position without a message, for an event that the arguments exclude. A source with a context
    of `Shareable.for_all` also yields values that `Application.recipient_of` keeps from all but one of the subscribers.
    """

    async def start(self, last_event_id: str | None) -> tuple[Position, Position]:
        """Check the caller's rights and the arguments, and return (the position to begin after, the newest position).

        `last_event_id` is the SSE header of that name; it takes precedence over the arguments.
        """

    async def head(self) -> Position:
        """Check the caller's rights again and return the newest position."""

    def replay(self, after: Position, until: Position) -> AsyncGenerator[tuple[Position, Any], None]:
        """Yield the events after one position up to and including another, and end."""

    def follow(self, after: Position) -> AsyncGenerator[tuple[Position, Any], None]:
        """Yield the events after a position, then the new ones as they are written, without end."""


class Shareable(Protocol):
    """The context of a subscription whose stream may be shared by several clients."""

    @property
    def member(self) -> Hashable:
        """The key of this subscriber, as `Application.recipient_of` returns it."""

    def for_all(self) -> "Shareable":
        """Return a context with the same rights, whose source fails as soon as these rights change."""


CallerT = TypeVar("CallerT", bound=Caller)


async def revoke_nobody(_callers: Sequence[Any]) -> Collection[Any]:
    """Revoke no caller before the token ends."""
    return ()


def mask_every_error(_exception: BaseException) -> Public | None:
    """Mask every exception."""
    return None


def no_cursor(_context: Any, _position: Position) -> str | None:
    """Send no cursors."""
    return None


def share_with_nobody(_context: Any, _metadata_keys: frozenset[str]) -> Hashable | None:
    """Give every subscriber a stream of its own."""
    return None


def address_everybody(_value: Any) -> Hashable | None:
    """Deliver every value to all subscribers of its stream."""
    return None


def see_everything(_context: Any) -> float:
    """Charge reads at full scale."""
    return 1.0


def log_no_operation(_record: OperationRecord) -> None:
    """Log no operation."""


@dataclass(frozen=True, kw_only=True)
class Application(Generic[CallerT]):
    """The callables that the server needs from the application."""

    authenticate: Callable[[str, Headers], Awaitable[CallerT]]
    """Return the caller of a bearer token; raise `errors.Unauthenticated` for a bad one. Not called for a request without a token."""
    context_for: Callable[[CallerT | None, ClientRequest], Any]
    """Return the context of one operation; the caller is None for a request without a token."""
    describe: Callable[[BaseException], Public | None] = mask_every_error
    """Return (message, code, further extensions) of an exception that clients may see; None masks it."""
    public_fields: frozenset[str] = frozenset({"__typename"})
    """Root fields that need no token."""
    revoked: Callable[[Sequence[CallerT]], Awaitable[Collection[CallerT]]] = revoke_nobody
    """Return those of the callers with open streams that have lost a right since they signed in."""
    cursor_of: Callable[[Any, Position], str | None] = no_cursor
    """Encode a position of the stream with this context as a cursor, for the SSE `id:` and for heartbeats."""
    rate_limit_store: WindowStore | None = None
    """The store of the rate limits that several processes share; None: each process limits by itself."""
    log_operation: Callable[[OperationRecord], None] = log_no_operation
    """Called once for each operation when it has ended."""
    reading_scale: Callable[[Any], float] = see_everything
    """Return the rows that this context sees as a share of those for which `Work.rows` is declared, at most 1."""
    sharing_key: Callable[[Any, frozenset[str]], Hashable | None] = share_with_nobody
    """Return the key of subscribers that may share one stream of the same operation; None for a subscriber that must have its own.

    Called with a `Shareable` context and the metadata keys that the operation uses (see `documents.field_metadata`).
    """
    recipient_of: Callable[[Any], Hashable | None] = address_everybody
    """Return the `Shareable.member` of the only subscriber that receives a value of an `EventSource`; None: all of its stream."""
