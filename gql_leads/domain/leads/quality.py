"""Score how likely a lead is to convert: HIGH, or LOW for what is probably spam, with the reasons.

Each reason that holds adds its weight to a score that starts at zero, and a lead is LOW below `LOWEST_HIGH`. An ordinary lead (a name,
a plausible address, a company) is HIGH, and so is a private person with an address of a mail provider. An address that cannot exist, or is
a disposable one, makes a lead LOW unless at least two reasons speak for it. Where neither the e-mail address nor the phone number can
reach anybody, a lead is always LOW. Reachability is judged, never identity or good faith.
"""

from dataclasses import dataclass

from gql_leads.domain.leads.lead import INFORMATIONAL_CALLS, EmailValidity, Lead, LeadQuality, PhoneValidity
from gql_leads.domain.leads.lead import QualityReasonCode as Reason
from gql_leads.domain.matching.addresses import domain_key, is_named_in
from gql_leads.domain.matching.mail_providers import is_provider

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
"""The reasons that come from the contact: hidden while the contact is."""

_MESSAGES = {
    Reason.EMAIL_INVALID: "The e-mail address cannot exist.",
    Reason.EMAIL_DISPOSABLE: "The e-mail address is a throw-away one.",
    Reason.EMAIL_FREE_PROVIDER: "The e-mail address is from a free provider, not from a company.",
    Reason.EMAIL_MATCHES_COMPANY: "The e-mail address belongs to the company's domain.",
    Reason.PHONE_INVALID: "The phone number cannot exist.",
    Reason.PHONE_VALID: "The phone number fits its country's numbering plan.",
    Reason.CONTACT_INCOMPLETE: "There is neither an e-mail address nor a phone number that can reach anybody.",
    Reason.ASKED_FOR_CONTACT: "The customer asked to be contacted.",
    Reason.TRIED_THE_PRODUCT: "The customer got or tried the product.",
}


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
    domain = domain_key((lead.email or "").rpartition("@")[2])
    can_be_trusted = lead.email_validity not in {EmailValidity.INVALID, EmailValidity.SPAM}
    is_free = can_be_trusted and is_provider(domain)
    has_phone = bool(lead.phone) and lead.phone_validity is not PhoneValidity.INVALID
    return {
        Reason.EMAIL_INVALID: lead.email_validity is EmailValidity.INVALID,
        Reason.EMAIL_DISPOSABLE: lead.email_validity is EmailValidity.SPAM,
        Reason.EMAIL_FREE_PROVIDER: is_free,
        Reason.EMAIL_MATCHES_COMPANY: can_be_trusted and not is_free and is_named_in(domain, lead.company),
        Reason.PHONE_INVALID: lead.phone_validity is PhoneValidity.INVALID,
        Reason.PHONE_VALID: lead.phone_validity is PhoneValidity.VALID,
        Reason.CONTACT_INCOMPLETE: not lead.email and not has_phone,
        Reason.ASKED_FOR_CONTACT: lead.contact_requested_at is not None,
        Reason.TRIED_THE_PRODUCT: lead.call_to_action in INFORMATIONAL_CALLS,
    }
