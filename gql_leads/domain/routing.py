"""Routing of new leads: by their listing or business profile, by the assignment rules, or to the general queue."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from gql_leads.domain.leads.history import FieldChange
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


ROUTING: Final = "routing."
"""Prefix of the fields under which the first entry of a lead's history says what routed it."""
BY_RULE: Final = f"{ROUTING}rule"
BY_LISTING: Final = f"{ROUTING}listing"
BY_PROFILE: Final = f"{ROUTING}profile"
TO_GENERAL_QUEUE: Final = f"{ROUTING}queue"
"""The queue is recorded by id, the others by the name that they have at the time."""


def routed_by(field: str, name: object) -> FieldChange:
    """Return what the history says of a routed lead."""
    return FieldChange(field, None, str(name))


def apply_rules(rules: Iterable[Rule], general_queue: UUID, lead: Lead) -> tuple[Lead, FieldChange]:
    """Return the lead as the first matching rule routes it, else in the general queue; and what routed it."""
    rule = first_fitting(rules, lead)
    if rule is None:
        return replace(lead, queue_id=general_queue), routed_by(TO_GENERAL_QUEUE, general_queue)
    return replace(lead, partner_id=rule.partner_id, queue_id=rule.queue_id), routed_by(BY_RULE, rule.name)


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
