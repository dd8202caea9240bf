"""Delivery of mails: taken by one server with a lease, rendered when sent, and tried again with growing pauses.

A server that dies between SMTP's acceptance and its own record sends the mail again, with the same Message-ID.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib

from gql_leads.domain.outbox.lead_mails import REPORTS, MailKind
from gql_leads.notifications.lead_mails import address_request
from gql_leads.notifications.messages import message_of
from gql_leads.services.app_context import AppContext
from gql_leads.services.notifications.reports import report_to_administrators
from gql_leads.store.models.mails import Mail
from gql_leads.store.outbox import mails
from gql_leads.store.sql.rows import from_millis

logger = logging.getLogger(__name__)

LEASE_FACTOR: Final = 1.5
"""Multiple of the timeout of one mail for which mails are leased."""
AT_ONCE: Final = 4
"""Number of mails that a server sends at the same time."""
GIVEN_UP_AFTER: Final = timedelta(days=2)
WAIT_FOR_DIGEST: Final = timedelta(days=1)
LONGEST_PAUSE: Final = timedelta(hours=1)
BATCH: Final = 20


@dataclass(frozen=True, slots=True)
class MailOptions:
    """Where mails go: to an SMTP server, or as `.eml` files into a folder; with neither they wait."""

    smtp_url: str | None
    folder: Path | None
    sender: str
    retry: timedelta
    digest_hour: int = 8
    timeout: timedelta = timedelta(seconds=60)
    """The longest time that the SMTP server may take for one mail."""

    @property
    def lease(self) -> timedelta:
        """The time for which a server takes mails; it is extended before one of them is sent late."""
        return self.timeout * LEASE_FACTOR


class MailDelivery:
    """Sends the mails that are due."""

    def __init__(self, app_of: Callable[[], AppContext], options: MailOptions) -> None:
        self._app_of = app_of
        self._options = options

    async def deliver_due(self) -> bool:
        """Remove a batch of erased mails and send a batch of due ones; return whether there were any."""
        app = self._app_of()
        erased = await self._remove_erased(app)
        if self._options.smtp_url is None and self._options.folder is None:
            return erased
        async with app.database.transaction() as connection:
            leased_until = app.now() + self._options.lease
            taken = await mails.take_due(connection, app.now(), leased_until, BATCH)
        for together in taken:
            if together[0].is_request:
                await address_request(app, together[0], self._options.digest_hour)
        slots = asyncio.Semaphore(AT_ONCE)

        async def deliver(together: Sequence[Mail]) -> None:
            async with slots:
                if await self._keep_lease(app, together, leased_until):
                    await self._deliver(app, together)

        sending = [deliver(together) for together in taken if not together[0].is_request]
        for failure in await asyncio.gather(*sending, return_exceptions=True):
            if failure is not None:
                raise failure
        return bool(taken) or erased

    async def _keep_lease(self, app: AppContext, together: Sequence[Mail], leased_until: datetime) -> bool:
        """Extend the lease of mails if it may end while they are sent; return False if another server has taken them."""
        if app.now() + self._options.timeout < leased_until:
            return True
        async with app.database.transaction() as connection:
            return await mails.extend_lease(connection, [mail.id for mail in together], leased_until, app.now() + self._options.lease)

    async def _deliver(self, app: AppContext, together: Sequence[Mail]) -> None:
        message = await message_of(app, self._options.sender, together)
        if message is None:
            await self._record(app, together, error=None)
            return
        try:
            await self._send(message, _filename(together[0]))
        except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
            await self._record(app, together, error=f"{type(error).__name__}: {error}"[:500])
        else:
            await self._record(app, together, error=None)

    async def _record(self, app: AppContext, together: Sequence[Mail], error: str | None) -> None:
        """Record that mails were sent, or when they are tried again."""
        now, first, ids, is_erased = app.now(), together[0], [mail.id for mail in together], False
        is_over = now - from_millis(first.created_at) >= GIVEN_UP_AFTER + (WAIT_FOR_DIGEST if first.is_digest else timedelta())
        pause = min(self._options.retry * 2 ** min(first.attempts, 20), LONGEST_PAUSE)
        async with app.database.transaction() as connection:
            if error is None:
                is_erased = await mails.record_sent(connection, ids, now) < len(ids)
            elif is_over:
                await mails.record_failed(connection, ids, now, error)
                if first.kind not in REPORTS:  # a report of a report would have no end
                    await report_to_administrators(connection, MailKind.MAILS_FAILED, now)
            else:
                await mails.record_retry(connection, ids, now + pause, error)
        if is_erased and (folder := self._options.folder) is not None:
            await asyncio.to_thread(_remove, folder, [_filename(first)])  # written after the erasure removed the file
        if error is not None:
            log = logger.error if is_over else logger.warning
            log("Mail %s was not sent%s: %s", first.id, " and is given up" if is_over else "; it is tried again", error)

    async def _remove_erased(self, app: AppContext) -> bool:
        """Remove the files of some mails about erased leads, then the mails; return whether there were any."""
        erased = await mails.take_erased(app.database.reading, BATCH)
        if not erased:
            return False
        if (folder := self._options.folder) is not None:
            await asyncio.to_thread(_remove, folder, sorted({_filename(mail) for mail in erased}))
        async with app.database.transaction() as connection:
            await mails.delete_mails(connection, [mail.id for mail in erased])
        return True

    async def _send(self, message: EmailMessage, filename: str) -> None:
        if self._options.smtp_url is None:
            assert self._options.folder is not None, "there is one or the other"
            await asyncio.to_thread(_write, self._options.folder, filename, message.as_bytes(policy=SMTP))
            return
        parts = urlsplit(self._options.smtp_url)
        async with asyncio.timeout(self._options.timeout.total_seconds()):
            await aiosmtplib.send(
                message,
                hostname=parts.hostname,
                port=parts.port,
                username=unquote(parts.username) if parts.username else None,
                password=unquote(parts.password) if parts.password else None,
                use_tls=parts.scheme == "smtps",
                timeout=None,
            )


def _filename(mail: Mail) -> str:
    return f"{mail.sent_as or mail.id}.eml"


def _remove(folder: Path, filenames: Sequence[str]) -> None:
    for filename in filenames:
        (folder / filename).unlink(missing_ok=True)


def _write(folder: Path, filename: str, content: bytes) -> None:
    """Write a file that appears whole."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # the mails hold one-time links
    temporary = folder / f".{filename}"
    temporary.write_bytes(content)
    temporary.replace(folder / filename)
