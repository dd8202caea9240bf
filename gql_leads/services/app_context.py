"""The context passed to every service: database, rules, clock, settings, and units of work."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from gql_leads.domain.imports.limits import DEFAULT_LIMITS, ImportLimits
from gql_leads.domain.outbox.webhooks import DEFAULT_RULES, WebhookRules
from gql_leads.domain.rules import Rules
from gql_leads.domain.viewer import Viewer
from gql_leads.services.contact_validation import ContactValidator
from gql_leads.services.sign_in.credentials import Credentials
from gql_leads.store.database.database import Database
from gql_leads.store.events.cursor_codec import CursorCodec
from gql_leads.store.events.event_log import EventCursors, LoggedEvent, Position
from gql_leads.store.leads.lists import LeadReader
from gql_leads.store.unit_of_work import UnitOfWork


class EventReader(Protocol):
    """Read access to the live event log; `gql_leads.events` implements it."""

    @property
    def head(self) -> Position:
        """Return the position up to which all events were read."""

    def follow(self, after: Position | None = None) -> AsyncIterator[LoggedEvent]:
        """Yield every event after the position (None: from now on), in order and without end."""

    def replay(self, after: Position, until: Position) -> AsyncIterator[LoggedEvent]:
        """Yield the events after one position up to another one that was already reached."""


def system_clock() -> datetime:
    """Return the current UTC time in whole milliseconds."""
    now = datetime.now(UTC)
    return now - timedelta(microseconds=now.microsecond % 1000)


@dataclass(frozen=True, kw_only=True)
class AppContext:
    """Everything a service needs from outside: it is created once per process."""

    database: Database
    rules: Rules
    cursor_codec: CursorCodec
    contact_validator: ContactValidator
    event_reader: EventReader
    credentials: Credentials
    notify: Callable[[], None]
    """Called after a commit: wakes every server that follows the event log."""
    now: Callable[[], datetime] = system_clock
    page_size: int = 50
    max_page_size: int = 200
    public_url: str = "http://127.0.0.1:8000"
    export_link_lifetime: timedelta = timedelta(minutes=15)
    import_limits: ImportLimits = DEFAULT_LIMITS
    webhook_rules: WebhookRules = DEFAULT_RULES

    @property
    def cursors(self) -> EventCursors:
        """Return the codec between event log positions and the cursors that clients get."""
        return EventCursors(self.cursor_codec)

    def reader(self, viewer: Viewer) -> LeadReader:
        """Return the viewer's read access to leads at the current time."""
        return LeadReader(self.database.reading, viewer, self.now(), self.rules)

    @asynccontextmanager
    async def unit_of_work(self, viewer: Viewer | None) -> AsyncIterator[UnitOfWork]:
        """Open one transaction by the viewer (None: the service itself).

        Leaving the block writes history and events, commits, then notifies; an exception rolls everything back.
        """
        async with self.database.transaction() as connection:
            uow = UnitOfWork(connection, viewer, self.now(), self.rules)
            yield uow
            written = await uow.flush()
        if written:
            self.notify()
