"""The texts of mails in each language, rendered as plain text and HTML."""

from dataclasses import dataclass
from typing import Final

from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from gql_leads.domain.members import Language
from gql_leads.services.sign_in.links import LinkPurpose


@dataclass(frozen=True, slots=True)
class Text:
    """The texts of one kind of mail in one language; `body` and `ending` are templates of paragraphs."""

    subject: str
    greeting: str
    body: str
    button: str
    ending: str


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """The subject and both bodies of a mail."""

    subject: str
    text: str
    html: str


TEXTS: Final[dict[LinkPurpose, dict[Language, Text]]] = {
    LinkPurpose.INVITATION: {
        Language.EN: Text(
            "Your invitation", "Hello", "You are invited to work with leads. Set your password to sign in:", "Set your password",
            "The link works once, until {until} (UTC).",
        ),
        Language.FR: Text(
            "Votre invitation", "Bonjour",
            "Vous êtes invité à travailler avec des prospects. Choisissez votre mot de passe pour vous connecter :",
            "Choisir le mot de passe", "Le lien fonctionne une seule fois, jusqu'au {until} (UTC).",
        ),
        Language.CS: Text(
            "Vaše pozvánka", "Dobrý den",
            "Jste zváni ke práci s poptávkami. Nastavte si heslo, abyste se mohli přihlásit:", "Nastavit heslo",
            "Odkaz funguje jednou, do {until} (UTC).",
        ),
        Language.PL: Text(
            "Twoje zaproszenie", "Dzień dobry", "Zapraszamy do pracy z leadami. Ustaw hasło, aby się zalogować:", "Ustaw hasło",
            "Link działa jeden raz, do {until} (UTC).",
        ),
    },
    LinkPurpose.PASSWORD: {
        Language.EN: Text(
            "A new password", "Hello", "You asked for a new password. Set it here:", "Set a new password",
            "The link works once, until {until} (UTC). If you did not ask for it, ignore this mail: your password stays as it is.",
        ),
        Language.FR: Text(
            "Un nouveau mot de passe", "Bonjour",
            "Vous avez demandé un nouveau mot de passe. Choisissez-le ici :", "Choisir un nouveau mot de passe",
            "Le lien fonctionne une seule fois, jusqu'au {until} (UTC). Si vous n'avez rien demandé, ignorez ce message :"
            " votre mot de passe ne change pas.",
        ),
        Language.CS: Text(
            "Nové heslo", "Dobrý den", "Požádali jste o nové heslo. Nastavte si ho zde:", "Nastavit nové heslo",
            "Odkaz funguje jednou, do {until} (UTC). Pokud jste o heslo nežádali, tuto zprávu ignorujte: vaše heslo se nemění.",
        ),
        Language.PL: Text(
            "Nowe hasło", "Dzień dobry", "Poproszono o nowe hasło. Ustaw je tutaj:", "Ustaw nowe hasło",
            "Link działa jeden raz, do {until} (UTC). Jeśli to nie Twoja prośba, zignoruj tę wiadomość: hasło się nie zmienia.",
        ),
    },
}  # fmt: skip

_HTML: Final = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined).from_string(
    """<!doctype html>
<html lang="{{ language }}"><body style="font: 16px/1.5 sans-serif; color: #1c2330">
<p>{{ greeting }} {{ name }}</p>
<p>{{ body }}</p>
<p><a href="{{ link }}" style="padding: 10px 16px; color: #ffffff; background: #1d5fd1; text-decoration: none">{{ button }}</a></p>
<p>{{ ending }}</p>
</body></html>
"""
)


def render(kind: LinkPurpose, language: Language, *, name: str, link: str, until: str) -> RenderedMail:
    """Render a mail with a one-time link."""
    text = TEXTS[kind][language]
    ending = text.ending.format(until=until)
    plain = f"{text.greeting} {name}\n\n{text.body}\n\n{link}\n\n{ending}\n"
    shown = {"greeting": text.greeting, "name": name, "body": text.body, "button": text.button, "ending": ending, "link": link}
    return RenderedMail(text.subject, plain, _HTML.render(language=language.lower(), **shown))
