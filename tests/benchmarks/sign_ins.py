"""Compare sign-ins per second with bare argon2, which needs nearly all of their time."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Final

from argon2 import PasswordHasher

from gql_leads.domain.viewer import MemberRole
from gql_leads.services.sign_in.passwords import HASHES_AT_ONCE
from tests.benchmarks import http_load
from tests.benchmarks.processes import service
from tests.benchmarks.table import Comparison
from tests.fixtures import make_member, make_partner, open_app_context

MEMBERS: Final = 32
SECONDS: Final = 5.0
PASSWORD: Final = "correct horse battery"
SIGN_IN: Final = "mutation($input: SignInInput!) { signIn(input: $input) { session { accessToken } errors { message } } }"
ADD_PASSWORD: Final = "INSERT INTO password (member_id, encoded, set_at) VALUES (?, ?, ?)"


def measure(url: str, folder: Path, rounds: int) -> Iterator[Comparison]:
    """Yield one comparison: medians of alternating rounds."""
    encoded = PasswordHasher().hash(PASSWORD)
    emails = asyncio.run(_add_members(url, encoded))
    requests = [http_load.request({"query": SIGN_IN, "variables": {"input": {"email": email, "password": PASSWORD}}}) for email in emails]
    rates: list[tuple[float, float]] = []
    with service(url, folder, sign_in_attempts="1000000") as server:
        assert http_load.fetch_data(server.port, requests[0])["signIn"]["session"], "The members cannot sign in"
        for _ in range(rounds):
            result = http_load.run(server.port, requests, SECONDS)
            rates.append((result.requests / result.seconds, _bare_rate(encoded)))
    ours, bare = (median(column) for column in zip(*rates, strict=True))
    yield Comparison(
        f"Sign-ins, {http_load.CONNECTIONS} at once", f"per second; baseline argon2 in {HASHES_AT_ONCE} threads", f"{ours:.1f}",
        f"{bare:.1f}", ours / bare,
    )  # fmt: skip


async def _add_members(url: str, encoded: str) -> list[str]:
    """Add members with this password and return their addresses."""
    emails = []
    async with open_app_context(url) as app:
        partner_id = await make_partner(app, "Partner of the sign-ins")
        for number in range(MEMBERS):
            member = await make_member(app, partner_id, MemberRole.SALES_REP, name=f"Signs in {number}")
            # Tortoise's models must not meet both databases in one process.
            await app.database.writing.execute(ADD_PASSWORD, member.member_id, encoded, app.now())
            emails.append(f"signs.in.{number}@people.example")
    return emails


def _bare_rate(encoded: str) -> float:
    """Return the verifications per second of argon2 in as many threads as the service uses."""
    hasher = PasswordHasher()
    end = time.perf_counter() + SECONDS

    def verify_until_the_end(_: int) -> int:
        count = 0
        while time.perf_counter() < end:
            hasher.verify(encoded, PASSWORD)
            count += 1
        return count

    started = time.perf_counter()
    with ThreadPoolExecutor(HASHES_AT_ONCE) as threads:
        verified = sum(threads.map(verify_until_the_end, range(HASHES_AT_ONCE)))
    return verified / (time.perf_counter() - started)
