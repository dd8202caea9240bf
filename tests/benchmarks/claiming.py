"""Claims a second, by sixteen partners at once: the whole of a claim (limits, timeline, event) beside the bare UPDATE.

The UPDATE is run by the driver and, on PostgreSQL, by pgbench where that is installed.
"""

import asyncio
import os
import re
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import closing
from statistics import median
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import uvloop

from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads.claims import claim_lead
from tests.benchmarks import world
from tests.benchmarks.table import Line
from tests.benchmarks.world import Size
from tests.fixtures import load_viewer, open_app_context

AT_ONCE: Final = 16
CLAIMS: Final = 320
"""So many a round of the service and the driver each."""
OF_PGBENCH: Final = 1_600
"""It is so fast that less could not be timed."""
Bare = Callable[[str, list[UUID]], Awaitable[float]]
TAKE: Final = "UPDATE lead SET partner_id = $1, queue_id = NULL WHERE id = $2 AND queue_id IS NOT NULL"

_DIGITS: Final = "lpad(to_hex(:number::bigint), 12, '0')"
TAKE_NEXT: Final = f"""
\\set n :n + 1
\\set number :first + :client_id * :each + :n
UPDATE lead SET partner_id = :partner, queue_id = NULL WHERE id = ({_DIGITS} || '70008000' || {_DIGITS})::uuid AND queue_id IS NOT NULL;
"""
"""The same for pgbench, which makes up the id as `world.lead_id` does."""

LIMITED: Final = "UPDATE lead_queue SET max_open_claims = 1000000, max_claims_per_day = 1000000"


def size_for(rounds: int) -> Size:
    """A world in which everything waits, large enough for so many rounds."""
    return Size((CLAIMS * 2 + OF_PGBENCH) * (rounds + 1), one_queued_in=1)


def measure(url: str, rounds: int) -> Iterator[Line]:
    """A line for this database; it is used up."""
    ours, *bare = uvloop.run(_rounds(url, rounds, _bare(url)))
    for at, (name, rate) in enumerate(zip(_bare(url), bare, strict=True)):
        yield Line("" if at else "Claims, 16 at once", f"a second, beside {name}", f"{ours:,.0f}", f"{rate:,.0f}", ours / rate)


def _bare(url: str) -> Mapping[str, Bare]:
    """What the bare UPDATE is run by."""
    if url.startswith("sqlite"):
        return {"sqlite3": _sqlite}
    return {"asyncpg": _postgres} | ({"pgbench": _pgbench} if shutil.which("pgbench") else {})


async def _rounds(url: str, rounds: int, bare: Mapping[str, Bare]) -> list[float]:
    """The medians of the service and of each of the others, measured in turns."""
    numbers = iter(range(size_for(rounds).leads))
    found: list[list[float]] = []
    async with open_app_context(url) as app:
        await app.database.writing.execute(LIMITED)
        reps = [await load_viewer(app, world.rep_id(number)) for number in range(AT_ONCE)]
        for _ in range(rounds + 1):  # the first warms up
            ours = await _service(app, reps, _some(numbers))
            found.append([ours, *[await run(url, _some(numbers, OF_PGBENCH if run is _pgbench else CLAIMS)) for run in bare.values()]])
            if len(found) == 1 and app.database.dialect == "postgres":
                # As it does by itself within a minute: until then its plans are those for tables in which nobody has claimed anything.
                await app.database.writing.execute("ANALYZE")
    return [median(rates) for rates in zip(*found[1:], strict=True)]


def _some(numbers: Iterator[int], count: int = CLAIMS) -> list[UUID]:
    return [world.lead_id(next(numbers)) for _ in range(count)]


async def _service(app: AppContext, reps: list[Viewer], leads: list[UUID]) -> float:
    def claimer(rep: Viewer) -> Callable[[UUID], Awaitable[None]]:
        async def claim(lead: UUID) -> None:
            await claim_lead(app, rep, lead)

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


async def _pgbench(url: str, leads: list[UUID]) -> float:
    """As many clients, in two threads, each with its own part of the leads."""
    parts = urlsplit(url)
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(TAKE_NEXT)
        script.flush()
        process = await asyncio.create_subprocess_exec(
            "pgbench", "--no-vacuum", f"--client={AT_ONCE}", "--jobs=2", "--protocol=prepared", f"--file={script.name}",
            f"--transactions={len(leads) // AT_ONCE}", f"--define=first={leads[0].int >> 80}", "--define=n=-1",
            f"--define=each={len(leads) // AT_ONCE}", f"--define=partner={world.partner_id(0)}",
            f"--host={parts.hostname}", f"--port={parts.port}", f"--username={parts.username}", parts.path[1:],
            env={**os.environ, "PGPASSWORD": parts.password or ""}, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        output, _ = await process.communicate()
    told = re.search(rb"tps = ([0-9.]+) ", output)
    assert told is not None, output
    return float(told[1])


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
