"""The same list searched for several terms: how much longer the slowest takes the database than the fastest."""

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
from tests.benchmarks import world
from tests.benchmarks.queries import STATUSES, TERMS
from tests.benchmarks.table import Line
from tests.fixtures import load_viewer, open_app_context

TIMES: Final = 5
SHAPE: Final = Projection(frozenset({"id", "company", "created_at"}))


def measure(url: str) -> Iterator[Line]:
    """A line for a partner's own list, and one for the vendor's."""
    for title, member in (("Search of a partner's list", world.rep_id(0)), ("Search of the vendor's list", world.seller_id())):
        lasted = asyncio.run(_lasted(url, member))
        slow, fast = max(lasted, key=lasted.__getitem__), min(lasted, key=lasted.__getitem__)
        yield Line(title, f"slowest ({slow}) ÷ fastest ({fast})", f"{lasted[slow] * 1e3:.1f} ms", f"{lasted[fast] * 1e3:.1f} ms",
                   lasted[slow] / lasted[fast])  # fmt: skip


async def _lasted(url: str, member: UUID) -> dict[str, float]:
    """Seconds for each term."""
    asked = Filter(status=tuple(map(LeadStatus, STATUSES)))
    async with open_app_context(url) as app:
        reading = app.reader(await load_viewer(app, member))
        found: dict[str, list[float]] = {name: [] for name in TERMS}
        for _ in range(TIMES):
            for name, term in TERMS.items():
                started = time.perf_counter()
                await lists.page(reading, LeadQuery(term, asked), SHAPE, Window(50))
                found[name].append(time.perf_counter() - started)
    return {name: median(times) for name, times in found.items()}
