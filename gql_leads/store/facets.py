"""Counts of a list, as a whole and by the values of its facts: all by one statement."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Final, NamedTuple

from gql_leads.domain.lead import LeadQuality, LeadSource, LeadStage, LeadStatus, LeadType
from gql_leads.store import searching, sight
from gql_leads.store.leads import FROM, LeadQuery, Reading, counting, looked_up
from gql_leads.store.sql import TRUE, Sql, all_of, join


class FacetField(StrEnum):
    STATUS = "STATUS"
    STAGE = "STAGE"
    OUTCOME = "OUTCOME"
    TYPE = "TYPE"
    SOURCE = "SOURCE"
    CALL_TO_ACTION = "CALL_TO_ACTION"
    QUALITY = "QUALITY"
    COUNTRY = "COUNTRY"
    EMAIL_VALIDITY = "EMAIL_VALIDITY"
    PHONE_VALIDITY = "PHONE_VALIDITY"
    LISTING_KIND = "LISTING_KIND"
    LISTING = "LISTING"
    PARTNER = "PARTNER"
    OWNER = "OWNER"
    QUEUE = "QUEUE"
    CAMPAIGN = "CAMPAIGN"

    @property
    def column(self) -> str:
        """The filter's name for it, and mostly the lead's column."""
        return NAMED[self][0] if self in NAMED else self.value.lower()

    def name_of(self, value: str) -> str:
        """The name of the object that a value identifies; NULL of one that says itself what it is."""
        return f"(SELECT n.name FROM {NAMED[self][1]} n WHERE n.id = {value})" if self in NAMED else "NULL"


class Counted(NamedTuple):
    """One value of a facet; `name` is that of the object it identifies."""

    value: str
    name: str | None
    total: int


NAMED = {
    FacetField.LISTING: ("listing_id", "listing"),
    FacetField.PARTNER: ("partner_id", "partner"),
    FacetField.OWNER: ("owner_id", "member"),
    FacetField.QUEUE: ("queue_id", "lead_queue"),
    FacetField.CAMPAIGN: ("campaign_ids", "campaign"),
}
"""Facets of objects: the column, and the table that has their names."""
OF_THE_WORK = (FacetField.OWNER, FacetField.QUEUE, FacetField.CAMPAIGN)
"""Facets that senders do not see."""


EVERY_LEAD_HAS: Final = {
    FacetField.STATUS: LeadStatus, FacetField.STAGE: LeadStage, FacetField.TYPE: LeadType, FacetField.SOURCE: LeadSource,
    FacetField.QUALITY: LeadQuality,
}  # fmt: skip
"""Facets in which every lead of the list is counted once."""


MOST_PARTS: Final = 400
"""Of one statement: SQLite allows no more than 500."""


class Facet(NamedTuple):
    """What is counted by, and how many values at most are told."""

    field: FacetField
    first: int

    def is_whole(self, query: LeadQuery) -> bool:
        """Whether its counts add up to the number of leads that the query lists."""
        values = EVERY_LEAD_HAS.get(self.field)
        return values is not None and len(values) <= self.first and getattr(query.filter, self.field.column) is None


class Wanted(NamedTuple):
    """A list, the facets to count it by, and whether it is to be counted as a whole."""

    query: LeadQuery
    facets: tuple[Facet, ...]
    with_total: bool


class Counts(NamedTuple):
    """How many leads there are, where that was asked, and the most frequent values of each facet."""

    total: int
    facets: dict[Facet, list[Counted]]


async def counts(reading: Reading, query: LeadQuery, facets: Collection[Facet], *, with_total: bool = False) -> Counts:
    """Count what the query lists; a facet ignores the filter's own condition on its field."""
    (counted,) = await counts_of(reading, [Wanted(query, tuple(facets), with_total)])
    return counted


async def counts_of(reading: Reading, lists: Sequence[Wanted]) -> list[Counts]:
    """Count several lists at once."""
    parts: list[Sql] = []
    places: list[tuple[dict[Facet, int], int | None]] = []
    found_of = await looked_up(reading, (one.query.search for one in lists), searching.COUNT)
    for given, facets, with_total in lists:
        query = given.narrowed(found_of)
        asked = {facet: len(parts) + at for at, facet in enumerate(dict.fromkeys(facets))}
        parts += [_facet(reading, query, facet, at) for facet, at in asked.items()]
        whole = next((at for facet, at in asked.items() if facet.is_whole(query)), None)
        if with_total and whole is None:
            whole = len(parts)
            everything = counting(query.branches(reading))
            parts.append(f"SELECT {whole} AS facet, CAST(NULL AS TEXT) AS value, NULL AS name, total FROM (" + everything + ") AS counted")
        places.append((asked, whole))
    found = await _read(reading, parts)
    return [
        Counts(0 if whole is None else sum(one.total for one in found[whole]), {facet: found[at] for facet, at in asked.items()})
        for asked, whole in places
    ]


async def _read(reading: Reading, parts: Sequence[Sql]) -> list[list[Counted]]:
    """What each part counted, the most frequent first."""
    found: list[list[Counted]] = [[] for _ in parts]
    for start in range(0, len(parts), MOST_PARTS):
        statement = join(" UNION ALL ", parts[start : start + MOST_PARTS])
        for row in await reading.connection.fetch(statement.text, *statement.parameters):
            found[row["facet"]].append(Counted(row["value"], row["name"], row["total"]))
    for values in found:
        values.sort(key=lambda one: (-one.total, one.value or ""))
    return found


def _facet(reading: Reading, query: LeadQuery, facet: Facet, number: int) -> Sql:
    loosened = replace(query, filter=replace(query.filter, **{facet.field.column: None}))
    expression, condition = _value(reading, facet.field)
    told = all_of(condition, Sql(f"{expression} IS NOT NULL"))
    source = f"{FROM} JOIN campaign_membership cm ON cm.lead_id = l.id" if facet.field is FacetField.CAMPAIGN else FROM
    counted = counting([all_of(branch, told) for branch in loosened.branches(reading)], expression, source)
    name = facet.field.name_of("counted.value")
    return (
        f"SELECT {number} AS facet, CAST(counted.value AS TEXT) AS value, {name} AS name, counted.total AS total FROM ("
        + counted
        + Sql(" ORDER BY total DESC, value LIMIT ?) AS counted", (facet.first,))
    )


def _value(reading: Reading, field: FacetField) -> tuple[str, Sql]:
    """What is counted, and where the viewer may know it."""
    if field in (FacetField.EMAIL_VALIDITY, FacetField.PHONE_VALIDITY):
        return sight.unless_hidden(reading.viewer, f"l.{field.column}"), TRUE
    expression = "cm.campaign_id" if field is FacetField.CAMPAIGN else f"l.{field.column}"
    return expression, sight.in_full(reading.viewer) if field in OF_THE_WORK else TRUE
