"""Run a mixed load for some time, and report the response times and the growth of the server's memory.

The load is paced, so that response times do not depend on how long requests queue: a busy morning, not a stress test.
"""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import fmean, quantiles
from typing import Final

import uvloop

from tests.benchmarks import dataset
from tests.benchmarks.dataset import DatasetSize
from tests.benchmarks.http_load import request, send
from tests.benchmarks.processes import TOKENS, ServerProcess, service
from tests.benchmarks.table import Comparison

CLIENTS: Final = 8
PAUSE: Final = 0.1
"""Mean seconds between the requests of a client."""
LIMIT_MS: Final = 250.0
SAMPLE_EVERY: Final = 5.0
MIB: Final = 1 << 20
FIELDS: Final = "id reference status stage company contact { firstName lastName email } listing { name }"
QUERIES: Final = {
    "list": f"{{ leads(first: 50) {{ totalCount eventCursor nodes {{ {FIELDS} }} }} }}",
    "search": f"query ($term: String) {{ leads(first: 20, search: $term) {{ totalCount nodes {{ {FIELDS} }} }} }}",
    "changes": "query ($after: EventCursor) { leadChanges(first: 20, after: $after) { nodes { kind leadId } } }",
}
CREATE: Final = """mutation ($name: String!) { createLead(input: {contact: {firstName: "Soak", lastName: $name,
    email: "soak@contoso.example"}}) { lead { id } errors { message } } }"""
UPDATE: Final = """mutation ($id: ID!, $status: LeadStatus!) {
    updateLeadStatus(input: {leadId: $id, status: $status}) { errors { message } } }"""
DOCUMENTS: Final = {**QUERIES, "create": CREATE, "update": UPDATE}


def measure(url: str, folder: Path, size: DatasetSize, seconds: float) -> Iterator[Comparison]:
    """Yield the response times of each kind of request and the growth of memory, which is printed every minute too."""
    with service(url, folder) as server:
        times, memory = uvloop.run(_run(server, size, seconds))
    for kind, measured in times.items():
        cuts = quantiles(measured, n=100)
        figures = f"{cuts[49]:.1f} and {cuts[98]:.1f} ms"
        yield Comparison(f"Soak, {kind}", f"p50 and p99 of {len(measured):,}", figures, f"p99 {LIMIT_MS:.0f} ms")
    quarter = len(memory) // 4 or 1
    before = f"{fmean(memory[quarter : 2 * quarter] or memory):.0f}"
    yield Comparison("Soak, memory", "private MiB in the last quarter; baseline the second", f"{fmean(memory[-quarter:]):.0f}", before)


async def _run(server: ServerProcess, size: DatasetSize, seconds: float) -> tuple[dict[str, list[float]], list[float]]:
    times: dict[str, list[float]] = defaultdict(list)
    memory: list[float] = []
    ends = time.monotonic() + seconds
    async with asyncio.TaskGroup() as group:
        for number in range(CLIENTS):
            group.create_task(_client(server.port, number % size.partners, ends, times))
        while (left := ends - time.monotonic()) > 0:
            memory.append(server.memory / MIB)
            if len(memory) % 12 == 1:
                done = sum(map(len, times.values()))
                print(f"  {datetime.now(UTC):%H:%M:%S}  {memory[-1]:.0f} MiB private, {done:,} requests", flush=True)
            await asyncio.sleep(min(SAMPLE_EVERY, left))
    return times, memory


async def _client(port: int, partner: int, ends: float, times: dict[str, list[float]]) -> None:
    random = Random(partner)
    token = TOKENS.mint(dataset.rep_id(partner), datetime.now(UTC), timedelta(hours=12))
    created: list[str] = []
    cursor = json.loads(await send(port, request({"query": QUERIES["list"]}, token)))["data"]["leads"]["eventCursor"]
    while time.monotonic() < ends:
        kind = random.choice((*QUERIES, *QUERIES, "create", "update" if created else "create"))
        variables: dict[str, object] = {
            "term": random.choice(("hoff", "contoso", "ia", "lyon", "zzz")),
            "name": f"Number {random.randrange(10_000)}",
            "id": random.choice(created[-50:]) if created else None,
            "after": cursor,
            "status": random.choice(("CONTACTED", "NEW", "DELIVERED")),
        }
        body = {"query": DOCUMENTS[kind], "variables": variables}
        started = time.perf_counter()
        answer = json.loads(await send(port, request(body, token)))
        times[kind].append((time.perf_counter() - started) * 1_000)
        assert "errors" not in answer, answer
        if kind == "list":
            cursor = answer["data"]["leads"]["eventCursor"]
        if kind == "create":
            created.append(answer["data"]["createLead"]["lead"]["id"])
        await asyncio.sleep(random.expovariate(1 / PAUSE))
