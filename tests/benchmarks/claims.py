"""Compare claims per second by 16 partners at once (limits, history, event) with the UPDATE statement alone.

The database driver runs the UPDATE and, on PostgreSQL, pgbench too if it is installed.
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
from tests.benchmarks import dataset
from tests.benchmarks.dataset import DatasetSize
from tests.benchmarks.table import Comparison
from tests.fixtures import load_viewer, open_app_context

CONCURRENCY: Final = 16
CLAIMS: Final = 320
"""Claims in one round, of the service and of the driver."""
PGBENCH_CLAIMS: Final = 1_600
"""Claims in one round of pgbench, which is too fast to time fewer."""
Measurement = Callable[[str, list[UUID]], Awaitable[float]]
CLAIM: Final = "UPDATE lead SET partner_id = $1, queue_id = NULL WHERE id = $2 AND queue_id IS NOT NULL"

_DIGITS: Final = "lpad(to_hex(:number::bigint), 12, '0')"
CLAIM_SCRIPT: Final = f"""
\\set n :n + 1
\\set number :first + :client_id * :each + :n
UPDATE lead SET partner_id = :partner, queue_id = NULL WHERE id = ({_DIGITS} || '70008000' || {_DIGITS})::uuid AND queue_id IS NOT NULL;
"""
"""The same statement for pgbench, which computes the id as `dataset.lead_id` does."""

RAISE_LIMITS: Final = "UPDATE lead_queue SET max_open_claims = 1000000, max_claims_per_day = 1000000"


def size_for(rounds: int) -> DatasetSize:
    """Return the size of a dataset of queued leads that is large enough for this number of rounds."""
    return DatasetSize((CLAIMS * 2 + PGBENCH_CLAIMS) * (rounds + 1), queued_interval=1)


def measure(url: str, rounds: int) -> Iterator[Comparison]:
    """Yield one comparison for each baseline. The database cannot be measured again: its leads are claimed."""
    service_rate, *baseline_rates = uvloop.run(_rounds(url, rounds, _baselines(url)))
    for at, (name, rate) in enumerate(zip(_baselines(url), baseline_rates, strict=True)):
        yield Comparison(
            "" if at else "Claims, 16 at once", f"per second; baseline {name}", f"{service_rate:,.0f}", f"{rate:,.0f}", service_rate / rate
        )


def _baselines(url: str) -> Mapping[str, Measurement]:
    """Return the measurements of the UPDATE statement by the name of the program that runs it."""
    if url.startswith("sqlite"):
        return {"sqlite3": _sqlite}
    return {"asyncpg": _postgres} | ({"pgbench": _pgbench} if shutil.which("pgbench") else {})


async def _rounds(url: str, rounds: int, baselines: Mapping[str, Measurement]) -> list[float]:
    """Return the median rate of the service, then of each baseline; they take turns in every round."""
    numbers = iter(range(size_for(rounds).leads))
    rates_by_round: list[list[float]] = []
    async with open_app_context(url) as app:
        await app.database.writing.execute(RAISE_LIMITS)
        reps = [await load_viewer(app, dataset.rep_id(number)) for number in range(CONCURRENCY)]
        for _ in range(rounds + 1):  # the first round warms up and is dropped
            service_rate = await _service(app, reps, _next_leads(numbers))
            counts = [PGBENCH_CLAIMS if run is _pgbench else CLAIMS for run in baselines.values()]
            baseline_rates = [await run(url, _next_leads(numbers, count)) for run, count in zip(baselines.values(), counts, strict=True)]
            rates_by_round.append([service_rate, *baseline_rates])
            if len(rates_by_round) == 1 and app.database.dialect == "postgres":
                # Autovacuum does this within a minute; until then statements are planned with statistics from before the first claim.
                await app.database.writing.execute("ANALYZE")
    return [median(rates) for rates in zip(*rates_by_round[1:], strict=True)]


def _next_leads(numbers: Iterator[int], count: int = CLAIMS) -> list[UUID]:
    return [dataset.lead_id(next(numbers)) for _ in range(count)]


async def _service(app: AppContext, reps: list[Viewer], leads: list[UUID]) -> float:
    def claimer(rep: Viewer) -> Callable[[UUID], Awaitable[None]]:
        async def claim(lead: UUID) -> None:
            await claim_lead(app, rep, lead)

        return claim

    return await _rate(leads, [claimer(rep) for rep in reps])


async def _postgres(url: str, leads: list[UUID]) -> float:
    connections = [await asyncpg.connect(url) for _ in range(CONCURRENCY)]

    def claimer(connection: asyncpg.Connection) -> Callable[[UUID], Awaitable[None]]:
        async def claim(lead: UUID) -> None:
            assert await connection.execute(CLAIM, dataset.partner_id(0), lead) == "UPDATE 1"

        return claim

    try:
        return await _rate(leads, [claimer(one) for one in connections])
    finally:
        for connection in connections:
            await connection.close()


async def _pgbench(url: str, leads: list[UUID]) -> float:
    """Run 16 pgbench clients in two threads, each with its own range of leads."""
    parts = urlsplit(url)
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(CLAIM_SCRIPT)
        script.flush()
        process = await asyncio.create_subprocess_exec(
            "pgbench", "--no-vacuum", f"--client={CONCURRENCY}", "--jobs=2", "--protocol=prepared", f"--file={script.name}",
            f"--transactions={len(leads) // CONCURRENCY}", f"--define=first={leads[0].int >> 80}", "--define=n=-1",
            f"--define=each={len(leads) // CONCURRENCY}", f"--define=partner={dataset.partner_id(0)}",
            f"--host={parts.hostname}", f"--port={parts.port}", f"--username={parts.username}", parts.path[1:],
            env={**os.environ, "PGPASSWORD": parts.password or ""}, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        output, _ = await process.communicate()
    rate = re.search(rb"tps = ([0-9.]+) ", output)
    assert rate is not None, output
    return float(rate[1])


async def _sqlite(url: str, leads: list[UUID]) -> float:
    """Claim the leads one after the other, because SQLite has one writer."""
    with closing(sqlite3.connect(url.removeprefix("sqlite://"), isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = FULL")

        async def claim(lead: UUID) -> None:
            updated = connection.execute(CLAIM, {"1": str(dataset.partner_id(0)), "2": str(lead)})
            assert updated.rowcount == 1

        return await _rate(leads, [claim])


async def _rate(leads: list[UUID], workers: list[Callable[[UUID], Awaitable[None]]]) -> float:
    remaining = iter(leads)

    async def work(claim: Callable[[UUID], Awaitable[None]]) -> None:
        for lead in remaining:
            await claim(lead)

    started = time.perf_counter()
    await asyncio.gather(*(work(claim) for claim in workers))
    return len(leads) / (time.perf_counter() - started)
