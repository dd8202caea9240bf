"""Facets: counts of a list by the values of its attributes, all by one statement.

Raw SQL because the parts of the statement share one scan of the leads (`make bench`, q4 and analytics).
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from itertools import count
from typing import Final, NamedTuple

from gql_leads.domain.leads.lead import (
    CallToAction,
    EmailValidity,
    LeadOutcome,
    LeadQuality,
    LeadSource,
    LeadStage,
    LeadStatus,
    LeadType,
    ListingKind,
    PhoneValidity,
)
from gql_leads.store.access import access_policy
from gql_leads.store.leads.lists import FROM, LeadQuery, LeadReader, SearchPlan, candidates_by_search, counting
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
    COMPANY_SIZE = "COMPANY_SIZE"
    SENDER = "SENDER"

    @property
    def column(self) -> str:
        """The attribute's name in the filter; most are columns of the lead."""
        return NAMED[self][0] if self in NAMED else self.value.lower()

    def name_of(self, value: str) -> str:
        """Return the expression for the name of the object that a value identifies; NULL for enum values."""
        return f"(SELECT n.name FROM {NAMED[self][1]} n WHERE n.id = {value})" if self in NAMED else "NULL"


class Counted(NamedTuple):
    """One value of a facet, None for leads without one; `name` is the name of the object that it identifies."""

    value: str | None
    name: str | None
    total: int


NAMED = {
    FacetField.LISTING: ("listing_id", "listing"),
    FacetField.PARTNER: ("partner_id", "partner"),
    FacetField.OWNER: ("owner_id", "member"),
    FacetField.QUEUE: ("queue_id", "lead_queue"),
    FacetField.CAMPAIGN: ("campaign_ids", "campaign"),
    FacetField.SENDER: ("sender_id", "member"),
}
"""Facets whose values are ids: the filter's attribute, and the table with the names."""
HIDDEN_FROM_SENDERS = (FacetField.OWNER, FacetField.QUEUE, FacetField.CAMPAIGN, FacetField.COMPANY_SIZE)
"""Facets that are hidden from senders."""
INDEXED: Final = {FacetField.PARTNER, FacetField.QUEUE, FacetField.CAMPAIGN, FacetField.SENDER}
"""Facets with an index that counts them without reading all leads."""
WITH_NONE: Final = {FacetField.OWNER: "has_owner", FacetField.LISTING: "has_listing"}
"""Facets that also count the leads without a value, and the filter's attribute that selects those."""


EVERY_LEAD_HAS: Final = {
    FacetField.STATUS: LeadStatus, FacetField.STAGE: LeadStage, FacetField.TYPE: LeadType, FacetField.SOURCE: LeadSource,
    FacetField.QUALITY: LeadQuality,
}  # fmt: skip
"""Facets in which every lead has exactly one value."""
VALUES: Final = EVERY_LEAD_HAS | {
    FacetField.OUTCOME: LeadOutcome, FacetField.CALL_TO_ACTION: CallToAction, FacetField.EMAIL_VALIDITY: EmailValidity,
    FacetField.PHONE_VALIDITY: PhoneValidity, FacetField.LISTING_KIND: ListingKind,
}  # fmt: skip
"""Facets whose values are those of an enum."""


MOST_TOGETHER: Final = 6
"""Largest number of few-valued facets counted by one GROUP BY.

With more, there are nearly as many combinations as leads.
"""
MOST_PARTS: Final = 400
"""Largest number of SELECTs in one UNION; SQLite allows 500."""


class Facet(NamedTuple):
    """A facet to count, and the largest number of its values to return."""

    field: FacetField
    first: int

    def loosened(self, query: LeadQuery) -> LeadQuery:
        """Return the query without its own conditions on this facet's attribute."""
        own = (self.field.column, WITH_NONE[self.field]) if self.field in WITH_NONE else (self.field.column,)
        if all(getattr(query.filter, name) is None for name in own):
            return query
        return replace(query, filter=replace(query.filter, **dict.fromkeys(own)))

    def is_whole(self, query: LeadQuery) -> bool:
        """Return whether the facet's counts add up to the list's total."""
        values = EVERY_LEAD_HAS.get(self.field)
        return values is not None and len(values) <= self.first and getattr(query.filter, self.field.column) is None


class Wanted(NamedTuple):
    """A list with the facets to count, and whether to count its total."""

    query: LeadQuery
    facets: tuple[Facet, ...]
    with_total: bool


class Counts(NamedTuple):
    """The total, if requested, and the most frequent values of each facet."""

    total: int
    facets: dict[Facet, list[Counted]]


