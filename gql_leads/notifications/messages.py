"""The message of a mail, rendered when it is sent; None if the mail has become pointless."""

from collections.abc import Sequence
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final
from urllib.parse import urlsplit

from gql_leads.domain.members import EmailFrequency, Language
from gql_leads.domain.outbox.lead_mails import LANGUAGES, REPORTS, MailKind
from gql_leads.notifications.lead_mail_texts import render_customer_mail, render_lead_mail, render_report
from gql_leads.notifications.mail_texts import RenderedMail, render
from gql_leads.services.app_context import AppContext
from gql_leads.services.notifications.unsubscribing import address_hash, unsubscribe_address
from gql_leads.services.sign_in import links
from gql_leads.services.sign_in.links import LinkPurpose
from gql_leads.store.access import sign_in
from gql_leads.store.access.viewers import viewer_of
from gql_leads.store.models.mails import Mail
from gql_leads.store.models.organization import Member
from gql_leads.store.organization.notification_settings import settings_of
from gql_leads.store.outbox import mail_leads, mails, webhooks
from gql_leads.store.sql.rows import from_millis

REPORTED_FOR: Final = timedelta(days=2)
MOST_REPORTED: Final = 20


async def message_of(app: AppContext, sender: str, together: Sequence[Mail]) -> EmailMessage | None:
    """Return the message of one mail, or of a digest's mails."""
    first = together[0]
    member = None if first.member_id is None else await sign_in.active_member(app.database.reading, first.member_id)
    if first.member_id is not None and member is None:
        return None
    if first.kind in {*LinkPurpose}:
        return await _link_message(app, sender, first, member)
    if first.kind in REPORTS:
        return await _report_message(app, sender, first, member)
    if first.kind == MailKind.CUSTOMER_DECLINED:
        return await _customer_message(app, sender, first)
    return await _lead_message(app, sender, together, member)


async def _link_message(app: AppContext, sender: str, mail: Mail, member: Member | None) -> EmailMessage | None:
    reading = app.database.reading
    link = None if mail.link_id is None else await sign_in.link_by_id(reading, mail.link_id)
    if link is None or member is None or links.why_unusable(app, link) is not None:
        return None
    until = f"{from_millis(link.expires_at):%Y-%m-%d %H:%M}"
    address = await links.address_of(app, reading, link.id)
    rendered = render(LinkPurpose(mail.kind), Language(member.language), name=member.name, link=address, until=until)
    return _message(app, sender, mail, member.name, member.email, rendered)


async def _report_message(app: AppContext, sender: str, mail: Mail, member: Member | None) -> EmailMessage | None:
    kind, reading = MailKind(mail.kind), app.database.reading
    if kind is MailKind.MAILS_FAILED:
        failed = await mails.failed_since(reading, from_millis(mail.created_at) - REPORTED_FOR, MOST_REPORTED)
        lines = [f"{one.kind} of {from_millis(one.created_at):%Y-%m-%d %H:%M} (UTC): {one.error}" for one in failed]
    else:
        lines = [f"{one.url}: {one.problem}" for one in await webhooks.paused(reading, MOST_REPORTED)]
    if member is None or not lines:
        return None
    rendered = render_report(kind, lines, name=member.name)
    return _message(app, sender, mail, member.name, settings_of(member).preferred_email or member.email, rendered)


async def _customer_message(app: AppContext, sender: str, mail: Mail) -> EmailMessage | None:
    found = None if mail.lead_id is None else await mail_leads.for_customer(app.database.reading, mail.lead_id)
    if found is None:
        return None
    lead, name, email = found
    if await mails.opted_out(app.database.reading, [address_hash(email)]):
        return None
    link = unsubscribe_address(app, None, email)
    rendered = render_customer_mail(LANGUAGES.get(lead.country or "", Language.EN), lead, name=name, unsubscribe_link=link)
    return _message(app, sender, mail, name, email, rendered, unsubscribe_link=link)


async def _lead_message(app: AppContext, sender: str, together: Sequence[Mail], member: Member | None) -> EmailMessage | None:
    reading, first = app.database.reading, together[0]
    ids = [mail.lead_id for mail in together if mail.lead_id is not None]
    if member is not None:
        viewer, settings = await viewer_of(reading, member.id), settings_of(member)
        if viewer is None or settings.email_frequency is EmailFrequency.NONE:
            return None
        leads, language, name = await mail_leads.for_member(reading, viewer, ids), settings.language, member.name
        email = settings.preferred_email or member.email
    else:
        if first.address is None or first.partner_id is None or await mails.opted_out(reading, [address_hash(first.address)]):
            return None
        leads, language, name = await mail_leads.for_partner(reading, first.partner_id, ids), Language.EN, ""
        email = first.address
    if not leads:
        return None
    link = unsubscribe_address(app, first.member_id, first.address)
    rendered = render_lead_mail(
        MailKind(first.kind), language, leads, name=name, is_digest=first.is_digest, unsubscribe_link=link, now=app.now()
    )
    return _message(app, sender, first, name, email, rendered, unsubscribe_link=link)


def _message(
    app: AppContext, sender: str, mail: Mail, name: str, email: str, rendered: RenderedMail, *, unsubscribe_link: str | None = None
) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = _recipient(name, email)
    message["Subject"] = _one_line(rendered.subject)
    message["Date"] = format_datetime(from_millis(mail.created_at))
    message["Message-ID"] = f"<{mail.sent_as or mail.id}@{urlsplit(app.public_url).hostname}>"
    message["Auto-Submitted"] = "auto-generated"
    if unsubscribe_link is not None:
        message["List-Unsubscribe"] = f"<{unsubscribe_link}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(rendered.text)
    message.add_alternative(rendered.html, subtype="html")
    return message


def _recipient(name: str, email: str) -> Address | str:
    """Return the recipient with their name, in which nothing can end the header."""
    try:
        return Address(display_name=_one_line(name), addr_spec=email)
    except (ValueError, IndexError):  # an unusual address that exists, such as one with two dots
        return _one_line(email)


def _one_line(text: str) -> str:
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())
