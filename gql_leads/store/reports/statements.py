"""The SELECTs that count the leads of a report; each returns the same columns, which `Sums` adds up.

Raw SQL because GROUPING SETS count all groups while the leads are read once (`make bench`, analytics).
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from gql_leads.store.reports.sums import KIND_FACTOR, THOUSANDS, Grouping, Part
from gql_leads.store.sql.builder import Sql, join


class Number(NamedTuple):
    """A number of a group: the columns to group by, and the expression for it.

    Texts are grouped as they are, because comparing them for each lead, and not for each group, takes longer.
    """

    columns: tuple[str, ...]
    expression: str


def group(leads: Sql, grouping: Grouping) -> Sql:
    """Return the SELECT of one part, which both databases count fast."""
    number = " + ".join(_shifted(grouping.numbers)) or "NULL"
    present = f" WHERE {grouping.columns[0]} IS NOT NULL GROUP BY {', '.join(grouping.columns)}"
    return _part(f"'{grouping.part}'", "(" + leads + ") AS counted" + present, key=grouping.id or "NULL", number=number, total="count(*)")


def grouping_sets(leads: Sql, groupings: Sequence[Grouping], numbers: Mapping[str, Number]) -> Sql:
    """Return the SELECT of several parts, on PostgreSQL; numbers that are not given are columns."""
    columns_of = {one: _columns(one, numbers) for one in groupings}
    named = list(dict.fromkeys(column for columns in columns_of.values() for column in columns))
    sets = ", ".join(f"({', '.join(columns)})" for columns in columns_of.values())
    # GROUPING has a bit for each column that a set lacks, the last one first.
    lacking = {
        one: sum(1 << at for at, column in enumerate(reversed(named)) if column not in columns) for one, columns in columns_of.items()
    }
    parts = " ".join(f"WHEN {mask} THEN '{one.part}'" for one, mask in lacking.items())
    written = {
        one: _shifted([f"({numbers[name].expression})" if name in numbers else name for name in one.numbers])
        for one in groupings
        if one.numbers
    }
    cases = " ".join(f"WHEN {lacking[one]} THEN {' + '.join(terms)}" for one, terms in written.items())
    grouping = f"CASE GROUPING({', '.join(named)}) "
    keys = [f"CAST({one.id} AS TEXT)" for one in groupings if one.id is not None]
    key = f"COALESCE({', '.join(keys)})" if keys else "NULL"
    number = f"{grouping}{cases} END" if cases else "NULL"
    # The offset makes PostgreSQL compute each column once, and not again for each set.
    source = "(" + leads + f" OFFSET 0) AS counted GROUP BY GROUPING SETS ({sets})"
    return _part(f"{grouping}{parts} END", source, key=key, number=number, total="count(*)")


def sums_and_medians(leads: Sql, by_partner: Mapping[Part, bool]) -> Sql:
    """Return the SELECT of sums or medians or both, on PostgreSQL, and say for each whether partners have one too.

    The leads are read once: only those that have a value are kept for the second part.
    """
    present = {Part.VALUE: "deal_minor IS NOT NULL", Part.RESPONSE: "took IS NOT NULL"}
    if len(by_partner) == 1:
        ((part, each),) = by_partner.items()
        source = "(" + leads + f") AS counted WHERE {present[part]}"
        return _value(source, by_partner=each) if part is Part.VALUE else _median(source, by_partner=each)
    # The offset makes PostgreSQL compute each column once for both conditions and results.
    kept = "SELECT * FROM (" + leads + f" OFFSET 0) AS counted WHERE {' OR '.join(present.values())}"
    value = _value(Sql(f"kept WHERE {present[Part.VALUE]}"), by_partner=by_partner[Part.VALUE])
    median = _median(Sql(f"kept WHERE {present[Part.RESPONSE]}"), by_partner=by_partner[Part.RESPONSE])
    return "SELECT * FROM (WITH kept AS MATERIALIZED (" + kept + ") " + join(" UNION ALL ", [value, median]) + ") AS answered"


def _columns(grouping: Grouping, numbers: Mapping[str, Number]) -> list[str]:
    """Return the columns to group by, the id first."""
    of_numbers = [column for name in grouping.numbers for column in (numbers[name].columns if name in numbers else (name,))]
    return of_numbers if grouping.id is None else [grouping.id, *of_numbers]


def _shifted(numbers: Sequence[str]) -> list[str]:
    """Return the terms of one integer for several: the first one is small."""
    return [one if at == 0 else f"{KIND_FACTOR} * {one}" for at, one in enumerate(numbers)]


def _value(source: Sql, *, by_partner: bool) -> Sql:
    grouped = source + " GROUP BY " + ("deal_currency, partner" if by_partner else "deal_currency")
    high, low = (f"sum(deal_minor {operator} {THOUSANDS})" for operator in ("/", "%"))
    return _part(f"'{Part.VALUE}'", grouped, key="partner" if by_partner else "NULL", currency="deal_currency", number=high, total=low)


def _median(source: Sql, *, by_partner: bool) -> Sql:
    """Return the SELECT of the doubled median; `total` is 1 in the row of all leads."""
    doubled = "round(2 * percentile_cont(0.5) WITHIN GROUP (ORDER BY took))"
    grouped = source + (" GROUP BY ROLLUP (partner)" if by_partner else "")
    is_total = "GROUPING(partner)" if by_partner else "1"
    return _part(f"'{Part.RESPONSE}'", grouped, key="partner" if by_partner else "NULL", number=doubled, total=is_total)


def _part(part: str, source: str | Sql, *, key: str, number: str, total: str, currency: str = "NULL") -> Sql:
    """Return one SELECT of the UNION."""
    named = f"CAST({part} AS TEXT) AS part, CAST({key} AS TEXT) AS key, CAST({currency} AS TEXT) AS currency"
    return Sql(f"SELECT {named}, CAST({number} AS BIGINT) AS number, CAST({total} AS BIGINT) AS total FROM ") + source