async def counts(reader: LeadReader, query: LeadQuery, facets: Collection[Facet], *, with_total: bool = False) -> Counts:
    """Count the leads of a query; a facet ignores the filter's condition on its own attribute."""
    (counted,) = await counts_of(reader, [Wanted(query, tuple(facets), with_total)])
    return counted


async def counts_of(reader: LeadReader, lists: Sequence[Wanted]) -> list[Counts]:
    """Count several lists by one statement."""
    parts: list[Sql] = []
    places: list[tuple[dict[Facet, int], int | None]] = []
    numbers = count()
    found_of = await candidates_by_search(reader, (one.query.search for one in lists), search_plan.COUNT)
    for query, facets, with_total in lists:
        plan = SearchPlan(query, found_of[query.search])
        asked = {facet: next(numbers) for facet in dict.fromkeys(facets)}
        parts += _facets(reader, plan, asked)
        whole = next((at for facet, at in asked.items() if facet.is_whole(query)), None)
        if with_total and whole is None:
            whole = next(numbers)
            everything = counting(plan.branches(reader))
            parts.append(f"SELECT {whole} AS facet, CAST(NULL AS TEXT) AS value, NULL AS name, total FROM (" + everything + ") AS counted")
        places.append((asked, whole))
    found = await _read(reader, parts)
    return [
        Counts(sum(one.total for one in found[whole]) if whole is not None else 0, {facet: found[at] for facet, at in asked.items()})
        for asked, whole in places
    ]


async def _read(reader: LeadReader, parts: Sequence[Sql]) -> dict[int, list[Counted]]:
    """Return the counted values by the number of their part, the most frequent first."""
    found: dict[int, list[Counted]] = defaultdict(list)
    for start in range(0, len(parts), MOST_PARTS):
        statement = join(" UNION ALL ", parts[start : start + MOST_PARTS])
        for row in await reader.connection.fetch(statement):
            found[row["facet"]].append(Counted(row["value"], row["name"], row["total"]))
    for values in found.values():
        values.sort(key=lambda one: (-one.total, one.value or ""))
    return found


def _facets(reader: LeadReader, plan: SearchPlan, asked: Mapping[Facet, int]) -> Iterator[Sql]:
    """Return the SELECTs of the facets by number; those without an index that count the same leads share one scan."""
    alike: dict[LeadQuery, list[Facet]] = defaultdict(list)
    for facet in asked:
        alike[facet.loosened(plan.query)].append(facet)
    for query, facets in alike.items():
        counted = SearchPlan(query, plan.found)
        apart = [facet for facet in facets if facet.field in INDEXED]
        few = [facet for facet in facets if facet.field not in NAMED]
        own = [facet for facet in facets if facet.field in WITH_NONE]
        if reader.connection.dialect == "sqlite":
            # SQLite sorts the leads to group them; PostgreSQL hashes, which is faster than counting each value.
            enums = {facet: asked[facet] for facet in few if facet.field in VALUES}
            if enums:
                yield _by_value(reader, counted, enums)
            scans: list[list[Sequence[Facet]]] = [_sets([facet for facet in few if facet not in enums]), [own]]
        else:
            scans = [[*_sets(few), *([facet] for facet in own)]]
        for sets in scans:
            found = [facet for one in sets for facet in one]
            if len(found) > 1:
                yield _together(reader, counted, sets, asked)
            else:
                apart += found
        for facet in apart:
            yield _facet(reader, counted, facet, asked[facet])


def _sets(few: Sequence[Facet]) -> list[Sequence[Facet]]:
    """Return facets with few values in sets whose combinations are counted."""
    return [few[start : start + MOST_TOGETHER] for start in range(0, len(few), MOST_TOGETHER)]


