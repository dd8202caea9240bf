"""Duplicates of leads, found by indexes on normalized attributes.

Raw SQL because one statement ranks the matches of many leads (`make bench`, insight).
"""

from collections.abc import Collection, Iterable
from typing import Final, NamedTuple
from uuid import UUID

from gql_leads.domain.leads.duplicates import LIKELIHOOD, OF_THE_CONTACT, WITHIN, DuplicateMatch
from gql_leads.store.access import access_policy
from gql_leads.store.leads.lists import LeadReader
from gql_leads.store.sql.builder import TRUE, Sql, all_of, is_one_of, join
from gql_leads.store.sql.rows import EPOCH, as_uuid, to_millis

INDEXED: Final = 300
"""So many characters of a folded company are indexed, because PostgreSQL sorts no long ones."""
_DAYS: Final = to_millis(EPOCH + WITHIN)


class Duplicate(NamedTuple):
    """A lead that looks like the one asked about, and why."""

    lead_id: UUID
    matched: tuple[DuplicateMatch, ...]


ALIKE: Final = {
    DuplicateMatch.EMAIL: "l.email_key = a.email_key",
    DuplicateMatch.PHONE: "l.phone_key = a.phone_key",
    DuplicateMatch.PERSON_AND_COMPANY: "l.person_key = a.person_key",
    DuplicateMatch.COMPANY_AND_LISTING: (
        f"l.listing_id = a.listing_id AND substr(l.company_key, 1, {INDEXED}) = substr(a.company_key, 1, {INDEXED})"
        f" AND l.company_key = a.company_key AND l.created_at BETWEEN a.created_at - {_DAYS} AND a.created_at + {_DAYS}"
    ),
}


async def duplicates(reader: LeadReader, asked: Collection[UUID], hidden: Collection[UUID], first: int) -> dict[UUID, list[Duplicate]]:
    """The best matches of each lead, the newest of equals first.

    Of those whose contact is hidden from the viewer, by nothing of it.
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
    """Pairs of a lead asked about and one in sight that match so."""
    viewer = reader.viewer
    flags = ", ".join(f"{int(one is match)} AS {_named(one)}" for one in DuplicateMatch)
    shown = Sql(f"NOT {access_policy.contact_hidden(viewer)}") if match in OF_THE_CONTACT else TRUE
    return (
        f"SELECT a.id AS asked_id, l.id AS id, l.created_at AS created_at, {flags} FROM lead a JOIN lead l ON {ALIKE[match]} WHERE "
    ) + all_of(is_one_of("a.id", asked), Sql("l.id <> a.id"), access_policy.visible_to(viewer), shown)


def _named(match: DuplicateMatch) -> str:
    return match.value.lower()
