"""Sort orders of leads as keys of keyset pagination.

Raw SQL because masked sort keys are expressions (`make bench`, q1).
"""

from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

from gql_leads.domain.leads.lead import LeadQuality, LeadStage, LeadStatus
from gql_leads.domain.leads.sorting import NEWEST_FIRST, LeadSort, LeadSortField
from gql_leads.domain.viewer import Viewer
from gql_leads.store.access import access_policy
from gql_leads.store.sql.builder import Sql
from gql_leads.store.sql.pagination import Key


def order(sorts: Sequence[LeadSort], viewer: Viewer) -> tuple[Key, ...]:
    """Return the keys of a sort; ties are ordered by creation, newest first, then by id."""
    steps: dict[LeadSortField, LeadSort] = {}
    for sort in sorts or NEWEST_FIRST:
        steps.setdefault(sort.field, sort)
    keys = [_key(sort, viewer) for sort in steps.values()]
    created = steps.get(LeadSortField.CREATED_AT)
    if created is None:
        return *keys, Key("l.created_at", descending=True), Key("l.id", descending=True)
    return *keys, Key("l.id", descending=created.descending)


def signature(sorts: Sequence[LeadSort]) -> str:
    """Return a text that distinguishes the cursors of different sorts."""
    return ",".join(f"{sort.field.value}{'-' if sort.descending else '+'}" for sort in sorts or NEWEST_FIRST)


def _key(sort: LeadSort, viewer: Viewer) -> Key:
    match sort.field:
        case LeadSortField.FIRST_NAME:
            return Key(access_policy.unless_hidden(viewer, "l.first_name_key"), sort.descending, nullable=True)
        case LeadSortField.LAST_NAME:
            return Key(access_policy.unless_hidden(viewer, "l.last_name_key"), sort.descending, nullable=True)
        case LeadSortField.COMPANY:
            return Key("l.company_key", sort.descending, nullable=True)
        case LeadSortField.LISTING_NAME:
            return Key("l.listing_key", sort.descending, nullable=True)
        case LeadSortField.STATUS:
            return Key(_rank("l.status", LeadStatus), sort.descending)
        case LeadSortField.STAGE:
            return Key(_rank("l.stage", LeadStage), sort.descending)
        case LeadSortField.QUALITY:
            return Key(_rank("l.quality", LeadQuality), sort.descending)
        case LeadSortField.COUNTRY | LeadSortField.EXPIRES_AT:
            return Key(f"l.{sort.field.value.lower()}", sort.descending, nullable=True)
        case LeadSortField.CREATED_AT:
            return Key("l.created_at", sort.descending)
        case LeadSortField.UPDATED_AT:
            return Key(_inlined(access_policy.as_shown(viewer, "updated_at")), sort.descending)


def _inlined(expression: Sql) -> str:
    """Return an expression with its ids as literals.

    A key is repeated in a statement, where parameters would be out of order.
    """
    pieces = expression.text.split("?")
    literals = [f"'{UUID(str(one))}'" for one in expression.parameters]
    return "".join(piece + literal for piece, literal in zip(pieces, [*literals, ""], strict=True))


def _rank(column: str, values: type[StrEnum]) -> str:
    cases = " ".join(f"WHEN '{value.value}' THEN {rank}" for rank, value in enumerate(values))
    return f"CASE {column} {cases} END"
