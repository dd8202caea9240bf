"""The texts of mails about leads in each language, rendered as plain text and HTML."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from gql_leads.domain.members import Language
from gql_leads.domain.outbox.lead_mails import MailKind
from gql_leads.notifications.mail_texts import RenderedMail
from gql_leads.store.outbox.mail_leads import MailedLead

K, EN, FR, CS, PL = MailKind, Language.EN, Language.FR, Language.CS, Language.PL


@dataclass(frozen=True, slots=True)
class LeadText:
    """The subject and first sentence of a mail; `{what}`, `{count}` and `{offer}` are filled in."""

    subject: str
    body: str


TEXTS: Final[dict[MailKind, dict[Language, LeadText]]] = {
    K.NEW_LEAD: {
        EN: LeadText("New lead: {what}", "A new lead waits for your answer."),
        FR: LeadText("Nouveau prospect : {what}", "Un nouveau prospect attend votre réponse."),
        CS: LeadText("Nová poptávka: {what}", "Nová poptávka čeká na vaši odpověď."),
        PL: LeadText("Nowy lead: {what}", "Nowy lead czeka na odpowiedź."),
    },
    K.HOT_LEAD: {
        EN: LeadText("Hot lead: {what}", "The customer asks to be contacted soon."),
        FR: LeadText("Prospect urgent : {what}", "Le client souhaite être contacté rapidement."),
        CS: LeadText("Naléhavá poptávka: {what}", "Zákazník žádá o rychlý kontakt."),
        PL: LeadText("Pilny lead: {what}", "Klient prosi o szybki kontakt."),
    },
    K.LEAD_DECLINED: {
        EN: LeadText("Lead declined: {what}", "The partner has declined this lead."),
        FR: LeadText("Prospect refusé : {what}", "Le partenaire a refusé ce prospect."),
        CS: LeadText("Odmítnutá poptávka: {what}", "Partner tuto poptávku odmítl."),
        PL: LeadText("Odrzucony lead: {what}", "Partner odrzucił ten lead."),
    },
    K.LEAD_EXPIRED: {
        EN: LeadText("Lead expired: {what}", "Nobody answered this lead in time."),
        FR: LeadText("Prospect expiré : {what}", "Personne n'a répondu à ce prospect à temps."),
        CS: LeadText("Poptávka vypršela: {what}", "Na tuto poptávku nikdo včas neodpověděl."),
        PL: LeadText("Lead wygasł: {what}", "Nikt nie odpowiedział na ten lead w terminie."),
    },
}
DIGEST: Final = {
    EN: LeadText("Leads of the day: {count}", "These leads are new or have ended:"),
    FR: LeadText("Prospects du jour : {count}", "Ces prospects sont nouveaux ou terminés :"),
    CS: LeadText("Poptávky dne: {count}", "Tyto poptávky jsou nové nebo ukončené:"),
    PL: LeadText("Leady dnia: {count}", "Te leady są nowe albo zakończone:"),
}
CUSTOMER: Final = {
    EN: LeadText(
        "Your request about {offer}",
        "Thank you for your interest in {offer}. The partner whom you asked cannot take on your request. You are welcome to choose another"
        " partner on our marketplace.",
    ),
    FR: LeadText(
        "Votre demande concernant {offer}",
        "Merci de votre intérêt pour {offer}. Le partenaire contacté ne peut pas donner suite à votre demande. Vous pouvez choisir un autre"
        " partenaire sur notre place de marché.",
    ),
    CS: LeadText(
        "Vaše poptávka: {offer}",
        "Děkujeme za váš zájem: {offer}. Oslovený partner se vaší poptávce nemůže věnovat. Na našem tržišti si můžete vybrat jiného.",
    ),
    PL: LeadText(
        "Twoje zapytanie: {offer}",
        "Dziękujemy za zainteresowanie: {offer}. Wybrany partner nie może zająć się tym zapytaniem. Na naszej platformie można wybrać"
        " innego.",
    ),
}
REPORTS: Final = {
    K.MAILS_FAILED: LeadText(
        "Mails could not be delivered",
        "These mails could not be delivered for two days and are given up. Check the mail server and the addresses.",
    ),
    K.WEBHOOKS_PAUSED: LeadText("Webhooks are paused", "These webhooks are paused. Check the servers that they lead to."),
}
OUR_OFFER: Final = {EN: "our offer", FR: "notre offre", CS: "naše nabídka", PL: "nasza oferta"}
GREETING: Final = {EN: "Hello", FR: "Bonjour", CS: "Dobrý den", PL: "Dzień dobry"}
ANSWER_BY: Final = {
    EN: "Answer by {until} (UTC).", FR: "Répondez avant le {until} (UTC).", CS: "Odpovězte do {until} (UTC).",
    PL: "Odpowiedz do {until} (UTC).",
}  # fmt: skip
UNSUBSCRIBE: Final = {
    EN: "Unsubscribe from these mails", FR: "Ne plus recevoir ces messages", CS: "Odhlásit odběr těchto zpráv",
    PL: "Zrezygnuj z tych wiadomości",
}  # fmt: skip
_HTML: Final = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined).from_string(
    """<!doctype html>
