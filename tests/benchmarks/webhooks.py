"""Compare the delivery of webhooks with bare httpx that posts the same bodies and headers to the same receiver.

The service reads the events and the leads, signs, and records each delivery; the baseline has everything in memory. Both post eight at
once.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from typing import Final

import httpx
import uvloop

from gql_leads.domain.outbox.webhooks import WebhookRules
from gql_leads.notifications.webhooks.client import WebhookClient
from gql_leads.notifications.webhooks.delivery import AT_ONCE, WebhookSender
from gql_leads.services.notifications.webhooks import SaveWebhook, save_webhook
from tests.benchmarks.processes import handwritten_server
from tests.benchmarks.table import Comparison
from tests.databases import Databases
from tests.factories import make_world
from tests.fixtures import make_lead, open_app_context, wait_for_event_log

RULES: Final = WebhookRules(allow_private=True)


class RecordingClient(WebhookClient):
    """A client that keeps what it posts."""

    def __init__(self) -> None:
        super().__init__(RULES)
        self.posted: list[tuple[Mapping[str, str], bytes]] = []

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """Keep the post and send it."""
        self.posted.append((headers, body))
        return await super().post(url, headers, body)


def measure(created: Databases, events: int) -> Iterator[Comparison]:
    """Yield the deliveries per second to one webhook."""
    url = created.migrated()
    with handwritten_server("webhook_receiver") as receiver, ProcessPoolExecutor(1, get_context("spawn")) as process:
        # In a process of its own: Tortoise keeps the dialect of the first database of a process.
        ours, baseline = process.submit(_alone, url, receiver.port, events).result()
    yield Comparison(
        f"{events:,} deliveries to a webhook", "per second; baseline bare httpx", f"{events / ours:,.0f}", f"{events / baseline:,.0f}",
        baseline / ours,
    )  # fmt: skip


def _alone(url: str, port: int, events: int) -> tuple[float, float]:
    return uvloop.run(_durations(url, f"http://127.0.0.1:{port}/leads", events))


async def _durations(url: str, receiver: str, events: int) -> tuple[float, float]:
    """Return the seconds of the service and of the baseline."""
    async with open_app_context(url) as opened:
        app = replace(opened, webhook_rules=RULES)
        world = await make_world(app)
        await wait_for_event_log(app)
        await save_webhook(app, world.admin, SaveWebhook(url=receiver))
        for _ in range(events):
            await make_lead(app, partner=world.acme)
        await wait_for_event_log(app)
        client = RecordingClient()
        sender = WebhookSender(lambda: app, client)
        started = time.perf_counter()
        await sender.start_due()
        await sender.finish()
        duration = time.perf_counter() - started
        assert sender.attempts == {"delivered": events}, sender.attempts
        await client.close()
    return duration, await _post(receiver, client.posted)


async def _post(url: str, posts: list[tuple[Mapping[str, str], bytes]]) -> float:
    async with httpx.AsyncClient() as client:
        waiting = iter(posts)

        async def post_rest() -> None:
            for headers, body in waiting:
                answer = await client.post(url, headers=dict(headers), content=body)
                assert answer.status_code == 204

        started = time.perf_counter()
        await asyncio.gather(*(post_rest() for _ in range(AT_ONCE)))
        return time.perf_counter() - started
