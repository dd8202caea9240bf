"""Counts of a list, as a whole and by the values of its facts: all by one statement."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from itertools import count
from typing import Final, NamedTuple

from gql_leads.domain.leads.lead import LeadQuality, LeadSource, LeadStage, LeadStatus, LeadType
from gql_leads.store.access import access_policy
from gql_leads.store.leads.lists import FROM, LeadQuery, LeadReader, Narrowed, counting, looked_up
from gql_leads.store.search import search_plan
from gql_leads.store.sql.builder import TRUE, Sql, all_of, join


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


MOST_TOGETHER: Final = 6
"""Facets of few values that are counted by one look at the leads: of more, their values together are nearly as many as the leads."""
MOST_PARTS: Final = 400
"""Of one statement: SQLite allows no more than 500."""


class Facet(NamedTuple):
    """What is counted by, and how many values at most are told."""

    field: FacetField
    first: int

    def loosened(self, query: LeadQuery) -> LeadQuery:
        """What is counted of the query: its own condition on the field is left out."""
        if getattr(query.filter, self.field.column) is None:
            return query
        return replace(query, filter=replace(query.filter, **{self.field.column: None}))

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


async def counts(reader: LeadReader, query: LeadQuery, facets: Collection[Facet], *, with_total: bool = False) -> Counts:
    """Count what the query lists; a facet ignores the filter's own condition on its field."""
    (counted,) = await counts_of(reader, [Wanted(query, tuple(facets), with_total)])
    return counted


async def counts_of(reader: LeadReader, lists: Sequence[Wanted]) -> list[Counts]:
    """Count several lists at once."""
    parts: list[Sql] = []
    places: list[tuple[dict[Facet, int], int | None]] = []
    numbers = count()
    found_of = await looked_up(reader, (one.query.search for one in lists), search_plan.COUNT)
    for query, facets, with_total in lists:
        narrow = Narrowed(query, found_of[query.search])
        asked = {facet: next(numbers) for facet in dict.fromkeys(facets)}
        parts += _facets(reader, narrow, asked)
        whole = next((at for facet, at in asked.items() if facet.is_whole(query)), None)
        if with_total and whole is None:
            whole = next(numbers)
            everything = counting(narrow.branches(reader))
            parts.append(f"SELECT {whole} AS facet, CAST(NULL AS TEXT) AS value, NULL AS name, total FROM (" + everything + ") AS counted")
        places.append((asked, whole))
    found = await _read(reader, parts)
    return [
        Counts(sum(one.total for one in found[whole]) if whole is not None else 0, {facet: found[at] for facet, at in asked.items()})
        for asked, whole in places
    ]


async def _read(reader: LeadReader, parts: Sequence[Sql]) -> dict[int, list[Counted]]:
    """What was counted under each number, the most frequent first."""
    found: dict[int, list[Counted]] = defaultdict(list)
    for start in range(0, len(parts), MOST_PARTS):
        statement = join(" UNION ALL ", parts[start : start + MOST_PARTS])
        for row in await reader.connection.fetch(statement):
            found[row["facet"]].append(Counted(row["value"], row["name"], row["total"]))
    for values in found.values():
        values.sort(key=lambda one: (-one.total, one.value or ""))
    return found


def _facets(reader: LeadReader, narrow: Narrowed, asked: Mapping[Facet, int]) -> Iterator[Sql]:
    """What counts each of them under its number: those of few values together, where they count the same leads."""
    alike: dict[LeadQuery, list[Facet]] = defaultdict(list)
    for facet in asked:
        alike[facet.loosened(narrow.query)].append(facet)
    for query, facets in alike.items():
        counted = Narrowed(query, narrow.found)
        small = [facet for facet in facets if facet.field not in NAMED]
        sets = [small[start : start + MOST_TOGETHER] for start in range(0, len(small), MOST_TOGETHER)]
        for some in (*sets, *([facet] for facet in facets if facet.field in NAMED)):
            if len(some) == 1:
                yield _facet(reader, counted, some[0], asked[some[0]])
            else:
                yield _together(reader, counted, {facet: asked[facet] for facet in some})


def _together(reader: LeadReader, narrow: Narrowed, asked: Mapping[Facet, int]) -> Sql:
    """The leads are counted by all the values at once, and what comes of it by each of them."""
    values = {facet.field.column: _value(reader, facet.field)[0] for facet in asked}
    selected = ", ".join(f"{expression} AS {column}" for column, expression in values.items())
    grouped = ", ".join(str(place) for place in range(1, len(values) + 1))
    looks = [f"SELECT {selected}, count(*) AS leads {FROM} WHERE " + branch + f" GROUP BY {grouped}" for branch in narrow.branches(reader)]
    sums = [
        Sql(
            f"SELECT * FROM (SELECT {number} AS facet, CAST({column} AS TEXT) AS value, NULL AS name, CAST(sum(leads) AS BIGINT) AS total"
            f" FROM together WHERE {column} IS NOT NULL GROUP BY {column} ORDER BY total DESC, {column} LIMIT ?) AS facet{number}",
            (facet.first,),
        )
        for column, facet, number in ((facet.field.column, facet, number) for facet, number in asked.items())
    ]
    return (
        "SELECT facet, value, name, total FROM (WITH together AS MATERIALIZED ("
        + join(" UNION ALL ", looks)
        + ") "
        + join(" UNION ALL ", sums)
        + ") AS counted"
    )


def _facet(reader: LeadReader, narrow: Narrowed, facet: Facet, number: int) -> Sql:
    expression, condition = _value(reader, facet.field)
    told = all_of(condition, Sql(f"{expression} IS NOT NULL"))
    source = f"{FROM} JOIN campaign_membership cm ON cm.lead_id = l.id" if facet.field is FacetField.CAMPAIGN else FROM
    counted = counting([all_of(branch, told) for branch in narrow.branches(reader)], expression, source)
    name = facet.field.name_of("counted.value")
    return (
        f"SELECT {number} AS facet, CAST(counted.value AS TEXT) AS value, {name} AS name, counted.total AS total FROM ("
        + counted
        + Sql(" ORDER BY total DESC, value LIMIT ?) AS counted", (facet.first,))
    )


def _value(reader: LeadReader, field: FacetField) -> tuple[str, Sql]:
    """What is counted, and where the viewer may know it."""
    if field in (FacetField.EMAIL_VALIDITY, FacetField.PHONE_VALIDITY):
        return access_policy.unless_hidden(reader.viewer, f"l.{field.column}"), TRUE
    expression = "cm.campaign_id" if field is FacetField.CAMPAIGN else f"l.{field.column}"
    return expression, access_policy.full_view(reader.viewer) if field in OF_THE_WORK else TRUE
