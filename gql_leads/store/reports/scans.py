"""Groups of leads on SQLite, counted in Python while the leads are read.

SQLite sorts all rows for each GROUP BY; hash tables take half of the time (`make bench`, analytics).
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any

from gql_leads.store.reports.sums import KIND_FACTOR, THOUSANDS, Grouping, Part
from gql_leads.store.sql.rows import Row


class GroupCounter:
    """Counts groups, sums amounts and collects response times, and returns them as PostgreSQL's statement does."""

    def __init__(self, names: Sequence[str], groupings: Sequence[Grouping], *, by_partner: bool) -> None:
        self._names = names
        self._groups: dict[Grouping, Counter[Any]] = {one: Counter() for one in groupings}
        self._worth: Counter[tuple[str | None, str]] = Counter()
        self._responses: dict[str | None, list[int]] = defaultdict(list)
        self._by_partner = by_partner
        """Whether response times are needed for each partner."""

    def take(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Count some rows, whose columns are those of `names`."""
        columns = dict(zip(self._names, zip(*rows, strict=True), strict=True))
        for grouping, counter in self._groups.items():
            first, *others = (columns[name] for name in grouping.columns)
            counter.update(zip(first, *others, strict=True) if others else first)
        if "took" in columns:
            answered = [(partner, took) for partner, took in zip(columns["partner"], columns["took"], strict=True) if took is not None]
            for partner, took in answered:
                self._responses[partner].append(took)
        if "deal_minor" in columns:
            worth = zip(columns["partner"], columns["deal_currency"], columns["deal_minor"], strict=True)
            for partner, currency, minor in worth:
                if minor is not None:
                    self._worth[partner, currency] += minor

    def rows(self) -> Iterator[Row]:
        """Return the groups."""
        for grouping, counter in self._groups.items():
            for group, total in counter.items():
                values = group if len(grouping.columns) > 1 else (group,)
                key, numbers = (None, values) if grouping.id is None else (values[0], values[1:])
                if values[0] is not None:
                    number = sum(value * (1, KIND_FACTOR)[at] for at, value in enumerate(numbers)) if numbers else None
                    yield _row(grouping.part, key, number, total)
        for (partner, currency), minor in self._worth.items():
            yield _row(Part.VALUE, partner, minor // THOUSANDS, minor % THOUSANDS, currency)
        if self._responses:
            yield _row(Part.RESPONSE, None, _doubled_median([took for one in self._responses.values() for took in one]), 1)
        for partner, responses in self._responses.items() if self._by_partner else ():
            yield _row(Part.RESPONSE, partner, _doubled_median(responses), 0)


def _doubled_median(values: Sequence[int]) -> int:
    return round(2 * median(values))


def _row(part: Part, key: object, number: int | None, total: int, currency: str | None = None) -> Row:
    return {"part": part, "key": key, "number": number, "total": total, "currency": currency}
