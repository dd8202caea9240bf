"""Metadata of fields and arguments; `graphql_server` reads it from the schema by these keys.

The works are calibrated by `make bench` (costs): one unit is at most 0.1 ms of CPU time, with 200,000 leads in sight.
"""

from collections.abc import Callable
from typing import Any, Final

PRIVATE: Final = {"private": True}
"""The value depends on the member, not only on their permissions: a stream that selects it is not shared between members."""
PAGE: Final = {"page": True}
"""The field returns as many objects as its `first` or `ids` argument says, and its cost is that of a connection."""
POSITION: Final = {"position": True}
"""The argument decides where a stream starts, but not the content of its events: streams that differ only in it are shared."""
Metadata = dict[str, Any]


def work(*, nodes: int = 0, rows: int = 0, passes: int = 0, condition: int = 0, fixed_passes: float = 0.0) -> Metadata:
    """Return the metadata of a field that costs more than its nodes (see `documents.cost.Work`)."""
    return {"work": {"nodes": nodes, "rows": rows, "passes": passes, "condition": condition, "fixed_passes": fixed_passes}}


def work_by_value(work_of: Callable[[Any], Metadata]) -> Metadata:
    """Return the metadata of an argument whose work depends on its uncoerced value."""
    return {"work": lambda value: work_of(value).get("work", {})}


COUNTED: Final = work(rows=600, passes=1)
"""Counts all leads of a list."""
FACETS: Final = work(rows=500, passes=1)
"""Reads all leads of a list for its facets, besides the work of each."""
FILTERED_LIST: Final = work(rows=1_200, passes=1)
"""A filter for which few leads match: reading one page walks all leads."""
FILTERED_BOARD: Final = work(rows=3_700, passes=4)
"""The same for each column of a board."""
CRITERION: Final = work(condition=30)
TEXT_CRITERION: Final = work(condition=120)
SEARCHED: Final = work(condition=400)
"""A search where all leads are counted; the pages of a list use the search index."""
SEARCHED_RECORDS: Final = work(rows=600)
"""A search of records without a search index."""
COUNTED_NOTIFICATIONS: Final = work(rows=300)
"""Counts notifications, of which most are about leads that wait."""
FILTERED_RECORDS: Final = work(rows=300, passes=1)
"""A filter of opportunities or activities for which few match: reading one page walks all of them."""
BOARD_COUNTS: Final = work(rows=1_400, passes=1)
REPORT: Final = work(rows=2_000, passes=1)
RESPONSIVENESS: Final = work(nodes=40)
"""Reads all leads that one partner has."""
RECOMMENDATIONS: Final = work(nodes=250)
"""Compares the newest 500 waiting leads with 2,000 answers."""
MUTATION: Final = work(nodes=10)
"""A transaction: a lock, the change, its history and its event."""
EVENTS: Final = work(nodes=500, fixed_passes=0.17)
"""Examines up to 1,000 events."""
STREAM: Final = work(nodes=10, fixed_passes=0.0034)
"""Examines 20 events; a replay is charged this again for every 20 further ones."""
EXPORT: Final = work(nodes=10, rows=600, passes=1)
"""Counts the leads of the file; the download is no operation."""


def _by_facet(fields: Any) -> Metadata:
    return work(rows=430 * (len(fields) if isinstance(fields, list) else 1), passes=len(fields) // 6 if isinstance(fields, list) else 0)


def _by_grouping(grouping: Any) -> Metadata:
    return work(rows=2_600, passes=1) if grouping in ("OWNER", "LISTING") else {}


def _by_sort(sort: Any) -> Metadata:
    steps = sort if isinstance(sort, list) else [sort]
    first = steps[0] if steps else {"field": "CREATED_AT"}
    if isinstance(first, dict) and first.get("field") == "CREATED_AT":
        return {}
    return work(rows=1_700 + 500 * len(steps), passes=1)


def _by_item(items: Any) -> Metadata:
    return work(nodes=10 * len(items)) if isinstance(items, list) else {}


FACET_FIELDS: Final = work_by_value(_by_facet)
GROUPING: Final = work_by_value(_by_grouping)
"""Columns of objects are counted to find the largest ones."""
SORTED: Final = work_by_value(_by_sort)
"""An order without an index reads and sorts all leads of the list."""
CHANGED_EACH: Final = work_by_value(_by_item)
"""Each lead is changed in a transaction of its own."""
