"""The CSV of every lead, through the service's own link, beside the fastest way its database has to write the same columns."""

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
from tests.benchmarks import world
from tests.benchmarks.processes import TOKENS, Running, service
from tests.benchmarks.table import Line
from tests.benchmarks.world import Size

LONGEST: Final = 300
COLUMNS: Final = """l.reference, l.type, l.source, l.call_to_action, l.status, l.stage, l.outcome, l.quality, l.first_name, l.last_name,
    l.title, l.email, l.email_validity, l.phone, l.phone_validity, l.company, l.company_size, l.industry, l.city, l.region, l.country,
    l.consent_to_contact, l.consent_to_share, l.message, l.listing_name, p.name, o.name, q.name, l.external_reference,
    l.contact_requested_at, l.expires_at, l.created_at, l.updated_at, l.claimed_at, l.accepted_at, l.archived_at, l.deal_name, l.deal_minor,
    l.deal_currency, l.purchase_timeframe, l.expected_close_date, l.campaign_code, l.crm_id, l.close_reason, l.close_comment, l.is_test"""
EVERYTHING: Final = f"""SELECT {COLUMNS} FROM lead l LEFT JOIN partner p ON p.id = l.partner_id LEFT JOIN member o ON o.id = l.owner_id
    LEFT JOIN lead_queue q ON q.id = l.queue_id WHERE l.deleted_at IS NULL"""


def measure(url: str, folder: Path, size: Size, rounds: int) -> Iterator[Line]:
    """Lines for this database: medians of rounds in which both take turns, and the most that the server ever grew by."""
    beside = "sqlite3 and csv" if url.startswith("sqlite") else "COPY"
    with service(url, folder) as server:
        before = server.memory
        found = [(*_export(server, size, before), _bare(url)) for _ in range(rounds)]
    lasted, grown, bare = zip(*found, strict=True)
    mine, theirs, most = size.leads / median(lasted), size.leads / median(bare), max(grown)
    yield Line(f"Export of {size.leads:,} leads", f"rows a second, beside {beside}", f"{mine:,.0f}", f"{theirs:,.0f}", mine / theirs)
    yield Line("", "growth of memory", f"{most / 2**20:.0f} MiB", "")


def _export(server: Running, size: Size, before: int) -> tuple[float, int]:
    """Seconds it took, and by how many bytes the server grew meanwhile."""
    token = TOKENS.mint(world.seller_id(), datetime.now(UTC), timedelta(hours=1))
    member = Member(f"http://127.0.0.1:{server.port}", token)
    started = time.perf_counter()
    export = member.do("exportLeads", "export { url }")["export"]
    lines = most = 0
    with httpx.stream("GET", export["url"], timeout=LONGEST) as response:
        for part in response.iter_raw(1 << 20):
            lines += part.count(b"\r\n")
            most = max(most, server.memory)
    lasted = time.perf_counter() - started
    assert lines == size.leads + 1, lines
    return lasted, most - before


def _bare(url: str) -> float:
    return _sqlite(url) if url.startswith("sqlite") else asyncio.run(_postgres(url))


def _sqlite(url: str) -> float:
    started = time.perf_counter()
    with closing(sqlite3.connect(url.removeprefix("sqlite://"))) as connection, Path("/dev/null").open("w") as nowhere:
        csv.writer(nowhere).writerows(connection.execute(EVERYTHING))
    return time.perf_counter() - started


async def _postgres(url: str) -> float:
    connection = await asyncpg.connect(url)
    try:
        started = time.perf_counter()
        await connection.copy_from_query(EVERYTHING, output="/dev/null", format="csv")
        return time.perf_counter() - started
    finally:
        await connection.close()
