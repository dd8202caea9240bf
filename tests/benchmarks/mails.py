"""Compare mails about leads per second with a bare SMTP client, which sends prepared mails to the same SMTP server."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Final

import aiosmtplib

from gql_leads.domain.leads.lead import LeadType
from gql_leads.notifications.mail_delivery import AT_ONCE
from tests.benchmarks.processes import service
from tests.benchmarks.table import Comparison
from tests.fixtures import Clock, build_lead, make_partner, open_app_context
from tests.ports import reserve_port
from tests.smtp_server import AcceptedMail, MailServer

MAILS: Final = 400
TIMEOUT_SECONDS: Final = 300.0


def measure(url: str, folder: Path) -> Iterator[Comparison]:
    """Yield one comparison: from the first accepted mail to the last, addressing and rendering included."""
    asyncio.run(_add_leads(url))
    port, holder = reserve_port()
    holder.close()
    mail_server = MailServer(port, folder / "accepted")
    mail_server.start()
    try:
        with service(url, folder, smtp_url=f"smtp://127.0.0.1:{port}", poll_seconds="0.2"):
            ends = time.monotonic() + TIMEOUT_SECONDS
            while len(mail_server.accepted()) < MAILS:
                assert time.monotonic() < ends, f"Only {len(mail_server.accepted())} mails were sent"
                time.sleep(0.2)
        asyncio.run(_send_prepared(port))
        accepted = mail_server.accepted()
    finally:
        mail_server.stop()
    ours, bare = _rate(accepted[:MAILS]), _rate(accepted[MAILS:])
    yield Comparison("Mails about leads", f"per second; baseline aiosmtplib, {AT_ONCE} at once", f"{ours:.0f}", f"{bare:.0f}", ours / bare)


def _rate(accepted: Sequence[AcceptedMail]) -> float:
    return (len(accepted) - 1) / (accepted[-1].at - accepted[0].at)


async def _add_leads(url: str) -> None:
    """Add leads of which each is mailed to a contact of its own."""
    async with open_app_context(url, Clock(datetime.now(UTC))) as app:
        partner_id = await make_partner(app, "Partner of the mails")
        leads = [
            await build_lead(app, partner=partner_id, type=LeadType.SALES_QUALIFIED, recipient_email=f"contact{number}@people.example")
            for number in range(MAILS)
        ]
        async with app.unit_of_work(None) as uow:
            for lead in leads:
                await uow.insert(lead, "vendor")


async def _send_prepared(port: int) -> None:
    """Send as many mails of about the same size."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def send(number: int) -> None:
        message = EmailMessage()
        message["From"], message["To"] = "leads@vendor.example", f"contact{number}@people.example"
        message["Subject"], message["Message-ID"] = "New lead", f"<{number}@vendor.example>"
        message.set_content("A lead. " * 100)
        message.add_alternative("<p>A lead.</p>" * 150, subtype="html")
        async with slots:
            await aiosmtplib.send(message, hostname="127.0.0.1", port=port)

    await asyncio.gather(*map(send, range(MAILS)))
