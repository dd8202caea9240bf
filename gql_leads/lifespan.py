"""What one process runs beside the requests: the desk everybody works at, what falls due, and who is calling."""

import asyncio
import contextlib
import logging
import signal
import threading
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from types import FrameType
from typing import Final
from uuid import UUID

from starlette.applications import Starlette
from starlette.datastructures import Headers

from gql_leads.api.resolving.context import Context
from gql_leads.api.resolving.dataloader import DataLoader
from gql_leads.domain import errors
from gql_leads.domain.viewer import Viewer
from gql_leads.events import EventReader
from gql_leads.graphql_server.errors import Unauthenticated
from gql_leads.services import scheduled_jobs
from gql_leads.services.app_context import AppContext
from gql_leads.services.contact_validation import ContactValidator
from gql_leads.services.tokens import Tokens
from gql_leads.settings import Settings
from gql_leads.store.access.viewers import viewer_of, viewers_of
from gql_leads.store.database.database import Database
from gql_leads.store.database.migrate import is_migrated, migrate
from gql_leads.store.database.notifier import Notifier
from gql_leads.store.events.cursor_codec import CursorCodec

logger = logging.getLogger(__name__)

LONGEST_CATCH_UP: Final = 30.0
"""Seconds that what fell due while no server ran may take before this one says it is ready."""
TRIM_EVERY: Final = timedelta(hours=1)
CLOSE_EVERY: Final = 0.1
"""Seconds after which a stopping server closes the streams that were opened meanwhile."""
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Caller:
    """The member behind a good token."""

    viewer: Viewer
    expires_at: datetime

    @property
    def key(self) -> str:
        """What their requests and streams are counted under."""
        return str(self.viewer.member_id)


class Service:
    """What one process runs: the desk everybody works at, and the tasks beside the requests."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        secret = settings.secret_key()
        self._seal = CursorCodec(secret)
        self.tokens = Tokens(secret)
        self._arriving = DataLoader()
        self.close_streams: Callable[[], None] = _nothing
        self.close_telemetry: Callable[[], None] = _nothing
        self._is_migrated = False
        self._desk: AppContext | None = None

    @property
    def app(self) -> AppContext:
        """The desk, while the service runs."""
        if self._desk is None:
            raise errors.Unavailable()
        return self._desk

    @contextlib.asynccontextmanager
    async def running(self, _: Starlette) -> AsyncIterator[None]:
        """Open the database, do what fell due meanwhile, and keep the tasks until the server stops."""
        settings = self._settings
        if settings.auto_migrate:
            await migrate(settings.database_url)
        self._is_migrated = settings.auto_migrate or await is_migrated(settings.database_url)
        database = await Database.open(settings.database_url, statement_timeout=settings.statement_timeout_seconds)
        event_reader = EventReader(database, poll_seconds=settings.poll_seconds)
        doorbell = None if database.dialect == "sqlite" else Notifier(settings.database_url, event_reader.notify)
        self._desk = AppContext(
            database=database,
            rules=settings.rules,
            cursor_codec=self._seal,
            contact_validator=ContactValidator(settings.dns_checks, settings.dns_timeout),
            event_reader=event_reader,
            notify=doorbell.notify if doorbell else event_reader.notify,
            now=self._clock,
            page_size=settings.page_size,
            max_page_size=settings.max_page_size,
            public_url=settings.public_url,
            export_link_lifetime=timedelta(minutes=settings.export_link_minutes),
        )
        tasks: list[asyncio.Task[None]] = []
        try:
            await self._catch_up()
            tasks += [asyncio.create_task(one.run()) for one in (event_reader, doorbell) if one is not None]
            tasks.append(asyncio.create_task(self._work()))
            with _told_of_signals(self.close_streams):
                yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.app.contact_validator.close()
            self._desk = None
            await database.close()
            self.close_telemetry()

    async def is_ready(self) -> bool:
        """Whether the database is there and nothing is pending."""
        if self._desk is None or not await self._desk.database.is_reachable():
            return False
        if not self._is_migrated:
            self._is_migrated = await is_migrated(self._settings.database_url)
        return self._is_migrated

    async def caller_of(self, token: str, _: Headers) -> Caller:
        """The member whom a bearer token speaks for; Unauthenticated where it is not good, or they may not come in."""
        try:
            facts = self.tokens.verify(token, self._clock())
        except errors.Unauthenticated as refused:
            raise Unauthenticated(refused.message) from None
        viewer = await self._viewer(facts.member_id)
        if viewer is None:
            raise Unauthenticated("The member behind this token may not come in.")
        return Caller(viewer, facts.expires_at)

    async def _viewer(self, member_id: UUID) -> Viewer | None:
        """The member as they are now, read together with all others who come in at the same moment."""
        reader = self.app.database.reading
        if reader.dialect == "sqlite":  # which answers before the moment has passed
            return await viewer_of(reader, member_id)
        return await self._arriving.load("viewer", member_id, partial(viewers_of, reader))

    async def revoked(self, callers: Sequence[Caller]) -> Collection[Caller]:
        """Those of the callers whose member was deactivated, lost a role or went to another partner since they came in."""
        try:
            now = await viewers_of(self.app.database.reading, {one.viewer.member_id for one in callers})
        except errors.Unavailable:
            return ()  # They are told nothing new meanwhile, and asked about again.
        return [one for one in callers if not _may_still(one.viewer, now.get(one.viewer.member_id))]

    def context_for(self, caller: Caller | None) -> Context:
        """The context of one operation."""
        return Context(self.app, caller.viewer if caller else None)

    async def _catch_up(self) -> None:
        if not self._is_migrated:
            return
        with contextlib.suppress(TimeoutError, errors.Unavailable):
            async with asyncio.timeout(LONGEST_CATCH_UP):
                await scheduled_jobs.run_due_jobs(self.app)

    async def _work(self) -> None:
        """Do what falls due, again and again, until cancelled."""
        trimmed_at: datetime | None = None
        while True:
            try:
                await scheduled_jobs.run_due_jobs(self.app)
                if trimmed_at is None or self._clock() - trimmed_at >= TRIM_EVERY:
                    await scheduled_jobs.delete_old_records(self.app)
                    trimmed_at = self._clock()
            except errors.Unavailable:
                self.app.database.outage.noticed()
            except Exception:
                logger.exception("What is due could not be done; it is tried again.")
            await asyncio.sleep(self._settings.poll_seconds)


@contextlib.contextmanager
def _told_of_signals(close_streams: Callable[[], None]) -> Iterator[None]:
    """Close streams as soon as the process is told to stop: the server would first wait for them, and end the lifespan afterwards."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def close_again() -> None:
        close_streams()
        loop.call_later(CLOSE_EVERY, close_again)

    def stop(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(close_again)
        handler = handlers[signal.Signals(number)]
        assert callable(handler)
        handler(number, frame)

    for number, handler in handlers.items():
        if callable(handler):
            signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _may_still(before: Viewer, now: Viewer | None) -> bool:
    """Whether a member may do all that they could when they came in; None may not come in any more."""
    return now is not None and before.roles <= now.roles and before.partner_id == now.partner_id


def _nothing() -> None:
    """There are no streams yet."""
