"""The lifespan of a server process: database, background tasks and shutdown."""

import asyncio
import contextlib
import logging
import signal
import threading
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from datetime import datetime, timedelta
from types import FrameType
from typing import Final

from starlette.applications import Starlette

from gql_leads.api.resolving.context import Context
from gql_leads.callers import Caller, Callers
from gql_leads.domain import errors
from gql_leads.events import EventReader
from gql_leads.graphql_server.application import ClientRequest
from gql_leads.notifications.mail_delivery import MailDelivery, MailOptions
from gql_leads.notifications.webhooks.client import WebhookClient
from gql_leads.notifications.webhooks.delivery import WebhookSender
from gql_leads.server.shutdown import STATE_KEY, RequestTasks
from gql_leads.services.app_context import AppContext
from gql_leads.services.contact_validation import ContactValidator
from gql_leads.services.imports.runner import ImportRunner
from gql_leads.services.maintenance import scheduled_jobs
from gql_leads.services.sign_in.credentials import Credentials
from gql_leads.services.sign_in.oidc.identity_provider import IdentityProvider
from gql_leads.settings import Settings
from gql_leads.store.database.database import Database
from gql_leads.store.database.migrate import is_migrated, migrate
from gql_leads.store.database.notifier import Notifier
from gql_leads.store.events.cursor_codec import CursorCodec

logger = logging.getLogger(__name__)

CATCH_UP_TIMEOUT: Final = 30.0
"""Seconds that the jobs which fell due while no server ran may delay readiness."""
TRIM_EVERY: Final = timedelta(hours=1)
CLOSE_EVERY: Final = 0.1
"""Seconds between two rounds in which a stopping server closes streams, because clients may open new ones."""
REFUSAL_SECONDS: Final = 5.0
"""Seconds in which refused operations are answered, before all other requests are cancelled; SQLite may wait 4 s for its lock."""
Clock = Callable[[], datetime]


