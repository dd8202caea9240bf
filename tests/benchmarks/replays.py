"""Measure a tiny query beside replays of 100,000 events that match many text conditions."""

import asyncio
import time
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any, Final

import orjson
import uvloop

from gql_leads.domain.events import Event
from gql_leads.store.database.database import Database
from gql_leads.store.events import event_log
from tests.benchmarks import dataset, http_load
from tests.benchmarks.dataset import DatasetSize
from tests.benchmarks.processes import TOKENS, ServerProcess, service
from tests.benchmarks.subscribers import Subscribers
from tests.benchmarks.table import Comparison

EVENTS: Final = 100_000
REPLAYS: Final = 20
SECONDS: Final = 10.0
DOCUMENT: Final = (
    "subscription ($after: EventCursor, $filter: LeadFilter) { leadChanged(after: $after, filter: $filter) { cursor presence kind } }"
)
FILTER: Final = {"or": [{"company": {"contains": f"zzzz{at}"}} for at in range(99)]}
UPDATE: Final = "mutation ($input: UpdateLeadStatusInput!) { updateLeadStatus(input: $input) { errors { message } } }"


def measure(url: str, folder: Path, size: DatasetSize) -> Iterator[Comparison]:
    """Yield the median and the slowest time of the tiny query, beside the replays and alone."""
    with service(url, folder) as server:
        alone, beside = uvloop.run(_rounds(url, server, size))
    title = f"A tiny query beside {REPLAYS} replays of {EVENTS:,} events"
    for name, of in (("median; baseline without replays", median), ("slowest", max)):
        ours, baseline = of(beside), of(alone)
        yield Comparison(title, name, f"{ours * 1e3:.1f} ms", f"{baseline * 1e3:.1f} ms", ours / baseline)
        title = ""


async def _rounds(url: str, server: ServerProcess, size: DatasetSize) -> tuple[list[float], list[float]]:
    token = TOKENS.mint(dataset.seller_id(), datetime.now(UTC), timedelta(hours=1))
    tiny = http_load.request({"query": "{ viewer { roles } }"}, token)
    page = await _data(server, http_load.request({"query": "{ leads(first: 1) { eventCursor } }"}, token))
    await _append_events(url, server, size)
    alone = await _durations(server, tiny, 2.0)
    init = {"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}
    payload = {"query": DOCUMENT, "variables": {"after": page["leads"]["eventCursor"], "filter": FILTER}}
    subscribers = Subscribers(server.port)
    await subscribers.join(REPLAYS, init, {"id": "1", "type": "subscribe", "payload": payload})
    beside = await _durations(server, tiny, SECONDS)
    subscribers.abort()
    return alone, beside


async def _durations(server: ServerProcess, request: bytes, seconds: float) -> list[float]:
    durations: list[float] = []
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        started = time.perf_counter()
        await http_load.send(server.port, request)
        durations.append(time.perf_counter() - started)
        await asyncio.sleep(0.01)
    return durations


async def _append_events(url: str, server: ServerProcess, size: DatasetSize) -> None:
    """Append copies of the event of one real change."""
    token = TOKENS.mint(dataset.rep_id(0), datetime.now(UTC), timedelta(hours=1))
    lead = b64encode(f"Lead:{dataset.first_with_notes(0, size)}".encode()).decode()
    await _data(server, http_load.request({"query": UPDATE, "variables": {"input": {"leadId": lead, "status": "DELIVERED"}}}, token))
    database = await Database.open(url)
    try:
        (logged,) = (await event_log.read(database.reading, event_log.BEGINNING, 1_000))[-1:]
        assert isinstance(logged.content, Event)
        events = [logged.content] * 1_000
        for _ in range(EVENTS // len(events)):
            async with database.transaction() as connection:
                await event_log.append(connection, events)
    finally:
        await database.close()


async def _data(server: ServerProcess, request: bytes) -> Any:
    response = orjson.loads(await http_load.send(server.port, request))
    assert "errors" not in response, response
    return response["data"]
