"""Which of the leads that wait a partner may want most, and why: by what its profiles look for, then by what it accepted so far.

Only facts that everybody sees who may claim the lead are looked at: neither order nor reason tells anything of the person.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from gql_leads.domain.codes import COUNTRIES
from gql_leads.domain.leads.lead import CompanySize, LeadType, ListingKind
from gql_leads.domain.text_folding import fold, search_text

COMPARED = ("listing_kind", "country", "industry", "type")
"""Facts by which leads are like others that the partner answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What of a waiting lead everybody sees who may claim it."""

    id: UUID
    created_at: datetime
    type: LeadType
    listing_kind: ListingKind | None = None
    listing_name: str | None = None
    country: str | None = None
    industry: str | None = None
    company: str | None = None
    company_size: CompanySize | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """How often leads of one kind were accepted and declined."""

    accepted: int = 0
    declined: int = 0

    @property
    def preference(self) -> float:
        """From -1, never accepted, to 1, always; near 0 while there were few."""
        return (self.accepted - self.declined) / (self.accepted + self.declined + 2)


@dataclass(frozen=True, slots=True)
class PartnerPreferences:
    """What a partner looks for: of its profiles, the keywords and sizes; of its past, the answers by fact and value."""

    keywords: tuple[str, ...] = ()
    company_sizes: frozenset[CompanySize] = frozenset()
    answers: Mapping[tuple[str, str], Answers] = field(default_factory=dict)

    def keyword_in(self, lead: Candidate) -> str | None:
        """The first keyword that the lead speaks of."""
        text = search_text(lead.message, lead.company, lead.industry, lead.listing_name)
        return next((keyword for keyword in self.keywords if fold(keyword) in text), None)

    def fits_size(self, lead: Candidate) -> bool:
        """Whether the customer is of a size that a profile names."""
        return lead.company_size in self.company_sizes

    def strongest_preference(self, lead: Candidate) -> tuple[str, str, Answers] | None:
        """The fact of the lead that speaks most for it, by what was answered; None where none does."""
        found = [(name, value, answers) for name, value, answers in self._compared(lead) if answers.preference > 0]
        return max(found, key=lambda one: one[2].preference, default=None)

    def preference(self, lead: Candidate) -> float:
        """How the partner answered leads like this one."""
        return sum(answers.preference for _, _, answers in self._compared(lead))

    def _compared(self, lead: Candidate) -> list[tuple[str, str, Answers]]:
        facts = [(name, value) for name in COMPARED if (value := getattr(lead, name)) is not None]
        return [(name, value, self.answers[name, value]) for name, value in facts if (name, value) in self.answers]


def recommended(leads: Iterable[Candidate], taste: PartnerPreferences, most: int) -> list[tuple[UUID, str]]:
    """The best leads for the partner, best first, each with the reason; among equals, and where nothing is known, the newest."""

    def rank(lead: Candidate) -> tuple[int, float, datetime, UUID]:
        matches = (taste.keyword_in(lead) is not None) + taste.fits_size(lead)
        return matches, taste.preference(lead), lead.created_at, lead.id

    return [(lead.id, reason(lead, taste)) for lead in sorted(leads, key=rank, reverse=True)[:most]]


def reason(lead: Candidate, taste: PartnerPreferences) -> str:
    """Why the lead is recommended, in a sentence."""
    keyword, fits_size = taste.keyword_in(lead), taste.fits_size(lead)
    if keyword is not None:
        return f"It speaks of “{keyword}”, as your profiles do" + (", and the customer is of a size they name." if fits_size else ".")
    if fits_size:
        return "The customer is of a size that your profiles name."
    liked = taste.strongest_preference(lead)
    if liked is None:
        return "It is one of the newest that wait."
    name, value, answers = liked
    return f"You accepted {answers.accepted} of {answers.accepted + answers.declined} leads {_spoken(name, value)}."


def _spoken(name: str, value: str) -> str:
    match name:
        case "country":
            return f"from {COUNTRIES.get(value, value)}"
        case "industry":
            return f"of the industry “{value}”"
        case "listing_kind":
            return f"about {value.lower()}s"
        case _:
            return f"of the type {value.lower().replace('_', ' ')}"
