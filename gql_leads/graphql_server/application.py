"""What only the application knows, as the few callables it gives the endpoint."""

from collections.abc import Awaitable, Callable, Collection, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from starlette.datastructures import Headers

from gql_leads.graphql_server.errors import Public
from gql_leads.graphql_server.operation_log import OperationRecord


class Caller(Protocol):
    """Who a good token speaks for."""

    @property
    def key(self) -> str:
        """The member, for rates and the number of sockets."""

    @property
    def expires_at(self) -> datetime | None:
        """When the token ends, and with it every stream opened with it."""


class Progress(Protocol):
    """Where a subscription is, in positions: opaque, and growing with the events."""

    reached: Any
    """Everything up to it was told, or need not be. Where it is set before the source begins, the source goes on behind it, whatever
    the arguments say."""
    telling: Any
    """The position of the event that is being told."""
    newest: Any
    """The position of the latest event when the source began."""
    waits: bool
    """Whether the source waits for what comes, as it does at first; else it ends once everything up to `until` was told."""
    until: Any
    """A position that was reached by somebody. None without waiting: the source ends as soon as it knows where and whether it may begin."""


class Shareable(Protocol):
    """The context of a subscription whose events can be told to many at once."""

    progress: Progress

    def for_all(self) -> "Shareable":
        """A context with the same rights, for one stream to many; its source fails as soon as they change."""


CallerT = TypeVar("CallerT", bound=Caller)


async def revoke_nobody(_callers: Sequence[Any]) -> Collection[Any]:
    """Revoke nothing before the token ends."""
    return ()


def mask_every_error(_exception: BaseException) -> Public | None:
    """Mask every exception."""
    return None


def no_cursor(_of: Any) -> str | None:
    """Know no cursor."""
    return None


def share_with_nobody(_context: Any, _metadata_keys: frozenset[str]) -> Hashable | None:
    """Tell everybody for themselves."""
    return None


def resume_nothing(_context: Any, _last_event_id: str) -> None:
    """Start anew whatever was read before."""


def log_no_operation(_observation: OperationRecord) -> None:
    """Let every operation pass unnoticed."""


@dataclass(frozen=True, kw_only=True)
class Application(Generic[CallerT]):
    """The application's side of the endpoint."""

    authenticate: Callable[[str, Headers], Awaitable[CallerT]]
    """The caller of a token; raises `errors.Unauthenticated` for a bad one. Without a token it is not asked."""
    context_for: Callable[[CallerT | None], Any]
    """The context of one operation; None is a caller without a token."""
    describe: Callable[[BaseException], Public | None] = mask_every_error
    """(message, code, further extensions) of an exception the client may see; None masks it."""
    public_fields: frozenset[str] = frozenset({"__typename"})
    """Root fields that are answered without a token."""
    revoked: Callable[[Sequence[CallerT]], Awaitable[Collection[CallerT]]] = revoke_nobody
    """Which of these callers, all with open streams, may no longer do what they could when they signed in."""
    cursor_of: Callable[[Any], str | None] = no_cursor
    """The cursor of what the subscription with this context is telling, for the `id:` of the event, whatever was selected."""
    resume: Callable[[Any, str], None] = resume_nothing
    """Has the subscription with this context go on after the `Last-Event-ID`, which may be anything, whatever its document says."""
    position_of: Callable[[Any], str | None] = no_cursor
    """The position that the subscription with this context has reached, told while it is quiet."""
    log_operation: Callable[[OperationRecord], None] = log_no_operation
    """Told of every operation when it has ended."""
    sharing_key: Callable[[Any, frozenset[str]], Hashable | None] = share_with_nobody
    """What subscribers to the same operation must have in common to be told the same, if it touches these marks (see `marks`); None where
    this one shares nothing. Asked of contexts that are `Shareable`."""
