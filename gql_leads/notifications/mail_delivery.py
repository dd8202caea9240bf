"""Delivery of mails: taken by one server with a lease, rendered when sent, and tried again with growing pauses.

A server that dies between SMTP's acceptance and its own record sends the mail again, with the same Message-ID.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib

from gql_leads.domain.members import Language
from gql_leads.notifications.mail_texts import render
from gql_leads.services.app_context import AppContext
from gql_leads.services.sign_in import links
from gql_leads.services.sign_in.links import LinkPurpose
from gql_leads.store.access import sign_in
from gql_leads.store.models.mails import Mail
from gql_leads.store.outbox import mails
from gql_leads.store.sql.rows import from_millis

logger = logging.getLogger(__name__)

LEASE: Final = timedelta(minutes=2)
TIMEOUT: Final = 60.0
GIVEN_UP_AFTER: Final = timedelta(days=2)
LONGEST_PAUSE: Final = timedelta(hours=1)
BATCH: Final = 20


@dataclass(frozen=True, slots=True)
class MailOptions:
    """Where mails go: to an SMTP server, or as `.eml` files into a folder; with neither they wait."""

    smtp_url: str | None
    folder: Path | None
    sender: str
    retry: timedelta


class MailDelivery:
    """Sends the mails that are due."""

    def __init__(self, app_of: Callable[[], AppContext], options: MailOptions) -> None:
        self._app_of = app_of
        self._options = options

    async def deliver_due(self) -> bool:
        """Send a batch of due mails; return whether there were any."""
        if self._options.smtp_url is None and self._options.folder is None:
            return False
        app = self._app_of()
        async with app.database.transaction() as connection:
            taken = await mails.take_due(connection, app.now(), app.now() + LEASE, BATCH)
        for mail in taken:
            await self._deliver(app, mail)
        return bool(taken)

    async def _deliver(self, app: AppContext, mail: Mail) -> None:
        message = await _message(app, mail, self._options.sender)
        if message is None:  # its link was used or replaced, or its member deactivated
            await self._record(app, mail, error=None)
            return
        try:
            await self._send(message, f"{mail.id}.eml")
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            await self._record(app, mail, error=f"{type(error).__name__}: {error}"[:500])
        else:
            await self._record(app, mail, error=None)

    async def _record(self, app: AppContext, mail: Mail, error: str | None) -> None:
        """Record that a mail was sent, or when it is tried again."""
        now = app.now()
        is_over = now - from_millis(mail.created_at) >= GIVEN_UP_AFTER
        pause = min(self._options.retry * 2 ** min(mail.attempts, 20), LONGEST_PAUSE)
        async with app.database.transaction() as connection:
            if error is None:
                await mails.record_sent(connection, mail.id, now)
            elif is_over:
                await mails.record_failed(connection, mail.id, now, error)
            else:
                await mails.record_retry(connection, mail.id, now + pause, error)
        if error is not None:
            log = logger.error if is_over else logger.warning
            log("Mail %s was not sent%s: %s", mail.id, " and is given up" if is_over else "; it is tried again", error)

    async def _send(self, message: EmailMessage, filename: str) -> None:
        if self._options.smtp_url is None:
            assert self._options.folder is not None, "there is one or the other"
            await asyncio.to_thread(_write, self._options.folder, filename, message.as_bytes(policy=SMTP))
            return
        parts = urlsplit(self._options.smtp_url)
        await aiosmtplib.send(
            message,
            hostname=parts.hostname,
            port=parts.port,
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            use_tls=parts.scheme == "smtps",
            timeout=TIMEOUT,
        )


async def _message(app: AppContext, mail: Mail, sender: str) -> EmailMessage | None:
    """Return the mail as it is rendered now; None if it has become pointless."""
    reading = app.database.reading
    link = None if mail.link_id is None else await sign_in.link_by_id(reading, mail.link_id)
    member = None if mail.member_id is None else await sign_in.active_member(reading, mail.member_id)
    if link is None or member is None or links.why_unusable(app, link) is not None:
        return None
    until = f"{from_millis(link.expires_at):%Y-%m-%d %H:%M}"
    address = await links.address_of(app, reading, link.id)
    rendered = render(LinkPurpose(mail.kind), Language(member.language), name=member.name, link=address, until=until)
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = formataddr((member.name, member.email))
    message["Subject"] = rendered.subject
    message["Date"] = format_datetime(from_millis(mail.created_at))
    message["Message-ID"] = f"<{mail.id}@{urlsplit(app.public_url).hostname}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(rendered.text)
    message.add_alternative(rendered.html, subtype="html")
    return message


def _write(folder: Path, filename: str, content: bytes) -> None:
    """Write a file that appears whole."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # the mails hold one-time links
    temporary = folder / f".{filename}"
    temporary.write_bytes(content)
    temporary.replace(folder / filename)
