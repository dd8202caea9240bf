"""Quality of a lead: HIGH, or LOW for probable spam, with the reasons.

Each reason that applies adds its weight to a score that starts at zero. Below `LOWEST_HIGH` the lead is LOW. An ordinary lead with a name,
a plausible address and a company is HIGH, and so is a private person with a free mailbox. A lead with an invalid or disposable address is
LOW unless several reasons outweigh that. The score assesses whether the contact can be reached, not who they are.
"""

from dataclasses import dataclass

from gql_leads.domain.leads.lead import INFORMATIONAL_CALLS, EmailValidity, Lead, LeadQuality, PhoneValidity
from gql_leads.domain.leads.lead import QualityReasonCode as Reason
from gql_leads.domain.text_folding import fold

WEIGHTS = {
    Reason.EMAIL_INVALID: -4,
    Reason.EMAIL_DISPOSABLE: -5,
    Reason.EMAIL_FREE_PROVIDER: -1,
    Reason.EMAIL_MATCHES_COMPANY: +2,
    Reason.PHONE_INVALID: -1,
    Reason.PHONE_VALID: +2,
    Reason.CONTACT_INCOMPLETE: -4,
    Reason.ASKED_FOR_CONTACT: +1,
    Reason.TRIED_THE_PRODUCT: +1,
}
LOWEST_HIGH = -1

FROM_CONTACT = frozenset(Reason) - {Reason.ASKED_FOR_CONTACT, Reason.TRIED_THE_PRODUCT}
"""Reasons that depend on the contact. They are hidden together with it."""

_MESSAGES = {
    Reason.EMAIL_INVALID: "The e-mail address cannot exist.",
    Reason.EMAIL_DISPOSABLE: "The e-mail address is a throw-away one.",
    Reason.EMAIL_FREE_PROVIDER: "The e-mail address is from a free provider, not from a company.",
    Reason.EMAIL_MATCHES_COMPANY: "The e-mail address belongs to the company's domain.",
    Reason.PHONE_INVALID: "The phone number cannot exist.",
    Reason.PHONE_VALID: "The phone number fits its country's numbering plan.",
    Reason.CONTACT_INCOMPLETE: "There is neither an e-mail address nor a phone number.",
    Reason.ASKED_FOR_CONTACT: "The customer asked to be contacted.",
    Reason.TRIED_THE_PRODUCT: "The customer got or tried the product.",
}

_FREE_PROVIDERS = """
    126.com 163.com aol.com bluewin.ch bol.com.br btinternet.com comcast.net daum.net fastmail.com free.fr freenet.de
    gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com hanmail.net hotmail.co.uk hotmail.com hotmail.de
    hotmail.es hotmail.fr hotmail.it hushmail.com icloud.com inbox.ru laposte.net libero.it live.com mac.com mail.com
    mail.ru me.com msn.com naver.com o2.pl orange.fr outlook.com outlook.de outlook.es outlook.fr pm.me posteo.de
    proton.me protonmail.com qq.com rediffmail.com rocketmail.com seznam.cz sina.com t-online.de tiscali.it tuta.com
    tutanota.com uol.com.br virgilio.it wanadoo.fr web.de wp.pl yahoo.ca yahoo.co.in yahoo.co.jp yahoo.co.uk yahoo.com
    yahoo.com.br yahoo.de yahoo.es yahoo.fr yahoo.it yandex.com yandex.ru yeah.net ymail.com zoho.com
"""
FREE_PROVIDERS = frozenset(_FREE_PROVIDERS.split())

_LEGAL_FORMS = """
    ab ag as bv bvba co company corp corporation gmbh group holding inc incorporated kg kk limited llc llp ltd nv oy
    oyj plc pte pty sa sarl sas se sl spa srl the ug und and
"""
LEGAL_FORMS = frozenset(_LEGAL_FORMS.split())
_SHORTEST_NAME = 3


@dataclass(frozen=True, slots=True)
class Assessment:
    """Quality of a lead, and the reasons that apply, in the order of their enum."""

    quality: LeadQuality
    reasons: tuple[Reason, ...]


def assess(lead: Lead) -> Assessment:
    """Return the quality of the lead, computed from its present values."""
    reasons = tuple(reason for reason, holds in _holding(lead).items() if holds)
    score = sum(WEIGHTS[reason] for reason in reasons)
    return Assessment(LeadQuality.HIGH if score >= LOWEST_HIGH else LeadQuality.LOW, reasons)


def message(code: Reason) -> str:
    """Return the sentence that explains the reason to users."""
    return _MESSAGES[code]


def _holding(lead: Lead) -> dict[Reason, bool]:
    domain = fold(lead.email or "").rpartition("@")[2]
    can_be_trusted = lead.email_validity not in {EmailValidity.INVALID, EmailValidity.SPAM}
    is_free = can_be_trusted and domain in FREE_PROVIDERS
    return {
        Reason.EMAIL_INVALID: lead.email_validity is EmailValidity.INVALID,
        Reason.EMAIL_DISPOSABLE: lead.email_validity is EmailValidity.SPAM,
        Reason.EMAIL_FREE_PROVIDER: is_free,
        Reason.EMAIL_MATCHES_COMPANY: can_be_trusted and not is_free and belongs_to_company(domain, lead.company),
        Reason.PHONE_INVALID: lead.phone_validity is PhoneValidity.INVALID,
        Reason.PHONE_VALID: lead.phone_validity is PhoneValidity.VALID,
        Reason.CONTACT_INCOMPLETE: not lead.email and not lead.phone,
        Reason.ASKED_FOR_CONTACT: lead.contact_requested_at is not None,
        Reason.TRIED_THE_PRODUCT: lead.call_to_action in INFORMATIONAL_CALLS,
    }


def belongs_to_company(domain: str, company: str | None) -> bool:
    """True if a label of the e-mail domain equals the company's name or its first word.

    Legal forms and hyphens are ignored.
    """
    words = [word for word in words_of(company or "") if word not in LEGAL_FORMS]
    names = {name for name in ("".join(words), *words[:1]) if len(name) >= _SHORTEST_NAME}
    labels = {label.replace("-", "") for label in fold(domain).split(".")[:-1]}
    return not names.isdisjoint(labels)


def words_of(name: str) -> list[str]:
    """Return the folded words of a name; apostrophes and full stops are dropped: "O'Neil S.A." gives oneil, sa."""
    joined = fold(name).replace("'", "").replace("’", "").replace(".", "")
    return "".join(character if character.isalnum() else " " for character in joined).split()
