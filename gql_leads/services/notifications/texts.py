"""The texts of notifications in each language."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gql_leads.domain.leads.lead import CloseReason
from gql_leads.domain.members import Language
from gql_leads.domain.outbox.notifications import NotificationKind

K, EN, FR, CS, PL = NotificationKind, Language.EN, Language.FR, Language.CS, Language.PL


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of a notification that its reader may know; None for what is unknown or hidden."""

    reference: str | None = None
    opportunity: str | None = None
    file: str | None = None
    rows: tuple[int, int, int] | None = None
    """The numbers of rows that an import created, updated and rejected."""
    company: str | None = None
    listing: str | None = None
    partner: str | None = None
    actor: str | None = None
    expires_at: datetime | None = None
    reason: CloseReason | None = None


@dataclass(frozen=True, slots=True)
class RenderedNotification:
    """The title and body of a notification, as plain text on one line each."""

    title: str
    body: str


TITLES: Final[dict[NotificationKind, dict[Language, str]]] = {
    K.NEW_LEAD: {EN: "New lead", FR: "Nouveau prospect", CS: "Nová poptávka", PL: "Nowy lead"},
    K.HOT_LEAD: {
        EN: "Hot lead: the customer asks to be contacted",
        FR: "Prospect urgent : le client demande à être contacté",
        CS: "Naléhavá poptávka: zákazník žádá o kontakt",
        PL: "Pilny lead: klient prosi o kontakt",
    },
    K.RESPONSE_DUE: {
        EN: "Response due soon",
        FR: "Réponse attendue bientôt",
        CS: "Blíží se termín odpovědi",
        PL: "Zbliża się termin odpowiedzi",
    },
    K.LEAD_EXPIRED: {
        EN: "A lead expired without an answer",
        FR: "Un prospect a expiré sans réponse",
        CS: "Poptávka vypršela bez odpovědi",
        PL: "Lead wygasł bez odpowiedzi",
    },
    K.LEAD_ASSIGNED: {EN: "Lead assigned", FR: "Prospect attribué", CS: "Přidělená poptávka", PL: "Przydzielony lead"},
    K.LEAD_DECLINED: {EN: "Lead declined", FR: "Prospect refusé", CS: "Odmítnutá poptávka", PL: "Odrzucony lead"},
    K.MENTION: {
        EN: "You were mentioned in a note",
        FR: "Vous êtes mentionné dans une note",
        CS: "Zmínka o vás v poznámce",
        PL: "Wzmianka o Tobie w notatce",
    },
    K.IMPORT_FINISHED: {EN: "Import finished", FR: "Importation terminée", CS: "Import dokončen", PL: "Import zakończony"},
}
"""The title of each kind."""
BODIES: Final[dict[NotificationKind, dict[Language, str]]] = {
    K.RESPONSE_DUE: {
        EN: "Accept or decline it by {until} (UTC).",
        FR: "Acceptez-le ou refusez-le avant le {until} (UTC).",
        CS: "Přijměte ji, nebo odmítněte do {until} (UTC).",
        PL: "Przyjmij go lub odrzuć do {until} (UTC).",
    },
    K.LEAD_DECLINED: {
        EN: "{partner} declined it: {reason}.",
        FR: "{partner} l'a refusé : {reason}.",
        CS: "{partner} ji odmítá: {reason}.",
        PL: "{partner} odrzuca go: {reason}.",
    },
    K.LEAD_EXPIRED: {
        EN: "{partner} did not answer in time.",
        FR: "{partner} n'a pas répondu à temps.",
        CS: "{partner} neodpovídá včas.",
        PL: "{partner} nie odpowiada na czas.",
    },
    K.MENTION: {EN: "By {actor}.", FR: "Par {actor}.", CS: "Autor: {actor}.", PL: "Autor: {actor}."},
    K.LEAD_ASSIGNED: {EN: "By {actor}.", FR: "Par {actor}.", CS: "Přidělil(a): {actor}.", PL: "Przydziela: {actor}."},
    K.IMPORT_FINISHED: {
        EN: "Created: {created}, updated: {updated}, rejected: {rejected}.",
        FR: "Créés : {created}, mis à jour : {updated}, refusés : {rejected}.",
        CS: "Vytvořeno: {created}, změněno: {updated}, odmítnuto: {rejected}.",
        PL: "Utworzono: {created}, zmieniono: {updated}, odrzucono: {rejected}.",
    },
}
"""A sentence that follows the lead, left out where a fact in it is not known."""
REASONS: Final[dict[CloseReason, dict[Language, str]]] = {
    CloseReason.BUDGET_NOT_ADEQUATE: {
        EN: "the budget is too small",
        FR: "budget insuffisant",
        CS: "nedostatečný rozpočet",
        PL: "za mały budżet",
    },
    CloseReason.CUSTOMER_DID_NOT_RESPOND: {
        EN: "the customer did not answer",
        FR: "le client n'a pas répondu",
        CS: "zákazník neodpověděl",
        PL: "klient nie odpowiedział",
    },
    CloseReason.CUSTOMER_CHOSE_ANOTHER_VENDOR: {
        EN: "the customer bought elsewhere",
        FR: "le client a choisi un autre fournisseur",
        CS: "zákazník nakoupil jinde",
        PL: "klient kupił gdzie indziej",
    },
    CloseReason.REQUIREMENT_NOT_MET: {
        EN: "the requirements are not met",
        FR: "exigences non satisfaites",
        CS: "požadavky nejsou splněny",
        PL: "wymagania nie są spełnione",
    },
    CloseReason.NOT_A_CUSTOMER: {EN: "no customer", FR: "ce n'est pas un client", CS: "nejde o zákazníka", PL: "to nie jest klient"},
    CloseReason.TIMELINE_TOO_SHORT: {
        EN: "the deadline is too early",
        FR: "délai trop court",
        CS: "příliš krátká lhůta",
        PL: "zbyt krótki termin",
    },
    CloseReason.SPAM: {EN: "spam", FR: "spam", CS: "spam", PL: "spam"},
    CloseReason.OTHER: {EN: "another reason", FR: "autre raison", CS: "jiný důvod", PL: "inny powód"},
}

COLONS: Final = {FR: " : "}
"""The colon after a title, where it is not the usual one."""


def render(kind: NotificationKind, language: Language, facts: Facts) -> RenderedNotification:
    """Render a notification; a fact that is not known is left out."""
    subject = " · ".join(one for one in (facts.reference, facts.company, facts.listing, facts.opportunity, facts.file) if one)
    title = TITLES[kind][language]
    named = facts.company or facts.reference or facts.opportunity or facts.file
    sentence = _sentence(kind, language, facts)
    headline = f"{title}{COLONS.get(language, ': ')}{named}" if named else title
    body = " ".join(one for one in (subject and f"{subject}.", sentence) if one)
    return RenderedNotification(headline, body or title)


def _sentence(kind: NotificationKind, language: Language, facts: Facts) -> str | None:
    if kind not in BODIES:
        return None
    known = {
        "partner": facts.partner,
        "actor": facts.actor,
        "until": facts.expires_at and f"{facts.expires_at:%Y-%m-%d %H:%M}",
        "reason": facts.reason and REASONS[facts.reason][language],
        **dict(zip(("created", "updated", "rejected"), facts.rows or (None, None, None), strict=True)),
    }
    text = BODIES[kind][language]
    return None if any(f"{{{name}}}" in text and value is None for name, value in known.items()) else text.format(**known)