<html lang="{{ language }}"><body style="font: 16px/1.5 sans-serif; color: #1c2330">
<p>{{ greeting }}</p>
<p>{{ body }}</p>
{% if lines %}<ul>
{% for line in lines %}<li>{{ line }}</li>
{% endfor %}</ul>
{% endif %}{% if link %}<p><a href="{{ link }}" style="color: #5a6472">{{ unsubscribe }}</a></p>
{% endif %}</body></html>
"""
)


def render_lead_mail(
    kind: MailKind, language: Language, leads: Sequence[MailedLead], *, name: str, is_digest: bool, unsubscribe_link: str, now: datetime
) -> RenderedMail:
    """Render a mail about one lead, or a digest."""
    text = DIGEST[language] if is_digest else TEXTS[kind][language]
    subject = text.subject.format(count=len(leads), what=leads[0].company or leads[0].reference)
    return _rendered(language, subject, name, text.body, [_line(lead, language, now) for lead in leads], unsubscribe_link)


def render_customer_mail(language: Language, lead: MailedLead, *, name: str, unsubscribe_link: str) -> RenderedMail:
    """Render the mail to the customer of a declined lead."""
    text, offer = CUSTOMER[language], lead.listing or OUR_OFFER[language]
    return _rendered(language, text.subject.format(offer=offer), name, text.body.format(offer=offer), [], unsubscribe_link)


def render_report(kind: MailKind, lines: Sequence[str], *, name: str) -> RenderedMail:
    """Render a report to an administrator, which is in English like the log."""
    text = REPORTS[kind]
    return _rendered(EN, text.subject, name, text.body, lines, None)


def _line(lead: MailedLead, language: Language, now: datetime) -> str:
    facts = " · ".join(filter(None, (lead.reference, lead.company, lead.listing, lead.country)))
    if lead.expires_at is None or lead.expires_at <= now:
        return facts
    return f"{facts}. {ANSWER_BY[language].format(until=f'{lead.expires_at:%Y-%m-%d %H:%M}')}"


def _rendered(language: Language, subject: str, name: str, body: str, lines: Sequence[str], link: str | None) -> RenderedMail:
    greeting = f"{GREETING[language]} {name}".strip()
    unsubscribe = UNSUBSCRIBE[language]
    footer = [f"{unsubscribe}: {link}"] if link else []
    plain = "\n\n".join([greeting, body, *(["\n".join(f"- {line}" for line in lines)] if lines else []), *footer]) + "\n"
    html = _HTML.render(
        language=language.lower(), greeting=greeting, body=body, lines=lines, link=link, unsubscribe=unsubscribe
    )  # fmt: skip
    return RenderedMail(subject, plain, html)
