"""Compare the CSV export of all leads over HTTP with the database's fastest way to write the same columns."""

import asyncio
import csv
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Final

import asyncpg
import httpx

from tests.acceptance.client import Member
from tests.benchmarks import dataset
from tests.benchmarks.dataset import DatasetSize
from tests.benchmarks.processes import TOKENS, ServerProcess, service
from tests.benchmarks.table import Comparison

TIMEOUT_SECONDS: Final = 300
COLUMNS: Final = """l.reference, l.type, l.source, l.call_to_action, l.status, l.stage, l.outcome, l.quality, l.first_name, l.last_name,
    l.title, l.email, l.email_validity, l.phone, l.phone_validity, l.company, l.company_size, l.industry, l.city, l.region, l.country,
    l.consent_to_contact, l.consent_to_share, l.message, l.listing_name, p.name, o.name, q.name, l.external_reference,
    l.contact_requested_at, l.expires_at, l.created_at, l.updated_at, l.claimed_at, l.accepted_at, l.archived_at, l.deal_name, l.deal_minor,
    l.deal_currency, l.purchase_timeframe, l.expected_close_date, l.campaign_code, l.crm_id, l.close_reason, l.close_comment, l.is_test"""
SELECT_ALL: Final = f"""SELECT {COLUMNS} FROM lead l LEFT JOIN partner p ON p.id = l.partner_id LEFT JOIN member o ON o.id = l.owner_id
    LEFT JOIN lead_queue q ON q.id = l.queue_id WHERE l.deleted_at IS NULL"""


def measure(url: str, folder: Path, size: DatasetSize, rounds: int) -> Iterator[Comparison]:
    """Yield the medians of rows per second, measured in turns, and the largest growth of the server's memory."""
    baseline = "sqlite3 and csv" if url.startswith("sqlite") else "COPY"
    with service(url, folder) as server:
        before = server.memory
        results = [(*_export(server, size, before), _baseline(url)) for _ in range(rounds)]
    durations, growths, baseline_durations = zip(*results, strict=True)
    rate, baseline_rate = size.leads / median(durations), size.leads / median(baseline_durations)
    yield Comparison(
        f"Export of {size.leads:,} leads",
        f"rows per second; baseline {baseline}",
        f"{rate:,.0f}",
        f"{baseline_rate:,.0f}",
        rate / baseline_rate,
    )
    yield Comparison("", "growth of memory", f"{max(growths) / 2**20:.0f} MiB", "")


def _export(server: ServerProcess, size: DatasetSize, before: int) -> tuple[float, int]:
    """Export all leads; return the seconds and the bytes by which the server's memory grew meanwhile."""
    token = TOKENS.mint(dataset.seller_id(), datetime.now(UTC), timedelta(hours=1))
    member = Member(f"http://127.0.0.1:{server.port}", token)
    started = time.perf_counter()
    export = member.do("exportLeads", "export { url }")["export"]
    lines = peak = 0
    with httpx.stream("GET", export["url"], timeout=TIMEOUT_SECONDS) as response:
        for chunk in response.iter_raw(1 << 20):
            lines += chunk.count(b"\r\n")
            peak = max(peak, server.memory)
    duration = time.perf_counter() - started
    assert lines == size.leads + 1, lines
    return duration, peak - before


def _baseline(url: str) -> float:
    return _sqlite(url) if url.startswith("sqlite") else asyncio.run(_postgres(url))


def _sqlite(url: str) -> float:
    started = time.perf_counter()
    with closing(sqlite3.connect(url.removeprefix("sqlite://"))) as connection, Path("/dev/null").open("w") as output:
        csv.writer(output).writerows(connection.execute(SELECT_ALL))
    return time.perf_counter() - started


async def _postgres(url: str) -> float:
    connection = await asyncpg.connect(url)
    try:
        started = time.perf_counter()
        await connection.copy_from_query(SELECT_ALL, output="/dev/null", format="csv")
        return time.perf_counter() - started
    finally:
        await connection.close()