class ServerProcess:
    """The application context of one server process, and its background tasks."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        secret, *previous = settings.secret_keys()
        self._cursor_codec = CursorCodec(secret, previous)
        self.credentials = Credentials.of(settings.secret_keys(), settings.sign_in_rules)
        rules = settings.claim_rules
        self._identity_provider = None if rules is None else IdentityProvider(rules)
        self.callers = Callers(lambda: self.app, self._identity_provider)
        self.close_streams: Callable[[], None] = _nothing
        self.stop_operations: Callable[[], None] = _nothing
        self._request_tasks = RequestTasks()
        self.webhook_attempts: Counter[str] = Counter()
        self.close_telemetry: Callable[[], None] = _nothing
        self.close_rate_limit_store: Callable[[], Awaitable[None]] | None = None
        self.report_metrics: Callable[[], Coroutine[object, object, None]] | None = None
        self._is_migrated = False
        self._app: AppContext | None = None
        self._event_reader: EventReader | None = None

    @property
    def app(self) -> AppContext:
        """The application context; raise Unavailable while the process starts or stops."""
        if self._app is None:
            raise errors.Unavailable()
        return self._app

    @contextlib.asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[dict[str, object]]:
        """Open the database, run the overdue jobs, and keep the background tasks running until the server stops."""
        settings = self._settings
        if settings.auto_migrate:
            await migrate(settings.connection_url)
        self._is_migrated = settings.auto_migrate or await is_migrated(settings.connection_url)
        database = await Database.open(
            settings.connection_url, direct_url=settings.direct_url, pool_size=settings.database_pool_size,
            statement_timeout=settings.statement_timeout_seconds,
        )  # fmt: skip
        event_reader = self._event_reader = EventReader(database, poll_seconds=settings.poll_seconds)
        notify, reconnected = event_reader.notify, event_reader.reconnected
        notifier = None if settings.direct_url is None else Notifier(settings.direct_url, notify, reconnected)
        self._app = AppContext(
            database=database,
            rules=settings.rules,
            cursor_codec=self._cursor_codec,
            contact_validator=ContactValidator(settings.dns_checks, settings.dns_timeout),
            event_reader=event_reader,
            credentials=self.credentials,
            notify=notifier.notify if notifier else event_reader.notify,
            now=self._clock,
            page_size=settings.page_size,
            max_page_size=settings.max_page_size,
            public_url=settings.public_url,
            export_link_lifetime=timedelta(minutes=settings.export_link_minutes),
            import_limits=settings.import_limits,
            webhook_rules=settings.webhook_rules,
        )
        tasks: list[asyncio.Task[None]] = []
        try:
            await self._catch_up()
            tasks += [asyncio.create_task(task.run()) for task in (event_reader, notifier) if task is not None]
            tasks.append(asyncio.create_task(self._run_jobs()))
            tasks.append(asyncio.create_task(self._send_mails()))
            if self._identity_provider is not None:
                tasks.append(asyncio.create_task(self._identity_provider.run()))
            tasks.append(asyncio.create_task(self._run_imports()))
            tasks.append(asyncio.create_task(self._webhook_sender().run()))
            if self.report_metrics is not None:
                tasks.append(asyncio.create_task(self.report_metrics()))
            with _calling_on_signals(self._drain):
                yield {STATE_KEY: self._request_tasks}
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.app.contact_validator.close()
            self._app = None
            await database.close()
            self.close_telemetry()
            if self.close_rate_limit_store is not None:
                await self.close_rate_limit_store()

    def _drain(self) -> None:
        """Close all streams, and refuse or cancel what still runs when the time to finish has ended.

        Uvicorn waits for streams and requests before it ends the lifespan, so doing this in the lifespan would come too late.
        """
        loop = asyncio.get_running_loop()

        def close_streams() -> None:
            self.close_streams()
            loop.call_later(CLOSE_EVERY, close_streams)

        def cancel_requests() -> None:
            if cancelled := self._request_tasks.cancel():
                logger.warning("%d requests took longer than GQL_LEADS_SHUTDOWN_SECONDS and were cancelled.", cancelled)

        close_streams()
        loop.call_later(self._settings.shutdown_seconds, self.stop_operations)
        loop.call_later(self._settings.shutdown_seconds + REFUSAL_SECONDS, cancel_requests)

    async def find_trouble(self) -> str | None:
        """Return why this process cannot serve everything, for `/readyz`; None if it can."""
        if self._app is None or not await self._app.database.is_reachable():
            return "the database is away or not migrated"
        if not self._is_migrated:
            self._is_migrated = await is_migrated(self._settings.connection_url)
        if not self._is_migrated:
            return "the database is away or not migrated"
        if self._event_reader is None or self._event_reader.is_stuck:
            return "the event log cannot be read"
        return None if await self._app.database.has_space() else "the server has no space left to save changes"

    def context_for(self, caller: Caller | None, client: ClientRequest) -> Context:
        """Return the context of one operation."""
        return Context(
            self.app,
            caller.viewer if caller else None,
            session_id=caller.session_id if caller else None,
            client_address=client.address,
            response_headers=client.response_headers,
        )

    async def _catch_up(self) -> None:
        if not self._is_migrated:
            return
        with contextlib.suppress(TimeoutError, errors.Unavailable):
            async with asyncio.timeout(CATCH_UP_TIMEOUT):
                await scheduled_jobs.run_due_jobs(self.app)

    async def _send_mails(self) -> None:
        """Send due mails at every poll, until cancelled; a slow mail server delays no other job."""
        settings = self._settings
        retry, timeout = timedelta(seconds=settings.mail_retry_seconds), timedelta(seconds=settings.smtp_timeout_seconds)
        delivery = MailDelivery(
            lambda: self.app,
            MailOptions(settings.smtp_url, settings.mails_folder, settings.mail_from, retry, settings.digest_hour, timeout),
        )
        if settings.smtp_url is None:
            place = f"are written as files into {settings.mails_folder}" if settings.mails_folder else "wait"
            logger.info("Mails %s until GQL_LEADS_SMTP_URL names a mail server.", place)
        while True:
            try:
                while await delivery.deliver_due():
                    pass
            except errors.StorageFull:
                pass  # the transaction has logged it
            except errors.Unavailable:
                self.app.database.outage_log.noticed()
            except Exception:
                logger.exception("Sending mails failed; it is tried again.")
            await asyncio.sleep(settings.poll_seconds)

    def _webhook_sender(self) -> WebhookSender:
        client = WebhookClient(self._settings.webhook_rules)
        return WebhookSender(lambda: self.app, client, self._settings.poll_seconds, self.webhook_attempts)

    async def _run_imports(self) -> None:
        """Run waiting imports at every poll, until cancelled; a long one delays no other job."""
        runner = ImportRunner(lambda: self.app)
        tidied_at: datetime | None = None
        while True:
            try:
                while await runner.run_next():
                    tidied_at = None
                if tidied_at is None or self._clock() - tidied_at >= TRIM_EVERY:
                    await runner.tidy()
                    tidied_at = self._clock()
            except errors.StorageFull:
                pass  # the transaction has logged it
            except errors.Unavailable:
                self.app.database.outage_log.noticed()
            except Exception:
                logger.exception("An import failed; it is continued.")
            await asyncio.sleep(self._settings.poll_seconds)

    async def _run_jobs(self) -> None:
        """Run due jobs at every poll and delete old records at intervals, until cancelled."""
        trimmed_at: datetime | None = None
        while True:
            try:
                await scheduled_jobs.run_due_jobs(self.app)
                if trimmed_at is None or self._clock() - trimmed_at >= TRIM_EVERY:
                    await scheduled_jobs.delete_old_records(self.app)
                    trimmed_at = self._clock()
            except errors.StorageFull:
                pass  # the transaction has logged it
            except errors.Unavailable:
                self.app.database.outage_log.noticed()
            except Exception:
                logger.exception("Scheduled jobs failed; they are tried again.")
            await asyncio.sleep(self._settings.poll_seconds)


@contextlib.contextmanager
def _calling_on_signals(callback: Callable[[], None]) -> Iterator[None]:
    """Call back in the event loop at the first SIGINT or SIGTERM, before the handler of uvicorn."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    callbacks = [callback]

    def stop(number: int, frame: FrameType | None) -> None:
        if callbacks:
            loop.call_soon_threadsafe(callbacks.pop())
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


def _nothing() -> None:
    """Do nothing: the default until the application sets the callback."""
