"""Compare the delivery of one event to many subscribers with raw ASGI sends of prepared bytes.

The service is measured from the mutation until the last subscriber received the event.
"""

import asyncio
import json
import time
from base64 import b64encode
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

import uvloop

from tests.benchmarks import dataset, http_load
from tests.benchmarks.dataset import DatasetSize
from tests.benchmarks.processes import TOKENS, ServerProcess, handwritten_server, service
from tests.benchmarks.subscribers import Subscribers
from tests.benchmarks.table import Comparison

EVENTS: Final = 9
TIMEOUT_SECONDS: Final = 20.0
DOCUMENT: Final = "subscription { leadChanged { cursor presence kind leadId lead { id company status updatedAt } } }"
MUTATION: Final = "mutation ($input: UpdateLeadStatusInput!) { updateLeadStatus(input: $input) { errors { message } } }"
SALES_DOCUMENT: Final = "subscription { opportunityChanged { cursor presence kind opportunityId opportunity { id name stage updatedAt } } }"
ACCOUNT: Final = 'mutation { saveAccount(input: {name: "Contoso"}) { account { id } } }'
OPPORTUNITY: Final = "mutation ($input: CreateOpportunityInput!) { createOpportunity(input: $input) { opportunity { id } } }"
SALES_MUTATION: Final = "mutation ($input: UpdateOpportunityInput!) { updateOpportunity(input: $input) { errors { message } } }"
PREPARED_MESSAGE: Final = {"id": "1", "type": "next", "payload": {"data": {"leadChanged": "x" * 400}}}
Trigger = Callable[[], Coroutine[Any, Any, None]]


class Setup(NamedTuple):
    """The subscribers of one server, a function that triggers an event there, and the bytes of memory per socket."""

    subscribers: Subscribers
    trigger: Trigger
    memory: float


def measure(url: str, folder: Path, size: DatasetSize, subscribers: int) -> Iterator[Comparison]:
    """Yield the median delivery time and the memory per socket; the two servers take turns, so that other load affects both."""
    with service(url, folder) as server, handwritten_server("raw_sender") as sender:
        (ours, memory), (sales, _), (baseline, baseline_memory) = uvloop.run(_rounds(server, sender, size, subscribers))
    title = f"One event to {subscribers:,} subscribers"
    yield Comparison(title, "until the last received it", f"{ours * 1e3:.1f} ms", f"{baseline * 1e3:.1f} ms", ours / baseline)
    yield Comparison("", "the same for opportunities", f"{sales * 1e3:.1f} ms", f"{baseline * 1e3:.1f} ms", sales / baseline)
    yield Comparison("", "memory per socket", f"{memory / 1024:.0f} KiB", f"{baseline_memory / 1024:.0f} KiB", memory / baseline_memory)


async def _rounds(server: ServerProcess, sender: ServerProcess, size: DatasetSize, subscribers: int) -> list[tuple[float, float]]:
    """Return the median delivery seconds and the bytes per socket: of lead and opportunity streams, then of the raw sender."""
    setups = (
        await _service_setup(server, size, subscribers),
        await _opportunity_setup(server, subscribers),
        await _sender_setup(sender, subscribers),
    )
    durations = [[await _delivery_time(one) for one in setups] for _ in range(EVENTS)]
    for one in setups:
        one.subscribers.abort()
    return [(median(seconds), one.memory) for seconds, one in zip(zip(*durations, strict=True), setups, strict=True)]


async def _service_setup(server: ServerProcess, size: DatasetSize, subscribers: int) -> Setup:
    token = TOKENS.mint(dataset.rep_id(0), datetime.now(UTC), timedelta(hours=1))
    lead = b64encode(f"Lead:{dataset.first_with_notes(0, size)}".encode()).decode()
    statuses = cycle(("CONTACTED", "PURCHASED"))

    async def update_status() -> None:
        variables = {"input": {"leadId": lead, "status": next(statuses)}}
        await http_load.send(server.port, http_load.request({"query": MUTATION, "variables": variables}, token))

    return await _setup(server, subscribers, update_status, *_subscription(token, DOCUMENT))


async def _opportunity_setup(server: ServerProcess, subscribers: int) -> Setup:
    token = TOKENS.mint(dataset.rep_id(0), datetime.now(UTC), timedelta(hours=1))

    async def ask(document: str, **given: object) -> Any:
        sent = http_load.request({"query": document, "variables": {"input": given}}, token)
        return json.loads(await http_load.send(server.port, sent))["data"]

    account = (await ask(ACCOUNT))["saveAccount"]["account"]["id"]
    sale = (await ask(OPPORTUNITY, accountId=account, name="Ledger"))["createOpportunity"]["opportunity"]["id"]
    stages = cycle(("PROPOSAL", "NEGOTIATION"))

    async def update_stage() -> None:
        await ask(SALES_MUTATION, opportunityId=sale, stage=next(stages))

    return await _setup(server, subscribers, update_stage, *_subscription(token, SALES_DOCUMENT))


def _subscription(token: str, document: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the messages of a socket that subscribes."""
    connection_init = {"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}
    return connection_init, {"id": "1", "type": "subscribe", "payload": {"query": document}}


async def _sender_setup(sender: ServerProcess, subscribers: int) -> Setup:
    async def send() -> None:
        await http_load.send(sender.port, http_load.request(PREPARED_MESSAGE))

    return await _setup(sender, subscribers, send)


async def _setup(server: ServerProcess, subscribers: int, trigger: Trigger, *first_messages: Any) -> Setup:
    connected = Subscribers(server.port)
    await connected.join(1, *first_messages)  # allocates the memory that all subscribers share
    await _delivery_time(Setup(connected, trigger, 0))
    before = server.memory
    await connected.join(subscribers - 1, *first_messages)
    await asyncio.sleep(1)
    return Setup(connected, trigger, (server.memory - before) / (subscribers - 1))


async def _delivery_time(setup: Setup) -> float:
    await asyncio.sleep(0.2)
    async with asyncio.timeout(TIMEOUT_SECONDS):
        delivered = asyncio.create_task(setup.subscribers.wait_for_delivery())
        await asyncio.sleep(0)
        started = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            group.create_task(setup.trigger())
            await delivered
            duration = time.perf_counter() - started
    return duration
