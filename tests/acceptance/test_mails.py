"""Mails reach a real SMTP server that is down, slow, refuses an address and crashes, from servers of which one is killed."""

import asyncio
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from gql_leads.domain.leads.lead import LeadType
from gql_leads.domain.members import EmailFrequency
from gql_leads.store.models.mails import Mail
from gql_leads.store.models.organization import Member
from tests.acceptance.server import Installation, Server
from tests.acceptance.waiting import wait_until
from tests.fixtures import Clock, build_lead, open_app_context
from tests.ports import reserve_port
from tests.smtp_server import MailServer

LEADS: Final = 500
CRASHES_AT: Final = 150
KILLED_AT: Final = 300


async def make_leads(url: str) -> None:
    """Give a partner leads whose mails go to its referral admin, one of them to an address that the mail server refuses."""
    async with open_app_context(url, Clock(datetime.now(UTC))) as app:
        connection = app.database.writing.client
        admin = await Member.get(using_db=connection, email="referrals@acme.example")
        await Member.filter(id=admin.id).using_db(connection).update(email_frequency=EmailFrequency.IMMEDIATE)
        assert admin.partner_id is not None
        leads = [await build_lead(app, partner=admin.partner_id, type=LeadType.OFFER) for _ in range(LEADS)]
        refused = await build_lead(app, partner=admin.partner_id, type=LeadType.SALES_QUALIFIED, recipient_email="nobody@refused.example")
        async with app.unit_of_work(None) as uow:
            for lead in [refused, *leads]:
                await uow.insert(lead, "vendor")


async def unsent(url: str) -> list[tuple[str | None, bool]]:
    """Return address and whether there was an error of each mail that is not sent."""
    async with open_app_context(url) as app:
        waiting = await Mail.filter(sent_at=None).using_db(app.database.writing.client)
        return [(mail.address, mail.error is not None and "550" in mail.error) for mail in waiting]


@pytest.fixture
def mail_server(tmp_path: Path) -> MailServer:
    port, holder = reserve_port()
    holder.close()
    return MailServer(port, tmp_path / "accepted", delay=0.01, crashes_at=CRASHES_AT)


def test_every_mail_arrives_and_none_twice_but_where_an_answer_was_cut(with_organization: Installation, mail_server: MailServer) -> None:
    url = with_organization.database_url
    asyncio.run(make_leads(url))
    settings = {"smtp_url": f"smtp://127.0.0.1:{mail_server.port}", "mail_retry_seconds": "1", "smtp_timeout_seconds": "10"}

    def launch() -> Server:
        server = with_organization.launch(poll_seconds="0.2", **settings)
        server.wait_until_ready()
        return server

    servers = [launch() for _ in range(1 if url.startswith("sqlite") else 2)]
    try:
        wait_until(lambda: any("it is tried again" in server.log for server in servers), lambda: "no server tried while none listened")
        mail_server.start()
        wait_until(mail_server.has_crashed, lambda: f"the mail server accepted {len(mail_server.accepted())}, and not {CRASHES_AT}")
        mail_server.start()
        wait_until(lambda: len(mail_server.accepted()) >= KILLED_AT, lambda: f"only {len(mail_server.accepted())} mails arrived")
        servers[0].kill()
        servers[0] = launch()
        wait_until(
            lambda: len({mail.message_id for mail in mail_server.accepted()}) >= LEADS,
            lambda: f"only {len(mail_server.accepted())} mails arrived",
        )
        wait_until(lambda: asyncio.run(unsent(url)) == [("nobody@refused.example", True)], lambda: str(asyncio.run(unsent(url))))
    finally:
        for server in servers:
            server.kill()
        mail_server.stop()
    accepted = Counter(mail.message_id for mail in mail_server.accepted())
    assert len(accepted) == LEADS
    # At each of the two crashes, a server sends four mails at most whose answers are lost.
    cut = 4 * (len(servers) + 1)
    assert sum(accepted.values()) <= LEADS + cut, accepted.most_common(20)
    assert all("Traceback" not in server.log for server in servers)
