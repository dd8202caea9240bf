"""Mails reach a real SMTP server or a folder, once, whatever fails in between."""

import email
from collections.abc import Iterator, Sequence
from datetime import timedelta
from email.message import Message
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from gql_leads.domain.members import InviteMember, Language
from gql_leads.notifications import mail_delivery
from gql_leads.notifications.mail_delivery import MailDelivery, MailOptions
from gql_leads.services.app_context import AppContext
from gql_leads.services.sign_in import sessions
from gql_leads.services.sign_in.invitations import invite_member
from gql_leads.store.models.mails import Mail
from tests.factories import World
from tests.fixtures import REP, Clock
from tests.ports import reserve_port

SENDER = "Leads <leads@vendor.example>"


class Inbox:
    """Keeps what an SMTP server accepts; refuses recipients of some domains."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.refused = ""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if self.refused and address.endswith(self.refused):
            return "550 no such recipient"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.messages.append(email.message_from_bytes(envelope.content, policy=default))
        return "250 OK"


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def smtp_url(inbox: Inbox) -> Iterator[str]:
    port, holder = reserve_port()
    holder.close()
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield f"smtp://127.0.0.1:{port}"
    controller.stop()


def delivery_to(app: AppContext, smtp_url: str | None = None, folder: Path | None = None) -> MailDelivery:
    return MailDelivery(lambda: app, MailOptions(smtp_url, folder, SENDER, timedelta(seconds=60)))


async def invite(app: AppContext, world: World, name: str = "Nina New", *, number: int = 0, language: Language = Language.EN) -> None:
    await invite_member(app, world.referrals, InviteMember(name=name, email=f"nina{number}@acme.example", roles=(REP,), language=language))


async def states(app: AppContext) -> list[tuple[bool, bool, int]]:
    """Return for each mail whether it was sent, whether it is given up, and the failed attempts."""
    rows = await app.database.reading.fetch("SELECT sent_at, failed_at, attempts FROM mail ORDER BY id")
    return [(row["sent_at"] is not None, row["failed_at"] is not None, row["attempts"]) for row in rows]


async def test_invitation_is_sent_once_in_the_members_language(app: AppContext, world: World, inbox: Inbox, smtp_url: str) -> None:
    await invite(app, world, 'Nina <b>"New"</b>', language=Language.FR)
    delivery = delivery_to(app, smtp_url)
    assert await delivery.deliver_due()
    assert not await delivery.deliver_due()
    (message,) = inbox.messages
    assert (message["From"], message["Subject"]) == (SENDER, "Votre invitation")
    assert "<nina0@acme.example>" in str(message["To"])
    text, html = (part.get_content() for part in message.iter_parts())  # type: ignore[attr-defined]
    link = next(line for line in text.splitlines() if line.startswith("http"))
    assert link in html
    assert "&lt;b&gt;" in html
    session = await sessions.set_password(app, link.partition("token=")[2], "correct horse battery", "here")
    assert session.access_token


async def test_server_that_is_down_gets_the_same_mail_later(
    app: AppContext, world: World, clock: Clock, inbox: Inbox, smtp_url: str
) -> None:
    port, holder = reserve_port()
    holder.close()
    await invite(app, world)
    down, up = delivery_to(app, f"smtp://127.0.0.1:{port}"), delivery_to(app, smtp_url)
    for seconds in (60, 120, 240):
        assert await down.deliver_due()
        clock.advance(seconds=seconds - 1)
        assert not await up.deliver_due()
        clock.advance(seconds=1)
    assert await up.deliver_due()
    assert len(inbox.messages) == 1
    assert await states(app) == [(True, False, 3)]


async def test_mail_is_given_up_after_two_days(app: AppContext, world: World, clock: Clock, inbox: Inbox, smtp_url: str) -> None:
    inbox.refused = "acme.example"
    await invite(app, world)
    delivery = delivery_to(app, smtp_url)
    for _ in range(100):
        await delivery.deliver_due()
        clock.advance(hours=1)
    ((sent, failed, attempts), (reported, _, _)) = await states(app)
    assert (sent, failed) == (False, True)
    assert 40 < attempts < 60
    assert reported
    (report,) = inbox.messages
    assert report["Subject"] == "Mails could not be delivered"
    assert "INVITATION" in report.get_body(("plain",)).get_content()  # type: ignore[attr-defined]


async def test_two_servers_share_the_mails_and_a_crash_gives_them_back(
    app: AppContext, world: World, clock: Clock, inbox: Inbox, smtp_url: str
) -> None:
    for number in range(5):
        await invite(app, world, number=number)
    broken = delivery_to(app, smtp_url)
    broken._deliver = nothing  # type: ignore[assignment, method-assign]  # dies after it took the mails
    assert await broken.deliver_due()
    assert not await delivery_to(app, smtp_url).deliver_due()
    clock.advance(minutes=2, seconds=1)
    one, other = delivery_to(app, smtp_url), delivery_to(app, smtp_url)
    while await one.deliver_due() or await other.deliver_due():
        pass
    assert len({message["Message-ID"] for message in inbox.messages}) == len(inbox.messages) == 5


async def test_mails_behind_a_slow_one_are_sent_by_one_server(
    app: AppContext, world: World, clock: Clock, inbox: Inbox, smtp_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail_delivery, "AT_ONCE", 1)
    for number in range(6):
        await invite(app, world, number=number)
    slow, other = delivery_to(app, smtp_url), delivery_to(app, smtp_url)
    deliver = slow._deliver

    async def deliver_slowly(app: AppContext, together: Sequence[Mail]) -> None:
        """Send a mail in 50 s; in the middle another server looks for mails."""
        clock.advance(seconds=25)
        await other.deliver_due()
        clock.advance(seconds=25)
        await deliver(app, together)

    slow._deliver = deliver_slowly  # type: ignore[method-assign]
    while await slow.deliver_due():
        pass
    assert len({message["Message-ID"] for message in inbox.messages}) == len(inbox.messages) == 6


async def nothing(app: AppContext, mail: Any) -> None:
    """Deliver nothing."""


async def test_without_a_mail_server_mails_are_files_and_void_links_are_not_sent(app: AppContext, world: World, tmp_path: Path) -> None:
    await invite(app, world)
    await invite(app, world)  # makes the first link void
    assert await delivery_to(app, folder=tmp_path / "mails").deliver_due()
    (file,) = (tmp_path / "mails").iterdir()
    message = email.message_from_bytes(file.read_bytes(), policy=default)
    assert (file.suffix, message["Subject"]) == (".eml", "Your invitation")
    assert await delivery_to(app).deliver_due() is False
