"""Compare the slowest with the fastest of several search terms on the same list."""

import asyncio
import time
from collections.abc import Iterator
from statistics import median
from typing import Final
from uuid import UUID

from gql_leads.domain.leads.filters import Filter
from gql_leads.domain.leads.lead import LeadStatus
from gql_leads.store.leads import lists
from gql_leads.store.leads.lists import LeadQuery
from gql_leads.store.sql.pagination import Window
from gql_leads.store.sql.projection import Projection
from tests.benchmarks import dataset
from tests.benchmarks.queries import STATUSES, TERMS
from tests.benchmarks.table import Comparison
from tests.fixtures import load_viewer, open_app_context

REPETITIONS: Final = 5
PROJECTION: Final = Projection(frozenset({"id", "company", "created_at"}))


def measure(url: str) -> Iterator[Comparison]:
    """Yield one comparison for a partner's list, and one for the vendor's."""
    for title, member in (("Search of a partner's list", dataset.rep_id(0)), ("Search of the vendor's list", dataset.seller_id())):
        durations = asyncio.run(_durations(url, member))
        slow, fast = max(durations, key=durations.__getitem__), min(durations, key=durations.__getitem__)
        slowest, fastest = durations[slow], durations[fast]
        yield Comparison(
            title, f"slowest ({slow}) ÷ fastest ({fast})", f"{slowest * 1e3:.1f} ms", f"{fastest * 1e3:.1f} ms", slowest / fastest
        )


async def _durations(url: str, member: UUID) -> dict[str, float]:
    """Return the median seconds for each term."""
    filter_ = Filter(status=tuple(map(LeadStatus, STATUSES)))
    async with open_app_context(url) as app:
        reader = app.reader(await load_viewer(app, member))
        times_by_term: dict[str, list[float]] = {name: [] for name in TERMS}
        for _ in range(REPETITIONS):
            for name, term in TERMS.items():
                started = time.perf_counter()
                await lists.page(reader, LeadQuery(term, filter_), PROJECTION, Window(50))
                times_by_term[name].append(time.perf_counter() - started)
    return {name: median(times) for name, times in times_by_term.items()}
