"""Pages of the event log for queries that deliver by pull what a subscription streams."""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Final

from gql_leads.api.resolving.context import Context
from gql_leads.api.resolving.event_sources import decode_event_cursor
from gql_leads.api.resolving.relay_connections import PageInfo, Paging, Size
from gql_leads.domain.events import Presence
from gql_leads.store.events import event_log
from gql_leads.store.events.event_log import LoggedEvent, Position
from gql_leads.store.events.unreadable_events import Unreadable

BATCH_SIZE: Final = 500
MAX_SCANNED: Final = 1_000
"""The number of events that are examined for one page of changes; `endCursor` is set even if the page stays empty."""
DEFAULT_PAGE_SIZE: Final = 100

PresenceOf = Callable[[Any], Presence | None]
"""Return the meaning of an event for the viewer's list; None if it has none."""


@dataclass(frozen=True, slots=True)
class VisibleChange:
    """An event that concerns the viewer's list, and its meaning there."""

    logged: LoggedEvent
    presence: Presence


@dataclass(frozen=True, slots=True)
class EventPage:
    """Visible changes after a position, and the position to continue from."""

    changes: list[VisibleChange]
    page_info: PageInfo


async def read_event_page(context: Context, event_type: type, presence_of: PresenceOf, after: str | None, first: Size) -> EventPage:
    """Return the next visible changes of this type after a cursor, as a subscription would deliver them.

    Without a cursor, they begin with the oldest event kept.
    """
    size = Paging(first).size(context.app, DEFAULT_PAGE_SIZE)
    start = await decode_event_cursor(context, after)
    begin = await event_log.oldest(context.connection) if start is None else start
    reading = _EventPageReader(context, event_type, presence_of, size, is_resumed=start is not None)
    more = await reading.read(begin)
    changes, encode = reading.found, context.app.cursors.encode
    page_info = PageInfo(
        has_next_page=more,
        has_previous_page=start is not None,
        start_cursor=encode(changes[0].logged.position) if changes else None,
        end_cursor=encode(reading.position),
    )
    return EventPage(changes, page_info)


@dataclass
class _EventPageReader:
    """Reads the visible changes of one page, and the position after them."""

    context: Context
    event_type: type
    presence_of: PresenceOf
    size: int
    _: KW_ONLY
    is_resumed: bool
    found: list[VisibleChange] = field(default_factory=list)
    position: Position = event_log.BEGINNING

    async def read(self, after: Position) -> bool:
        """Read the page after a position; return True if more may follow.

        An unreadable event ends a page, and expires a cursor that stands before it. Without a cursor, the changes begin after it.
        """
        self.position = after
        time_slice = self.context.app.database.time_slices.start()
        for _ in range(MAX_SCANNED // BATCH_SIZE):
            batch = await event_log.read(self.context.connection, self.position, BATCH_SIZE, time_slice)
            for logged in batch:
                await time_slice.give_way()
                if logged.concerns(self.event_type) and self._ends_before(logged):
                    return True
                self.position = logged.position
            if len(batch) < BATCH_SIZE:
                return False
        return True

    def _ends_before(self, logged: LoggedEvent) -> bool:
        """Add the event if it is visible; return True if the page ends before it."""
        if isinstance(logged.content, Unreadable):
            if not self.is_resumed:
                self.found.clear()
                return False
            if self.found:
                return True
        effect = self.presence_of(logged.event)
        # `has_next_page` must not reveal events that the viewer cannot see, so only a visible event ends the page.
        if effect is None:
            return False
        if len(self.found) == self.size:
            return True
        self.found.append(VisibleChange(logged, effect))
        return False
