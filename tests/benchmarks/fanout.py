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
from tests.benchmarks.sockets import Scenario
from tests.benchmarks.table import Line
from tests.benchmarks.world import Size

EVENTS: Final = 9
TIMEOUT_SECONDS: Final = 20.0
DOCUMENT: Final = "subscription { leadChanged { cursor presence kind leadId lead { id company status updatedAt } } }"
CHANGE: Final = "mutation ($input: UpdateLeadStatusInput!) { updateLeadStatus(input: $input) { errors { message } } }"
READY: Final = {"id": "1", "type": "next", "payload": {"data": {"leadChanged": "x" * 400}}}
Trigger = Callable[[], Coroutine[Any, Any, None]]


class Audience(NamedTuple):
    """Everybody who follows one server, how an event comes about there, and bytes that each connection takes."""

    scenario: Scenario
    trigger: Trigger
    memory: float


def measure(url: str, folder: Path, size: Size, subscribers: int) -> Iterator[Line]:
    """Lines for so many subscribers. The two take turns: whatever else the machine does, it does to both."""
    with service(url, folder) as server, beside("sender") as sender:
        (ours, memory), (bare, bare_memory) = uvloop.run(_rounds(server, sender, size, subscribers))
    title = f"One event to {subscribers:,} subscribers"
    yield Line(title, "until the last has it", f"{ours * 1e3:.1f} ms", f"{bare * 1e3:.1f} ms", ours / bare)
    yield Line("", "memory a connection", f"{memory / 1024:.0f} KiB", f"{bare_memory / 1024:.0f} KiB", memory / bare_memory)


async def _rounds(server: Running, sender: Running, size: Size, subscribers: int) -> list[tuple[float, float]]:
    """Seconds until the last had it, and bytes a connection: of the service, and of the sender."""
    audiences = (await _followers(server, size, subscribers), await _listeners(sender, subscribers))
    lasted = [[await _until_told(one) for one in audiences] for _ in range(EVENTS)]
    for one in audiences:
        one.scenario.leave()
    return [(median(seconds), one.memory) for seconds, one in zip(zip(*lasted, strict=True), audiences, strict=True)]


async def _followers(server: Running, size: Size, subscribers: int) -> Audience:
    token = TOKENS.mint(world.rep_id(0), datetime.now(UTC), timedelta(hours=1))
    lead = b64encode(f"Lead:{world.first_with_notes(0, size)}".encode()).decode()
    statuses = cycle(("CONTACTED", "PURCHASED"))

    async def change() -> None:
        given = {"input": {"leadId": lead, "status": next(statuses)}}
        await load.ask(server.port, load.request({"query": CHANGE, "variables": given}, token))

    hello = {"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}
    return await _audience(server, subscribers, change, hello, {"id": "1", "type": "subscribe", "payload": {"query": DOCUMENT}})


async def _listeners(sender: Running, subscribers: int) -> Audience:
    async def send() -> None:
        await load.ask(sender.port, load.request(READY))

    return await _audience(sender, subscribers, send)


async def _audience(server: Running, subscribers: int, trigger: Trigger, *first_messages: Any) -> Audience:
    scenario = Scenario(server.port)
    await scenario.join(1, *first_messages)  # what the first needs, the others share
    await _until_told(Audience(scenario, trigger, 0))
    before = server.memory
    await scenario.join(subscribers - 1, *first_messages)
    await asyncio.sleep(1)
    return Audience(scenario, trigger, (server.memory - before) / (subscribers - 1))


async def _until_told(audience: Audience) -> float:
    await asyncio.sleep(0.2)
    async with asyncio.timeout(TIMEOUT_SECONDS):
        told = asyncio.create_task(audience.scenario.told())
        await asyncio.sleep(0)
        started = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            group.create_task(audience.trigger())
            await told
            lasted = time.perf_counter() - started
    return lasted
