"""Duplicates of leads, found by indexes on their keys.

Raw SQL because one statement ranks the matches of many leads (`make bench`, analytics).
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Final, NamedTuple
from uuid import UUID

from gql_leads.domain.leads.duplicates import LIKELIHOOD, OF_THE_CONTACT, WITHIN, DuplicateMatch
from gql_leads.store.access import access_policy
from gql_leads.store.leads.lists import LeadReader
from gql_leads.store.sql.builder import TRUE, Sql, all_of, is_one_of, join
from gql_leads.store.sql.rows import EPOCH, as_uuid, to_millis

INDEXED: Final = 300
"""Characters of a company's key in the index of requests: PostgreSQL refuses longer index entries."""
_DAYS: Final = to_millis(EPOCH + WITHIN)


class Duplicate(NamedTuple):
    """A lead that looks like the one asked about, and why."""

    lead_id: UUID
    matched: tuple[DuplicateMatch, ...]


_WITHOUT_FORM: Final = "{1}.company_rest IS NULL AND ({1}.company_form IS NULL OR {1}.company_form = {0}.company_form)"
"""Where lead {0}'s company, with a legal form in front, may be lead {1}'s: `names.same_company` says so of two names."""
_L_IS_BARE: Final = _WITHOUT_FORM.format("a", "l")
_A_IS_BARE: Final = _WITHOUT_FORM.format("l", "a")
_PERSON_OF_A: Final = "substr(a.person_key, 1, length(a.person_key) - length(a.company_match))"
_REQUEST: Final = f"l.listing_id = a.listing_id AND l.created_at BETWEEN a.created_at - {_DAYS} AND a.created_at + {_DAYS}"
_INDEXED_MATCH: Final = f"substr(l.company_match, 1, {INDEXED}) = substr({{0}}, 1, {INDEXED}) AND l.company_match = {{0}}"
ALIKE: Final[Mapping[DuplicateMatch, tuple[str, ...]]] = {
    DuplicateMatch.EMAIL: ("l.email_key = a.email_key",),
    # The last two: one of the numbers was given without a country.
    DuplicateMatch.PHONE: ("l.phone_key = a.phone_key", "l.phone_local = a.phone_key", "l.phone_key = a.phone_local"),
    DuplicateMatch.PERSON_AND_COMPANY: (
        "l.person_key = a.person_key",
        f"l.person_key = {_PERSON_OF_A} || a.company_rest AND {_L_IS_BARE}",
        f"l.company_rest = a.company_match AND l.person_key = {_PERSON_OF_A} || l.company_match AND {_A_IS_BARE}",
    ),
    DuplicateMatch.COMPANY_AND_LISTING: (
        f"{_REQUEST} AND {_INDEXED_MATCH.format('a.company_match')}",
        f"{_REQUEST} AND {_INDEXED_MATCH.format('a.company_rest')} AND {_L_IS_BARE}",
        f"{_REQUEST} AND l.company_rest = a.company_match AND {_A_IS_BARE}",
    ),
}
"""For each match the conditions under which leads `l` and `a` are such a pair; no pair meets two. Each is answered by an index."""


async def duplicates(reader: LeadReader, asked: Collection[UUID], hidden: Collection[UUID], first: int) -> dict[UUID, list[Duplicate]]:
    """Return the best matches of each lead, the newest of equals first.

    The contact of the `hidden` leads is not compared.
    """
    seen = [one for one in asked if one not in set(hidden)]
    parts = [matching_pairs(reader, match, seen if match in OF_THE_CONTACT else asked) for match in DuplicateMatch]
    matched = ", ".join(f"max({_named(match)}) AS {_named(match)}" for match in DuplicateMatch)
    unlikely = " * ".join(f"CASE WHEN max({_named(match)}) = 1 THEN {1 - LIKELIHOOD[match]:.2f} ELSE 1.0 END" for match in DuplicateMatch)
    statement = (
        "WITH alike AS (" + join(" UNION ALL ", parts) + f"), ranked AS (SELECT asked_id, id, {matched},"
        f" row_number() OVER (PARTITION BY asked_id ORDER BY {unlikely}, created_at DESC, id DESC) AS place"
        " FROM alike GROUP BY asked_id, id, created_at) SELECT * FROM ranked WHERE place <= ? ORDER BY asked_id, place"
    )
    found: dict[UUID, list[Duplicate]] = {one: [] for one in asked}
    for row in await reader.connection.fetch(statement, first):
        why = tuple(match for match in DuplicateMatch if row[_named(match)])
        found[as_uuid(row["asked_id"])].append(Duplicate(as_uuid(row["id"]), why))
    return found


def matching_pairs(reader: LeadReader, match: DuplicateMatch, asked: Iterable[UUID]) -> Sql:
    """Return the pairs of a lead asked about and one that the viewer sees which match in this way."""
    viewer, ids = reader.viewer, tuple(asked)
    flags = ", ".join(f"{int(one is match)} AS {_named(one)}" for one in DuplicateMatch)
    shown = Sql(f"NOT {access_policy.contact_hidden(viewer)}") if match in OF_THE_CONTACT else TRUE
    visible = access_policy.visible_to(viewer)
    if reader.connection.dialect == "sqlite":
        # SQLite would take the index of the partner's leads for some parts; the unary plus leaves it the index of the key.
        visible = "+(" + visible + ")"
    where = all_of(is_one_of("a.id", ids), Sql("l.id <> a.id AND COALESCE(l.outcome, '') <> 'DUPLICATE'"), visible, shown)
    selected = f"SELECT a.id AS asked_id, l.id AS id, l.created_at AS created_at, {flags} FROM lead a JOIN lead l ON"
    return join(" UNION ALL ", [f"{selected} {condition} WHERE " + where for condition in ALIKE[match]])


def _named(match: DuplicateMatch) -> str:
    return match.value.lower()
