"""`gql-leads mail`: see what mails look like, and send waiting digests."""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

import typer

from gql_leads.cli.app_context import open_app_context
from gql_leads.domain.leads.lead import CloseReason
from gql_leads.domain.members import Language
from gql_leads.domain.outbox.lead_mails import MailKind
from gql_leads.notifications.lead_mail_texts import render_customer_mail, render_lead_mail, render_report
from gql_leads.notifications.mail_texts import RenderedMail, render
from gql_leads.services.sign_in.links import LinkPurpose
from gql_leads.settings import Settings, load_settings
from gql_leads.store.outbox import mails
from gql_leads.store.outbox.mail_leads import MailedLead

mail = typer.Typer(help="See what mails look like, and send waiting digests.", no_args_is_help=True)


class PreviewKind(StrEnum):
    """The kinds of mails that can be looked at."""

    INVITATION = "INVITATION"
    PASSWORD = "PASSWORD"
    NEW_LEAD = "NEW_LEAD"
    HOT_LEAD = "HOT_LEAD"
    LEAD_DECLINED = "LEAD_DECLINED"
    LEAD_EXPIRED = "LEAD_EXPIRED"
    DIGEST = "DIGEST"
    CUSTOMER_DECLINED = "CUSTOMER_DECLINED"
    MAILS_FAILED = "MAILS_FAILED"
    WEBHOOKS_PAUSED = "WEBHOOKS_PAUSED"


LINK: Final = "https://leads.example.com/example-link"
NAME: Final = "Ada Byron"
REPORTED: Final = {
    PreviewKind.MAILS_FAILED: "NEW_LEAD of 2026-11-19 08:00 (UTC): SMTPRecipientsRefused: 550 no such recipient",
    PreviewKind.WEBHOOKS_PAUSED: "https://crm.example.com/leads: All deliveries failed for a day.",
}


@mail.command("preview")
def preview(
    kind: Annotated[PreviewKind, typer.Argument(help="The kind of mail.", case_sensitive=False)],
    language: Annotated[Language, typer.Option(help="The recipient's language.", case_sensitive=False)] = Language.EN,
) -> None:
    """Write the HTML of a mail with made-up facts to standard output."""
    print(_rendered(kind, language).html, end="")


def _rendered(kind: PreviewKind, language: Language) -> RenderedMail:
    now = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
    if kind in {PreviewKind.INVITATION, PreviewKind.PASSWORD}:
        return render(LinkPurpose(kind.value), language, name=NAME, link=LINK, until="2026-11-24 09:00")
    if kind in REPORTED:
        return render_report(MailKind(kind.value), [REPORTED[kind]], name=NAME)
    leads = [
        MailedLead(
            UUID(int=number), f"L-ABCDE{number}", company, "Ledger", country, "Acme Cloud", now + timedelta(days=14), CloseReason.OTHER
        )
        for number, (company, country) in enumerate([("Kilo LLC", "US"), ("Boulangerie Lumière", "FR")], start=2)
    ]  # fmt: skip
    if kind is PreviewKind.CUSTOMER_DECLINED:
        return render_customer_mail(language, leads[0], name=NAME, unsubscribe_link=LINK)
    is_digest = kind is PreviewKind.DIGEST
    mail_kind = MailKind.NEW_LEAD if is_digest else MailKind(kind.value)
    shown = leads if is_digest else leads[:1]
    return render_lead_mail(mail_kind, language, shown, name=NAME, is_digest=is_digest, unsubscribe_link=LINK, now=now)


@mail.command("send-digests")
def send_digests() -> None:
    """Send the digests that wait now, not at GQL_LEADS_DIGEST_HOUR; a running server sends them within seconds."""
    waiting = asyncio.run(_hasten(load_settings(os.environ)))
    print(f"Mails in digests that are due now: {waiting}")


async def _hasten(settings: Settings) -> int:
    async with open_app_context(settings) as app, app.database.transaction() as connection:
        return await mails.hasten_digests(connection, app.now())
