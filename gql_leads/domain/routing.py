"""The assignment rules: where a lead goes at intake that names no partner itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from gql_leads.domain.leads.lead import Lead, LeadQuality, LeadSource, LeadType, ListingKind
from gql_leads.domain.text_folding import fold, search_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Sends what fits it to a partner, or else to a queue. An empty criterion fits everything."""

    name: str
    is_active: bool = True
    countries: tuple[str, ...] = ()
    types: tuple[LeadType, ...] = ()
    sources: tuple[LeadSource, ...] = ()
    listing_kinds: tuple[ListingKind, ...] = ()
    qualities: tuple[LeadQuality, ...] = ()
    keywords: tuple[str, ...] = ()
    """Literal texts; one of them stands in the message, the company's name, the industry or the listing's name."""
    partner_id: UUID | None = None
    queue_id: UUID | None = None


def first_fitting(rules: Iterable[Rule], lead: Lead) -> Rule | None:
    """The first active rule that fits the lead."""
    return next((rule for rule in rules if rule.is_active and fits(rule, lead)), None)


def fits(rule: Rule, lead: Lead) -> bool:
    """Whether each of the rule's criteria is empty or has what the lead is."""
    criteria = (
        (rule.countries, lead.country),
        (rule.types, lead.type),
        (rule.sources, lead.source),
        (rule.listing_kinds, lead.listing_kind),
        (rule.qualities, lead.quality),
    )
    return all(not wanted or fact in wanted for wanted, fact in criteria) and _speaks_of(rule.keywords, lead)


def _speaks_of(keywords: tuple[str, ...], lead: Lead) -> bool:
    if not keywords:
        return True
    text = search_text(lead.message, lead.company, lead.industry, lead.listing_name)
    return any(fold(keyword) in text for keyword in keywords)
