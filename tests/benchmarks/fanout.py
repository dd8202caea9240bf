"""One event to many subscribers, until the last has it: from a mutation, beside raw ASGI sends of bytes that are ready."""

import asyncio
import time
from base64 import b64encode
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

import uvloop

from tests.benchmarks import load, world
from tests.benchmarks.processes import TOKENS, Running, beside, service
from tests.benchmarks.sockets import Crowd
from tests.benchmarks.table import Line
from tests.benchmarks.world import Size

EVENTS: Final = 9
PATIENCE: Final = 20.0
DOCUMENT: Final = "subscription { leadChanged { cursor presence kind leadId lead { id company status updatedAt } } }"
CHANGE: Final = "mutation ($input: UpdateLeadStatusInput!) { updateLeadStatus(input: $input) { errors { message } } }"
READY: Final = {"id": "1", "type": "next", "payload": {"data": {"leadChanged": "x" * 400}}}
Trigger = Callable[[], Coroutine[Any, Any, None]]


class Reached(NamedTuple):
    """Seconds until the last had it, and bytes that each connection takes."""

    seconds: float
    memory: float


def measure(url: str, folder: Path, size: Size, subscribers: int) -> Iterator[Line]:
    """Lines for so many subscribers."""
    with service(url, folder) as server:
        ours = uvloop.run(_service(server, size, subscribers))
    with beside("sender") as server:
        bare = uvloop.run(_sender(server, subscribers))
    title = f"One event to {subscribers:,} subscribers"
    yield Line(title, "until the last has it", f"{ours.seconds * 1e3:.1f} ms", f"{bare.seconds * 1e3:.1f} ms", ours.seconds / bare.seconds)
    yield Line("", "memory a connection", f"{ours.memory / 1024:.0f} KiB", f"{bare.memory / 1024:.0f} KiB", ours.memory / bare.memory)


async def _service(server: Running, size: Size, subscribers: int) -> Reached:
    token = TOKENS.mint(world.rep_id(0), datetime.now(UTC), timedelta(hours=1))
    lead = b64encode(f"Lead:{world.first_with_notes(0, size)}".encode()).decode()
    statuses = cycle(("CONTACTED", "PURCHASED"))

    async def change() -> None:
        given = {"input": {"leadId": lead, "status": next(statuses)}}
        await load.ask(server.port, load.request({"query": CHANGE, "variables": given}, token))

    hello = {"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}
    return await _reached(server, subscribers, change, hello, {"id": "1", "type": "subscribe", "payload": {"query": DOCUMENT}})


async def _sender(server: Running, subscribers: int) -> Reached:
    async def send() -> None:
        await load.ask(server.port, load.request(READY))

    return await _reached(server, subscribers, send)


async def _reached(server: Running, subscribers: int, trigger: Trigger, *first_messages: Any) -> Reached:
    crowd = Crowd(server.port)
    await crowd.join(1, *first_messages)  # what the first needs, the others share
    await _until_told(crowd, trigger)
    before = server.memory
    await crowd.join(subscribers - 1, *first_messages)
    await asyncio.sleep(1)
    taken = (server.memory - before) / (subscribers - 1)
    lasted = [await _until_told(crowd, trigger) for _ in range(EVENTS)]
    crowd.leave()
    return Reached(median(lasted), taken)


async def _until_told(crowd: Crowd, trigger: Trigger) -> float:
    await asyncio.sleep(0.2)
    async with asyncio.timeout(PATIENCE):
        told = asyncio.create_task(crowd.told())
        await asyncio.sleep(0)
        started = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            group.create_task(trigger())
            await told
            lasted = time.perf_counter() - started
    return lasted
