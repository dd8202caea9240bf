"""Filling is repeatable: one seed gives one demo, and a second run adds only missing leads."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any

import pytest

from gql_leads.demo.fill import fill, is_filled
from gql_leads.demo.leads import reference
from gql_leads.services.app_context import AppContext
from gql_leads.store.leads.lists import LeadQuery, total
from tests.databases import Databases
from tests.fixtures import Clock, claim_counters, dump_tables, open_app_context, viewer_by_email

SOME = 600


class Interrupted(Exception):
    """Raised by the progress callback to interrupt a run."""


def interrupt(done: int, _total: int) -> None:
    if done > 300:
        raise Interrupted


async def contents(app: AppContext, *, with_instants: bool = True) -> dict[str, Any]:
    """Return the rows of every table without columns that count insertions."""
    found = await dump_tables(app)
    for table in ("timeline_entry", "claim", "favorite", "event", "note_mention", "campaign_membership"):
        counted = {"id", "epoch", "xid"}
        found[table] = sorted((tuple(item for item in row if item[0] not in counted) for row in found[table]), key=repr)
    if with_instants:
        return found
    return {
        table: [[(name, value) for name, value in row if not name.endswith(("_at", "_date"))] for row in found[table]]
        for table in ("partner", "member", "listing", "business_profile", "lead")
    }


@pytest.fixture
def other_url(test_databases: Databases) -> Iterator[str]:
    """A second empty database."""
    url = test_databases.migrated()
    yield url
    test_databases.drop(url)


@pytest.fixture
async def other_app(other_url: str, clock: Clock) -> AsyncIterator[AppContext]:
    async with open_app_context(other_url, clock) as opened:
        yield opened


async def test_the_same_seed_makes_the_same_content(app: AppContext, other_app: AppContext) -> None:
    await fill(app, SOME)
    await fill(other_app, SOME)
    assert await contents(app) == await contents(other_app)


async def test_only_times_depend_on_when_the_demo_is_made(app: AppContext, other_app: AppContext, clock: Clock) -> None:
    await fill(app, SOME)
    clock.advance(days=100, hours=5)
    await fill(other_app, SOME)
    assert await contents(app) != await contents(other_app)
    assert await contents(app, with_instants=False) == await contents(other_app, with_instants=False)


async def test_another_seed_adds_other_leads_to_the_same_organisation(app: AppContext) -> None:
    await fill(app, 50, 1)
    await fill(app, 50, 2)
    found = await contents(app)
    assert len(found["lead"]) == 100
    assert len(found["partner"]) == 12


async def test_a_second_run_adds_nothing(app: AppContext, clock: Clock) -> None:
    first = await fill(app, SOME)
    before = await dump_tables(app)
    clock.advance(hours=30)
    again = await fill(app, SOME)
    assert (first.added, again.added) == (SOME, 0)
    assert await dump_tables(app) == before


async def test_more_leads_do_not_change_the_first_ones(app: AppContext) -> None:
    await fill(app, 300)
    before = {row[0]: row for row in (await contents(app))["lead"]}
    assert (await fill(app, SOME)).added == SOME - 300
    after = {row[0]: row for row in (await contents(app))["lead"]}
    assert before.items() <= after.items()


async def test_an_interrupted_run_is_completed_by_the_next(app: AppContext, other_app: AppContext) -> None:
    with pytest.raises(Interrupted):
        await fill(app, SOME, progress=interrupt)
    assert 0 < (await fill(app, SOME)).added < SOME
    await fill(other_app, SOME)
    assert await contents(app) == await contents(other_app)
    in_use, there = await claim_counters(app)
    assert in_use == there


async def test_a_cancelled_run_leaves_complete_leads_and_is_completed_by_the_next(app: AppContext) -> None:
    filling = asyncio.create_task(fill(app, SOME))
    await asyncio.sleep(0.1)
    filling.cancel()
    with suppress(asyncio.CancelledError):
        await filling
    await fill(app, SOME)
    found = await contents(app)
    assert len(found["lead"]) == SOME
    assert len(found["event"]) == SOME + len(found["opportunity"])
    in_use, there = await claim_counters(app)
    assert in_use == there


async def test_concurrent_runs_make_one_demo(app: AppContext) -> None:
    one, other = await asyncio.gather(fill(app, SOME), fill(app, SOME))
    assert one.added + other.added == SOME
    in_use, there = await claim_counters(app)
    assert in_use == there


async def test_empty_and_interrupted_databases_are_not_filled(app: AppContext) -> None:
    assert not await is_filled(app)
    with pytest.raises(Interrupted):
        await fill(app, progress=interrupt)
    assert not await is_filled(app)
    await fill(app)
    assert await is_filled(app)


@pytest.mark.parametrize("leads", [0, 40])
async def test_a_smaller_demo_is_filled(app: AppContext, leads: int) -> None:
    await fill(app, leads)
    assert await is_filled(app)


async def test_progress_is_reported_to_the_end(app: AppContext) -> None:
    heard: list[tuple[int, int]] = []
    await fill(app, SOME, progress=lambda done, whole: heard.append((done, whole)))
    assert heard == sorted(heard)
    assert heard[-1] == (SOME, SOME)


async def test_zero_leads_make_the_organisation_only(app: AppContext) -> None:
    await fill(app, 0)
    found = {table: [dict(row) for row in rows] for table, rows in (await dump_tables(app)).items()}
    assert found["lead"] == found["event"] == found["queue_partner"] == found["assignment_rule"] == found["campaign"] == []
    (queue,) = found["lead_queue"]
    assert (queue["is_general"], queue["max_open_claims"], queue["max_claims_per_day"]) == (True, None, None)
    names = [partner["name"] for partner in found["partner"]]
    assert len(names) == 12
    assert {"Acme Cloud", "Globex", "Initech"} <= set(names)
    assert all(listing["is_published"] for listing in found["listing"])
    for partner in found["partner"]:
        kinds = {listing["kind"] for listing in found["listing"] if listing["partner_id"] == partner["id"]}
        assert kinds == {"APPLICATION", "SERVICE"}
        assert any(profile["partner_id"] == partner["id"] for profile in found["business_profile"])


@pytest.mark.parametrize(
    ("email", "role", "of_partner"),
    [
        ("admin@vendor.example", "ADMINISTRATOR", False),
        ("channel@vendor.example", "CHANNEL_MANAGER", False),
        ("seller@vendor.example", "SELLER", False),
        ("rep@acme.example", "SALES_REP", True),
        ("referrals@globex.example", "REFERRAL_ADMIN", True),
        ("profile@initech.example", "BUSINESS_PROFILE_ADMIN", True),
    ],
)
async def test_every_kind_of_demo_member_sees_leads(app: AppContext, email: str, role: str, of_partner: bool) -> None:
    await fill(app, 100)
    viewer = await viewer_by_email(app, email)
    assert viewer.roles == {role}
    assert (viewer.partner_id is not None) == of_partner
    assert await total(app.reader(viewer), LeadQuery()) > 0


def test_references_are_unique_and_longer_than_those_of_other_leads() -> None:
    references = {reference(seed, number) for seed in (1, 2, 4095) for number in range(20_000)}
    assert len(references) == 60_000
    assert {len(one) for one in references} == {len("L-") + 7}
