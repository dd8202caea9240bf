"""Conditions of filters and of the search in SQL; the lead's alias is `l`.

A masked value matches nothing. `domain.leads.filters` decides the same in memory; a property test compares both. Raw SQL because these
conditions are part of every list (`make bench`, q1 and q2).
"""

from datetime import datetime
from types import NoneType
from typing import get_args, get_type_hints
from uuid import UUID

from gql_leads.domain.leads.filters import (
    COMPUTED,
    CONTACT_CRITERIA,
    INTERVALS,
    PUBLIC_CRITERIA,
    WORK_CRITERIA,
    Filter,
    Interval,
    TextFilter,
    TextMatch,
)
from gql_leads.domain.leads.lead import MARKETPLACE_TYPES, ContactUrgency, Lead, LeadTab
from gql_leads.domain.rules import Rules
from gql_leads.domain.values.text_folding import fold_for_search, like_pattern, search_term
from gql_leads.domain.viewer import Viewer
from gql_leads.store.access import access_policy
from gql_leads.store.leads import lifecycle
from gql_leads.store.search import search_plan
from gql_leads.store.sql.builder import FALSE, TRUE, Sql, all_of, any_of, is_one_of, negation

COLUMNS = tuple(name for name in PUBLIC_CRITERIA if name not in COMPUTED)
"""Public criteria that compare a column."""
NULLABLE = frozenset(name for name in INTERVALS if NoneType in get_args(get_type_hints(Lead)[name]))
"""Instants that a lead may lack."""
OPEN_CLAIM = all_of(
    Sql("l.origin_queue_id IS NOT NULL"),
    Sql("l.partner_id IS NOT NULL"),
    Sql("l.stage <> 'ARCHIVED'"),
    Sql("l.deleted_at IS NULL"),
)
"""The condition of `domain.claims.open_claim`."""

OF_ACTIVE_PARTNER = Sql("l.partner_id IN (SELECT p.id FROM partner p WHERE p.is_active)")
OF_INACTIVE_PARTNER = Sql("l.partner_id IN (SELECT p.id FROM partner p WHERE NOT p.is_active)")


def matching(asked: Filter, viewer: Viewer, now: datetime, rules: Rules) -> Sql:
    """Return the condition of a filter. `is_deleted` is left to the access policy."""
    conditions = [is_one_of(f"l.{name}", wanted) for name in COLUMNS if (wanted := getattr(asked, name)) is not None]
    conditions += [
        is_one_of(access_policy.unless_hidden(viewer, f"l.{name}"), wanted)
        for name in CONTACT_CRITERIA
        if (wanted := getattr(asked, name)) is not None
    ]
    conditions += [_inside(viewer, name, asked_for) for name in INTERVALS if (asked_for := getattr(asked, name)) is not None]
    if asked.ids is not None:
        conditions.append(is_one_of("l.id", asked.ids))
    if asked.tab is not None:
        conditions.append(_tab(asked.tab, viewer))
    if asked.company is not None:
        conditions.append(_company(asked.company))
    conditions += [
        all_of(access_policy.full_view(viewer), is_one_of(f"l.{name}", wanted))
        for name in WORK_CRITERIA
        if (wanted := getattr(asked, name)) is not None
    ]
    if asked.sender_id is not None:
        conditions.append(all_of(access_policy.sender_visible(viewer), is_one_of("l.sender_id", asked.sender_id)))
    if asked.campaign_ids is not None:
        conditions.append(all_of(access_policy.full_view(viewer), _of_campaign(asked.campaign_ids)))
    if asked.partner_is_active is not None:
        conditions.append(OF_ACTIVE_PARTNER if asked.partner_is_active else OF_INACTIVE_PARTNER)
    if asked.urgency is not None:
        conditions.append(any_of(*(lifecycle.urgent(one, now, rules) for one in asked.urgency)))
    full_view = access_policy.full_view(viewer)
    flags = (
        (asked.is_mine, all_of(full_view, Sql("l.owner_id = ?", (viewer.member_id,)))),
        (asked.has_owner, all_of(full_view, Sql("l.owner_id IS NOT NULL"))),
        (asked.is_open_claim, all_of(full_view, OPEN_CLAIM)),
        (asked.has_listing, Sql("l.listing_id IS NOT NULL")),
        (asked.is_claimable, access_policy.claimable(viewer)),
        (asked.is_hot, lifecycle.urgent(ContactUrgency.HOT, now, rules)),
        (asked.is_favorite, favorite(viewer)),
        (asked.is_test, Sql("l.is_test")),
    )
    conditions += [condition if wanted else negation(condition) for wanted, condition in flags if wanted is not None]
    if asked.all_of is not None:
        conditions += [matching(one, viewer, now, rules) for one in asked.all_of]
    if asked.any_of is not None:
        conditions.append(any_of(*(matching(one, viewer, now, rules) for one in asked.any_of)))
    if asked.negated is not None:
        conditions.append(negation(matching(asked.negated, viewer, now, rules)))
    return all_of(*conditions)


def searching(term: str | None, viewer: Viewer, *, waiting: bool = False) -> Sql:
    """Return the condition that a searchable text contains the literal text, or the reference is the text.

    TRUE for a blank term.

    `waiting`: the viewer belongs to a partner, and only waiting leads are searched.
    """
    whole = search_term(term)
    if not whole:
        return TRUE
    found_in = {column: Sql(f"instr(l.{column}, ?) <> 0", (whole,)) for column in access_policy.SEARCHED}
    reference = search_plan.has_reference(term)
    if waiting:
        return any_of(reference, *(found_in[column] for column in access_policy.SEARCHED_WAITING))
    in_the_open, in_person = found_in.values()
    return any_of(reference, in_the_open, all_of(in_person, Sql(f"NOT {access_policy.contact_hidden(viewer)}")))


def favorite(viewer: Viewer) -> Sql:
    """Return the condition that the lead is a favorite of the viewer."""
    return Sql("EXISTS (SELECT 1 FROM favorite f WHERE f.lead_id = l.id AND f.member_id = ?)", (viewer.member_id,))


def _tab(tab: LeadTab, viewer: Viewer) -> Sql:
    if tab is LeadTab.FAVORITES:
        return favorite(viewer)
    marketplace = is_one_of("l.type", sorted(MARKETPLACE_TYPES))
    return marketplace if tab is LeadTab.MARKETPLACE else negation(marketplace)


def _company(asked: TextFilter) -> Sql:
    if asked.match is TextMatch.EQUALS:
        return Sql("l.company_search = ?", (fold_for_search(asked.text),))
    anywhere = "" if asked.match is TextMatch.STARTS_WITH else "%"
    pattern = f"{anywhere}{like_pattern(asked.text)}%"
    return Sql(r"l.company_search LIKE ? ESCAPE '\'", (pattern,))


def _of_campaign(wanted: tuple[UUID, ...]) -> Sql:
    one_of_them = is_one_of("cm.campaign_id", wanted)
    return (
        FALSE if one_of_them == FALSE else ("EXISTS (SELECT 1 FROM campaign_membership cm WHERE cm.lead_id = l.id AND " + one_of_them + ")")
    )


def _inside(viewer: Viewer, name: str, asked: Interval) -> Sql:
    column = access_policy.as_shown(viewer, name) if name == "updated_at" else Sql(f"l.{name}")
    ends = (
        column + " IS NOT NULL" if name in NULLABLE else TRUE,
        TRUE if asked.start is None else column + Sql(" >= ?", (asked.start,)),
        TRUE if asked.end is None else column + Sql(" < ?", (asked.end,)),
    )
    return all_of(*ends)
