"""Where everybody works: what every service needs, and the one way to change something."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from gql_leads.domain.rules import Rules
from gql_leads.domain.viewer import Viewer
from gql_leads.services.contact_validation import ContactValidator
from gql_leads.store.database.database import Database
from gql_leads.store.events.cursor_codec import CursorCodec
from gql_leads.store.events.event_log import EventCursors, Logged, Position
from gql_leads.store.leads.lists import LeadReader
from gql_leads.store.unit_of_work import UnitOfWork


class EventReader(Protocol):
    """The event log, live: `feed.Feed` is the one that serves."""

    @property
    def reached(self) -> Position:
        """The position up to which everything was read."""

    def follow(self, after: Position | None = None) -> AsyncIterator[Logged]:
        """Every event behind the position, then whatever comes, in order and without end; from now on where None is given."""

    def replay(self, after: Position, until: Position) -> AsyncIterator[Logged]:
        """Every event behind a position up to another one that was reached, and then the end."""


def system_clock() -> datetime:
    """Now, in whole milliseconds of UTC."""
    now = datetime.now(UTC)
    return now - timedelta(microseconds=now.microsecond % 1000)


@dataclass(frozen=True, kw_only=True)
class AppContext:
    """The database, the rules and figures, the clock, and the live event log."""

    database: Database
    rules: Rules
    cursor_codec: CursorCodec
    contact_validator: ContactValidator
    event_reader: EventReader
    notify: Callable[[], None]
    """Tells every server that tails the log that something was committed."""
    now: Callable[[], datetime] = system_clock
    page_size: int = 50
    max_page_size: int = 200
    public_url: str = "http://127.0.0.1:8000"
    export_link_lifetime: timedelta = timedelta(minutes=15)

    @property
    def cursors(self) -> EventCursors:
        """Positions of the event log as clients carry them."""
        return EventCursors(self.cursor_codec)

    def reader(self, viewer: Viewer) -> LeadReader:
        """The viewer's way to read leads, now."""
        return LeadReader(self.database.reading, viewer, self.now(), self.rules)

    @asynccontextmanager
    async def unit_of_work(self, viewer: Viewer | None) -> AsyncIterator[UnitOfWork]:
        """One transaction: left normally, it writes history and events, commits and rings; any exception undoes all of it."""
        async with self.database.transaction() as connection:
            uow = UnitOfWork(connection, viewer, self.now(), self.rules)
            yield uow
            written = await uow.write()
        if written:
            self.notify()
