"""The event sources of subscriptions, and their cursors and sharing keys for `graphql_server`."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Hashable
from contextlib import aclosing
from typing import Generic, TypeVar, cast

from gql_leads.api.resolving.context import Context
from gql_leads.store.events import event_log
from gql_leads.store.events.event_log import LoggedEvent, Position

VIEWER_REFRESH_SECONDS = 2.0
"""A stream reloads the roles and queues of its viewer before an event, at most this often."""

T = TypeVar("T")
Converter = Callable[[LoggedEvent], Awaitable[T | None]]
"""Return the GraphQL object of an event; None if the viewer or the arguments exclude it."""


def cursor_of(context: Context, position: Position) -> str:
    """Return the cursor of a position, whether `cursor` was selected or not."""
    return context.app.cursors.encode(position)


def sharing_key(context: Context, metadata_keys: frozenset[str]) -> Hashable | None:
    """Return the key of a shared stream: the permission scope, and the member for private fields."""
    permission_scope = context.permission_scope
    return permission_scope and (permission_scope, context.member if "private" in metadata_keys else None)


async def decode_event_cursor(context: Context, after: str | None) -> Position | None:
    """Return the position of a cursor, None without one; raise BadInput or CursorExpired."""
    connection = context.connection
    if not isinstance(after, str):
        return None
    position = context.app.cursors.decode(after)
    await event_log.check(connection, position)
    return position


class EventSource(Generic[T]):
    """The events of one type for one subscription; implements `graphql_server.application.EventSource`.

    `prepare` decodes the subscription's arguments and returns the converter of its events. It is called by `start` and not by the resolver,
    so that its errors are those of the stream and carry no path.
    """

    def __init__(self, context: Context, after: str | None, event_type: type, prepare: Callable[[], Converter[T]]) -> None:
        self._context = context
        self._after = after
        self._event_type = event_type
        self._prepare = prepare

    async def start(self, last_event_id: str | None) -> tuple[Position, Position]:
        """Return (the position of the cursor, else the newest one; the newest position)."""
        self._prepare()
        head = await self.head()
        start = await decode_event_cursor(self._context, last_event_id or self._after)
        return head if start is None else start, head

    async def head(self) -> Position:
        """Refresh the viewer and return the newest position of the log."""
        await self._context.refresh_viewer()
        return await event_log.horizon(self._context.connection)

    def replay(self, after: Position, until: Position) -> AsyncGenerator[tuple[Position, T | None], None]:
        """Yield the events after one position up to another."""
        return self._converted(self._context.app.event_reader.replay(after, until))

    def follow(self, after: Position) -> AsyncGenerator[tuple[Position, T | None], None]:
        """Yield the events after a position, then the new ones."""
        return self._converted(self._context.app.event_reader.follow(after))

    async def __aiter__(self) -> AsyncGenerator[T, None]:
        """Yield the objects alone, as executors other than `graphql_server` read them."""
        start, _ = await self.start(None)
        async with aclosing(self.follow(start)) as events:
            async for _, value in events:
                if value is not None:
                    yield value

    async def _converted(self, events: AsyncIterator[LoggedEvent]) -> AsyncGenerator[tuple[Position, T | None], None]:
        convert = self._prepare()
        await self._context.refresh_viewer()
        time_slice = self._context.app.database.time_slices.start()
        async with aclosing(cast("AsyncGenerator[LoggedEvent, None]", events)) as logged_events:
            async for logged in logged_events:
                await time_slice.give_way()
                await self._context.refresh_viewer(max_age=VIEWER_REFRESH_SECONDS)
                yield logged.position, await convert(logged) if logged.concerns(self._event_type) else None
