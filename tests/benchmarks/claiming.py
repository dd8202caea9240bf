"""Claims a second, by sixteen partners at once: the whole of a claim (limits, timeline, event) beside the driver's bare UPDATE."""

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from statistics import median
from typing import Final
from uuid import UUID

import asyncpg
import uvloop

from gql_leads.domain.viewer import Viewer
from gql_leads.services.claiming import claim_lead
from gql_leads.services.desk import Desk
from tests.benchmarks import world
from tests.benchmarks.table import Line
from tests.benchmarks.world import Size
from tests.desks import come_in, open_desk

AT_ONCE: Final = 16
CLAIMS: Final = 320
"""So many a round, of each."""
TAKE: Final = "UPDATE lead SET partner_id = $1, queue_id = NULL WHERE id = $2 AND queue_id IS NOT NULL"

LIMITED: Final = "UPDATE lead_queue SET max_open_claims = 1000000, max_claims_per_day = 1000000"


def size_for(rounds: int) -> Size:
    """A world in which everything waits, large enough for so many rounds."""
    return Size(CLAIMS * 2 * (rounds + 1), one_queued_in=1)


def measure(url: str, rounds: int) -> Iterator[Line]:
    """A line for this database; it is used up."""
    ours, bare = uvloop.run(_rounds(url, rounds))
    beside = "sqlite3" if url.startswith("sqlite") else "asyncpg"
    yield Line("Claims, 16 at once", f"a second, beside {beside}", f"{ours:,.0f}", f"{bare:,.0f}", ours / bare)


async def _rounds(url: str, rounds: int) -> tuple[float, float]:
    numbers = iter(range(size_for(rounds).leads))
    found: tuple[list[float], list[float]] = ([], [])
    async with open_desk(url) as desk:
        await desk.database.writing.execute(LIMITED)
        reps = [await come_in(desk, world.rep_id(number)) for number in range(AT_ONCE)]
        for _ in range(rounds + 1):  # the first warms up
            found[0].append(await _service(desk, reps, _some(numbers)))
            found[1].append(await (_sqlite if url.startswith("sqlite") else _postgres)(url, _some(numbers)))
    return median(found[0][1:]), median(found[1][1:])


def _some(numbers: Iterator[int]) -> list[UUID]:
    return [world.lead_id(next(numbers)) for _ in range(CLAIMS)]


async def _service(desk: Desk, reps: list[Viewer], leads: list[UUID]) -> float:
    def claimer(rep: Viewer) -> Callable[[UUID], Awaitable[None]]:
        async def claim(lead: UUID) -> None:
            await claim_lead(desk, rep, lead)

        return claim

    return await _rate(leads, [claimer(rep) for rep in reps])


async def _postgres(url: str, leads: list[UUID]) -> float:
    connections = [await asyncpg.connect(url) for _ in range(AT_ONCE)]

    def taker(connection: asyncpg.Connection) -> Callable[[UUID], Awaitable[None]]:
        async def take(lead: UUID) -> None:
            assert await connection.execute(TAKE, world.partner_id(0), lead) == "UPDATE 1"

        return take

    try:
        return await _rate(leads, [taker(one) for one in connections])
    finally:
        for connection in connections:
            await connection.close()


async def _sqlite(url: str, leads: list[UUID]) -> float:
    """One after the other, as SQLite has one writer."""
    with closing(sqlite3.connect(url.removeprefix("sqlite://"), isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = FULL")

        async def take(lead: UUID) -> None:
            done = connection.execute(TAKE, {"1": str(world.partner_id(0)), "2": str(lead)})
            assert done.rowcount == 1

        return await _rate(leads, [take])


async def _rate(leads: list[UUID], workers: list[Callable[[UUID], Awaitable[None]]]) -> float:
    waiting = iter(leads)

    async def work(take: Callable[[UUID], Awaitable[None]]) -> None:
        for lead in waiting:
            await take(lead)

    started = time.perf_counter()
    await asyncio.gather(*(work(take) for take in workers))
    return len(leads) / (time.perf_counter() - started)
