"""Assignment rules, which route new leads that name no partner."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from gql_leads.domain.leads.lead import Lead, LeadQuality, LeadSource, LeadType, ListingKind
from gql_leads.domain.values.text_folding import contains_words, fold_for_search, search_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Rule that routes matching leads to a partner or to a queue; an empty criterion matches every lead."""

    name: str
    is_active: bool = True
    countries: tuple[str, ...] = ()
    types: tuple[LeadType, ...] = ()
    sources: tuple[LeadSource, ...] = ()
    listing_kinds: tuple[ListingKind, ...] = ()
    qualities: tuple[LeadQuality, ...] = ()
    keywords: tuple[str, ...] = ()
    """Literal texts, one of which must occur as whole words in the message, the company, the industry or the listing's name."""
    partner_id: UUID | None = None
    queue_id: UUID | None = None


def first_fitting(rules: Iterable[Rule], lead: Lead) -> Rule | None:
    """Return the first active rule that matches the lead, or None."""
    return next((rule for rule in rules if rule.is_active and fits(rule, lead)), None)


def fits(rule: Rule, lead: Lead) -> bool:
    """True if the lead meets every criterion of the rule."""
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
    return any(contains_words(text, fold_for_search(keyword)) for keyword in keywords)
