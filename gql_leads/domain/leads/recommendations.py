"""Recommendation of waiting leads to a partner, by its profiles and by the leads that it accepted so far.

It uses only attributes that are visible to everybody who may claim the lead, so order and reason reveal nothing about the contact.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from gql_leads.domain.leads.lead import CompanySize, LeadType, ListingKind
from gql_leads.domain.values.codes import COUNTRIES
from gql_leads.domain.values.text_folding import contains_words, fold_for_search, search_text

COMPARED = ("listing_kind", "country", "industry", "type")
"""Attributes that are compared with those of leads to which the partner responded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Attributes of a waiting lead that are visible to everybody who may claim it."""

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
    """Number of accepted and declined leads with one value of an attribute."""

    accepted: int = 0
    declined: int = 0

    @property
    def preference(self) -> float:
        """Score from -1 (never accepted) to 1 (always accepted), near 0 while there were few responses."""
        return (self.accepted - self.declined) / (self.accepted + self.declined + 2)


@dataclass(frozen=True, slots=True)
class PartnerPreferences:
    """Preferences of a partner: keywords and company sizes of its profiles, and responses by attribute and value."""

    keywords: tuple[str, ...] = ()
    company_sizes: frozenset[CompanySize] = frozenset()
    answers: Mapping[tuple[str, str], Answers] = field(default_factory=dict)

    def keyword_in(self, lead: Candidate) -> str | None:
        """Return the first keyword that occurs in the texts of the lead, or None."""
        text = search_text(lead.message, lead.company, lead.industry, lead.listing_name)
        return next((keyword for keyword in self.keywords if contains_words(text, fold_for_search(keyword))), None)

    def fits_size(self, lead: Candidate) -> bool:
        """True if a profile names the size of the customer's company."""
        return lead.company_size in self.company_sizes

    def strongest_preference(self, lead: Candidate) -> tuple[str, str, Answers] | None:
        """Return the attribute and value with the highest positive score, and its responses; None if there is none."""
        found = [(name, value, answers) for name, value, answers in self._compared(lead) if answers.preference > 0]
        return max(found, key=lambda one: one[2].preference, default=None)

    def preference(self, lead: Candidate) -> float:
        """Return the sum of the scores of the lead's attributes."""
        return sum(answers.preference for _, _, answers in self._compared(lead))

    def _compared(self, lead: Candidate) -> list[tuple[str, str, Answers]]:
        facts = [(name, value) for name in COMPARED if (value := getattr(lead, name)) is not None]
        return [(name, value, self.answers[name, value]) for name, value in facts if (name, value) in self.answers]


def recommended(leads: Iterable[Candidate], taste: PartnerPreferences, most: int) -> list[tuple[UUID, str]]:
    """Return the ids of at most `most` leads, best first and newest first among equals, each with a reason."""

    def rank(lead: Candidate) -> tuple[int, float, datetime, UUID]:
        matches = (taste.keyword_in(lead) is not None) + taste.fits_size(lead)
        return matches, taste.preference(lead), lead.created_at, lead.id

    return [(lead.id, reason(lead, taste)) for lead in sorted(leads, key=rank, reverse=True)[:most]]


def reason(lead: Candidate, taste: PartnerPreferences) -> str:
    """Return a sentence that explains the recommendation."""
    keyword, fits_size = taste.keyword_in(lead), taste.fits_size(lead)
    if keyword is not None:
        return f"It speaks of “{keyword}”, as your profiles do" + (", and the customer is of a size they name." if fits_size else ".")
    if fits_size:
        return "The customer is of a size that your profiles name."
    liked = taste.strongest_preference(lead)
    if liked is None:
        return "It is one of the newest that wait."
    name, value, answers = liked
    return f"You accepted {answers.accepted} of {answers.accepted + answers.declined} leads {_description(name, value)}."


def _description(name: str, value: str) -> str:
    match name:
        case "country":
            return f"from {COUNTRIES.get(value, value)}"
        case "industry":
            return f"of the industry “{value}”"
        case "listing_kind":
            return f"about {value.lower()}s"
        case _:
            return f"of the type {value.lower().replace('_', ' ')}"