def _together(reader: LeadReader, plan: SearchPlan, sets: Sequence[Sequence[Facet]], asked: Mapping[Facet, int]) -> Sql:
    """Count the combinations of each set's attributes in one scan, and sum them for each attribute."""
    column = {facet: facet.field.column for facets in sets for facet in facets}
    selected = join(", ", [masked(reader, facet.field) + f" AS {name}" for facet, name in column.items()])
    leads = join(" UNION ALL ", ["SELECT " + selected + f" {FROM} WHERE " + branch for branch in plan.branches(reader)])
    every = ", ".join(column.values())
    if len(sets) == 1:
        grouped = f"SELECT {every}, 0 AS lacking, count(*) AS leads FROM (" + leads + f") AS leads GROUP BY {every}"
    else:
        groups = ", ".join("(" + ", ".join(column[facet] for facet in facets) + ")" for facets in sets)
        # The offset makes PostgreSQL compute each column once, and not again for each set.
        source = "(" + leads + f" OFFSET 0) AS leads GROUP BY GROUPING SETS ({groups})"
        grouped = f"SELECT {every}, GROUPING({every}) AS lacking, count(*) AS leads FROM " + source
    sums: list[Sql] = []
    for facets in sets:
        # GROUPING has a bit for each column that a set lacks, the last one first.
        lacking = sum(1 << at for at, facet in enumerate(reversed(column)) if facet not in facets)
        for facet in facets:
            value = column[facet]
            present = "" if facet.field in WITH_NONE else f" AND {value} IS NOT NULL"
            total = f"SELECT {value} AS value, CAST(sum(leads) AS BIGINT) AS total FROM together WHERE lacking = {lacking}{present}"
            sums.append(_most_frequent(Sql(total + f" GROUP BY {value}"), facet, asked[facet]))
    with_sums = "SELECT facet, value, name, total FROM (WITH together AS MATERIALIZED (" + grouped + ") "
    return with_sums + join(" UNION ALL ", sums) + ") AS counted"


def _by_value(reader: LeadReader, plan: SearchPlan, asked: Mapping[Facet, int]) -> Sql:
    """Count each value of several enum attributes in one scan, without sorting."""
    counters: list[Sql] = []
    facets: list[Sql] = []
    for facet, number in asked.items():
        expression = masked(reader, facet.field)
        cases, listed = "", ""
        for value in VALUES[facet.field]:
            cases += f" WHEN '{value.value}' THEN c{len(counters)}"
            listed += f"{', ' if listed else ''}('{value.value}')"
            counters.append("count(*) FILTER (WHERE " + expression + f" = '{value.value}') AS c{len(counters)}")
        facets.append(
            Sql(
                f"SELECT * FROM (SELECT {number} AS facet, column1 AS value, NULL AS name, CASE column1{cases} END AS total"
                f" FROM each_value, (VALUES {listed}) WHERE total > 0 ORDER BY total DESC, value LIMIT ?) AS facet{number}",
                (facet.first,),
            )
        )
    branches = plan.branches(reader)
    scans = join(" UNION ALL ", ["SELECT " + join(", ", counters) + f" {FROM} WHERE " + branch for branch in branches])
    if len(branches) > 1:
        sums = ", ".join(f"sum(c{at}) AS c{at}" for at in range(len(counters)))
        scans = f"SELECT {sums} FROM (" + scans + ")"
    return (
        "SELECT facet, value, name, total FROM (WITH each_value AS MATERIALIZED ("
        + scans
        + ") "
        + join(" UNION ALL ", facets)
        + ") AS counted"
    )


def _facet(reader: LeadReader, plan: SearchPlan, facet: Facet, number: int) -> Sql:
    branches = plan.branches(reader)
    if facet.field in WITH_NONE:
        value = masked(reader, facet.field)
    else:
        value = Sql(_expression(facet.field))
        branches = [all_of(branch, _known(reader, facet.field), value + " IS NOT NULL") for branch in branches]
    source = f"{FROM} JOIN campaign_membership cm ON cm.lead_id = l.id" if facet.field is FacetField.CAMPAIGN else FROM
    return _most_frequent(counting(branches, value, source), facet, number)


def _most_frequent(counted: Sql, facet: Facet, number: int) -> Sql:
    """Return the SELECT of the most frequent values with their names."""
    name = facet.field.name_of("counted.value")
    return (
        f"SELECT {number} AS facet, CAST(counted.value AS TEXT) AS value, {name} AS name, counted.total AS total FROM ("
        + counted
        + Sql(" ORDER BY total DESC, value NULLS FIRST LIMIT ?) AS counted", (facet.first,))
    )


def masked(reader: LeadReader, field: FacetField) -> Sql:
    """Return the expression of a facet's value, NULL where the viewer may not know it."""
    known, expression = _known(reader, field), _expression(field)
    return Sql(expression) if known == TRUE else "CASE WHEN " + known + f" THEN {expression} END"


def _known(reader: LeadReader, field: FacetField) -> Sql:
    """Return the condition under which the viewer may know the value."""
    if field in (FacetField.EMAIL_VALIDITY, FacetField.PHONE_VALIDITY):
        return Sql(f"NOT {access_policy.contact_hidden(reader.viewer)}")
    if field is FacetField.SENDER:
        return access_policy.sender_visible(reader.viewer)
    return access_policy.full_view(reader.viewer) if field in HIDDEN_FROM_SENDERS else TRUE


def _expression(field: FacetField) -> str:
    return "cm.campaign_id" if field is FacetField.CAMPAIGN else f"l.{field.column}"
