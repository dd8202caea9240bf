"""Servers that reach PostgreSQL through PgBouncer in transaction mode, with TLS."""

import asyncio
import csv
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from gql_leads.store.database.database import Database
from gql_leads.store.database.postgres_urls import connect
from tests.acceptance.client import Member, http
from tests.acceptance.server import Installation, Server, assert_one_sentence
from tests.databases import Databases
from tests.pgbouncer import PgBouncer, pgbouncer

CHANGED = "subscription ($after: EventCursor) { leadChanged(after: $after) { kind leadId } }"
CUSTOMER = {"lastName": "Bosu"}
CLAIMERS = 24


@pytest.fixture(scope="module")
def direct_url(test_databases: Databases) -> Iterator[str]:
    """URL of an empty database, past PgBouncer."""
    url = test_databases.empty()
    yield url
    test_databases.drop(url)


@pytest.fixture(scope="module")
def pooler(direct_url: str) -> Iterator[PgBouncer]:
    with pgbouncer(direct_url) as running:
        yield running


@pytest.fixture(scope="module")
def installation(pooler: PgBouncer, direct_url: str, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """An installation that is migrated, filled and served through PgBouncer."""
    made = Installation(
        f"{pooler.address}{urlsplit(direct_url).path}", tmp_path_factory.mktemp("pgbouncer"),
        pgbouncer="true", database_sslmode="verify-full", database_ca_file=str(pooler.ca_file), database_pool_size="8",
    )  # fmt: skip
    made.fill(leads=30)
    return made


@pytest.fixture(scope="module")
def servers(installation: Installation, direct_url: str) -> Iterator[list[Server]]:
    """Two servers: one gets notifications from PostgreSQL itself, the other looks for events at short intervals."""
    with ExitStack() as running:
        started = [
            installation.launch(direct_database_url=f"{direct_url}?sslmode=disable", poll_seconds="60"),
            installation.launch(poll_seconds="0.2"),
        ]
        for server in started:
            running.callback(server.kill)
        for server in started:
            server.wait_until_ready()
        yield started


def test_concurrent_claims_at_both_servers_have_one_winner(servers: list[Server]) -> None:
    lead_id = servers[0].member("channel@vendor.example").do("createLead", contact=CUSTOMER)["lead"]["id"]
    emails = [f"{name}@{partner}.example" for name in ("rep", "referrals") for partner in ("acme", "globex", "initech")]
    members = [servers[number % 2].member(emails[number % len(emails)]) for number in range(CLAIMERS)]
    with ThreadPoolExecutor(CLAIMERS) as threads:
        answers = list(threads.map(lambda member: member.change("claimLead", "lead { owner { id } }", leadId=lead_id), members))
    assert len({answer["lead"]["owner"]["id"] for answer in answers if answer["lead"]}) == 1
    refusals = Counter(answer["errors"][0]["__typename"] for answer in answers if not answer["lead"])
    assert set(refusals) == {"LeadAlreadyClaimed"}


def test_events_of_each_server_reach_the_other(servers: list[Server]) -> None:
    for here, there in (servers, servers[::-1]):
        rep, channel = there.member("rep@initech.example"), here.member("channel@vendor.example")
        with rep.socket() as socket:
            socket.subscribe(CHANGED, after=rep.cursor())
            entered = [channel.do("createLead", contact=CUSTOMER)["lead"]["id"] for _ in range(5)]
            assert [socket.alert() for _ in entered] == [{"kind": "CREATED", "leadId": lead_id} for lead_id in entered]


def test_reads_and_exports_are_complete(servers: list[Server]) -> None:
    admin = servers[1].member("admin@vendor.example")
    total = admin.ask("{ leads { totalCount } }")["leads"]["totalCount"]
    with ThreadPoolExecutor(20) as threads:
        counted = set(threads.map(count, [admin] * 100))
    assert counted == {total}
    url = admin.do("exportLeads", "export { url }")["export"]["url"]
    assert len(list(csv.DictReader(http.get(url).content.decode("utf-8-sig").splitlines()))) == total


def count(member: Member) -> int:
    found: int = member.ask("{ leads { totalCount } viewer { roles } }")["leads"]["totalCount"]
    return found


async def test_every_statement_has_the_session_settings_and_leaves_none_behind(installation: Installation, pooler: PgBouncer) -> None:
    url = f"{installation.database_url}?pgbouncer=true&sslrootcert={pooler.ca_file}"
    shown = "SELECT current_setting('statement_timeout') AS timeout, current_setting('jit') AS jit, pg_backend_pid() AS session"
    database = await Database.open(url, pool_size=8, statement_timeout=1.5)
    try:
        rows = await asyncio.gather(*(database.reading.fetch_one(shown) for _ in range(40)))
        async with database.transaction() as connection:
            rows.append(await connection.fetch_one(shown))
    finally:
        await database.close()
    assert {(row["timeout"], row["jit"]) for row in rows if row} == {("1500ms", "off")}
    assert len({row["session"] for row in rows if row}) > 1
    other = await connect(url, "another client")
    try:
        left = set()
        for _ in range(6):
            async with other.transaction():
                row = await other.fetchrow(shown)
                left.add((row["timeout"], row["jit"]))
    finally:
        await other.close()
    assert left == {("0", "on")}


def test_pgbouncer_without_the_setting_is_named(installation: Installation) -> None:
    assert_one_sentence(installation.run("migrate", pgbouncer="false"), "GQL_LEADS_PGBOUNCER=true")


def test_certificate_of_another_authority_is_refused(installation: Installation) -> None:
    assert_one_sentence(installation.run("migrate", database_ca_file=""), "cannot be reached", "certificate verify failed")
