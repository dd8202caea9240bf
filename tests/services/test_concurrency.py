"""Concurrent changes, in one process and in two."""

import asyncio
import multiprocessing
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.pool import Pool
from typing import Any
from uuid import UUID

import pytest

from gql_leads.domain.commands import Conversion, DealFields, SaveQueue
from gql_leads.domain.errors import ClaimLimitReached, InvalidTransition, LeadAlreadyClaimed, QueueEmpty, Refusal, VersionConflict
from gql_leads.domain.leads.lead import LeadStatus
from gql_leads.domain.leads.snapshots import LeadSnapshot
from gql_leads.domain.viewer import Viewer
from gql_leads.services import queues
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import claims, responses, updates
from gql_leads.services.leads.conversion import convert_lead
from gql_leads.services.maintenance import scheduled_jobs
from tests.factories import World
from tests.fixtures import (
    Clock,
    claim_counters,
    lead_events,
    load_lead,
    load_viewer,
    make_accepted_lead,
    make_lead,
    make_qualified_lead,
    make_queue,
    open_app_context,
    timeline_kinds,
)
from tests.timeouts import extend_timeouts


async def outcomes(*attempts: object) -> Counter[str]:
    """Count the results of the attempts, run concurrently."""
    found = await asyncio.gather(*attempts, return_exceptions=True)  # type: ignore[call-overload]
    for one in found:
        if isinstance(one, BaseException) and not isinstance(one, Refusal):
            raise one
    return Counter(type(one).__name__ for one in found)


async def test_exactly_one_of_many_concurrent_claims_of_a_lead_succeeds(app: AppContext, world: World) -> None:
    lead = await make_lead(app)
    everyone = (world.rep, world.colleague, world.rival, world.rival_admin) * 4
    # The winner's own three repetitions are answered with the same claim.
    assert await outcomes(*(claims.claim_lead(app, who, lead) for who in everyone)) == {"ClaimResult": 4, "LeadAlreadyClaimed": 12}
    assert await timeline_kinds(app, lead) == ["CREATED", "CLAIMED"]
    in_use, there = await claim_counters(app)
    assert in_use == there
    assert sum(in_use.values()) == 1


async def test_concurrent_accept_and_claim_make_one_claim(app: AppContext, world: World) -> None:
    lead = await make_lead(app)
    found = await outcomes(
        *(responses.accept_lead(app, who, lead, DealFields()) for who in (world.rep, world.rival) * 4),
        *(claims.claim_lead(app, who, lead) for who in (world.colleague, world.rival_admin) * 4),
    )
    assert found["LeadAlreadyClaimed"] >= 8
    assert (await timeline_kinds(app, lead)).count("CLAIMED") == 1


@pytest.mark.parametrize("limits", [{"max_open_claims": 3}, {"max_claims_per_day": 3}], ids=["open", "a day"])
async def test_concurrent_claims_stay_within_the_limit(app: AppContext, world: World, limits: dict[str, Any]) -> None:
    queue = await make_queue(app, **limits)
    leads = [await make_lead(app, queue=queue) for _ in range(16)]
    reps = [await load_viewer(app, who) for who in (world.rep, world.colleague)]
    chosen = (claims.claim_lead(app, reps[number % 2], lead) for number, lead in enumerate(leads))
    assert await outcomes(*chosen) == {"ClaimResult": 3, "ClaimLimitReached": 13}
    next_ones = (claims.claim_next_lead(app, reps[number % 2]) for number in range(8))
    assert await outcomes(*next_ones) == {"ClaimLimitReached": 8}
    assert await claim_counters(app) == ({(str(queue), str(world.acme)): 3},) * 2


async def test_concurrent_claims_stay_within_the_rest_of_the_daily_limit(app: AppContext, world: World) -> None:
    queue = await make_queue(app, max_claims_per_day=3)
    leads = [await make_lead(app, queue=queue) for _ in range(16)]
    reps = [await load_viewer(app, who) for who in (world.rep, world.colleague)]
    await claims.claim_lead(app, reps[0], leads[0])
    await claims.release_lead(app, reps[0], leads[0])  # The claim is closed, but counts for today.
    chosen = (claims.claim_lead(app, reps[number % 2], lead) for number, lead in enumerate(leads[1:]))
    next_ones = (claims.claim_next_lead(app, reps[number % 2]) for number in range(8))
    assert await outcomes(*chosen, *next_ones) == {"ClaimResult": 2, "ClaimLimitReached": 21}
    assert await claim_counters(app) == ({(str(queue), str(world.acme)): 2},) * 2


async def test_claiming_next_gives_each_lead_once_and_is_empty_only_at_the_end(app: AppContext, world: World) -> None:
    leads = {await make_lead(app) for _ in range(12)}
    everyone = (world.rep, world.colleague, world.rival, world.rival_admin) * 4
    attempts = [asyncio.create_task(claims.claim_next_lead(app, who)) for who in everyone]
    found = await asyncio.gather(*attempts, return_exceptions=True)
    taken = [one.lead_id for one in found if isinstance(one, claims.ClaimResult)]
    assert len(taken) == 12
    assert set(taken) == leads
    assert [type(one) for one in found if not isinstance(one, claims.ClaimResult)] == [QueueEmpty] * 4


async def test_the_second_of_two_updates_of_one_version_is_a_conflict(app: AppContext, world: World) -> None:
    lead = await make_accepted_lead(app, world.rep)
    version = (await load_lead(app, lead)).version
    statuses = (LeadStatus.CONTACTED, LeadStatus.PURCHASED, LeadStatus.DELIVERED) * 2
    found = await asyncio.gather(
        *(updates.update_lead_status(app, world.rep, lead, status, version) for status in statuses), return_exceptions=True
    )
    assert Counter(type(one) for one in found) == {UUID: 1, VersionConflict: 5}
    assert {one.current_version for one in found if isinstance(one, VersionConflict)} == {version + 1}
    assert (await load_lead(app, lead)).version == version + 1


async def test_scheduled_jobs_run_concurrently_do_each_row_once(app: AppContext, world: World, clock: Clock) -> None:
    leads = [await make_lead(app, partner=partner, contact_requested_at=app.now()) for partner in (None, world.acme) * 30]
    clock.advance(days=15)
    await asyncio.gather(*(scheduled_jobs.run_due_jobs(app) for _ in range(6)))
    await scheduled_jobs.run_due_jobs(app)
    for lead in leads:
        assert await timeline_kinds(app, lead) == ["CREATED", "CONTACT_OVERDUE", "EXPIRED"]


async def test_concurrent_queue_changes_claims_and_new_leads_are_logged_in_a_consistent_order(app: AppContext, world: World) -> None:
    queue = await make_queue(app)
    rep, rival = await load_viewer(app, world.rep), await load_viewer(app, world.rival)
    leads = [await make_lead(app, queue=queue) for _ in range(8)]

    async def open_and_close() -> None:
        for partners in ((world.acme,), (world.globex,), ()) * 4:
            await queues.save_queue(app, world.channel, SaveQueue(queue_id=queue, partner_ids=partners))

    async def claim_and_release(who: Viewer, lead: UUID) -> None:
        for _ in range(3):
            with suppress(Refusal):
                await claims.claim_lead(app, who, lead)
                await claims.release_lead(app, who, lead)

    async def arrive() -> None:
        for _ in range(6):
            await claim_and_release(rep, await make_lead(app, queue=queue))

    await asyncio.gather(open_and_close(), *(claim_and_release(who, lead) for lead in leads for who in (rep, rival)), arrive())
    latest: dict[UUID, LeadSnapshot] = {}
    for event in await lead_events(app):
        assert event.before == latest.get(event.lead_id), "what was is what the event before it left"
        latest[event.lead_id] = event.after
    assert len(latest) == 14


def claim_all_in_a_process(url: str, who: list[Viewer], queue: UUID) -> list[str]:
    """Claim from the queue until it is empty; runs in a process of its own."""
    return asyncio.run(_claim_all(url, who, queue))


async def _claim_all(url: str, who: list[Viewer], queue: UUID) -> list[str]:
    taken: list[str] = []

    async def work(viewer: Viewer) -> None:
        while True:
            try:
                taken.append(str((await claims.claim_next_lead(app, viewer, queue)).lead_id))
            except (QueueEmpty, ClaimLimitReached):
                return

    async with open_app_context(url) as app:
        await asyncio.gather(*(work(viewer) for viewer in who * 2))
    return taken


def claim_one_in_a_process(url: str, who: list[Viewer], lead: UUID) -> list[str]:
    """Claim one lead concurrently with other processes; runs in a process of its own."""

    async def claim() -> list[str]:
        async with open_app_context(url) as app:
            found = await asyncio.gather(*(claims.claim_lead(app, viewer, lead) for viewer in who), return_exceptions=True)
        return [type(one).__name__ for one in found]

    return asyncio.run(claim())


@pytest.fixture(scope="module")
def two_processes() -> Iterator[Pool]:
    with multiprocessing.get_context("spawn").Pool(2, initializer=extend_timeouts) as pool:
        yield pool


async def test_two_processes_share_a_queue_within_its_limit(app: AppContext, world: World, database_url: str, two_processes: Pool) -> None:
    queue = await make_queue(app, max_open_claims=10)
    leads = {str(await make_lead(app, queue=queue)) for _ in range(30)}
    who = [await load_viewer(app, one) for one in (world.rep, world.rival)]
    jobs = [two_processes.apply_async(claim_all_in_a_process, (database_url, who, queue)) for _ in range(2)]
    taken = [lead for job in jobs for lead in await asyncio.to_thread(job.get, 60)]
    assert len(taken) == len(set(taken)) == 20
    assert set(taken) <= leads
    assert await claim_counters(app) == ({(str(queue), str(partner)): 10 for partner in (world.acme, world.globex)},) * 2


async def test_two_processes_give_a_lead_to_one_claimer(app: AppContext, world: World, database_url: str, two_processes: Pool) -> None:
    lead = await make_lead(app)
    who = [world.rep, world.rival] * 8
    jobs = [two_processes.apply_async(claim_one_in_a_process, (database_url, who, lead)) for _ in range(2)]
    found = [name for job in jobs for name in await asyncio.to_thread(job.get, 60)]
    assert Counter(found) == {"ClaimResult": 16, LeadAlreadyClaimed.__name__: 16}


def convert_in_a_process(url: str, who: list[Viewer], leads: list[UUID]) -> list[str]:
    """Convert the leads concurrently with other processes; runs in a process of its own."""

    async def convert() -> list[str]:
        async with open_app_context(url) as app:
            attempts = (convert_lead(app, viewer, lead, Conversion()) for lead in leads for viewer in who)
            found = await asyncio.gather(*attempts, return_exceptions=True)
        return [type(one).__name__ for one in found]

    return asyncio.run(convert())


async def test_two_processes_convert_the_leads_of_one_company_into_one_account(
    app: AppContext, world: World, database_url: str, two_processes: Pool
) -> None:
    leads = [await make_qualified_lead(app, world.rep) for _ in range(4)]
    jobs = [two_processes.apply_async(convert_in_a_process, (database_url, [world.rep, world.colleague], leads)) for _ in range(2)]
    found = [name for job in jobs for name in await asyncio.to_thread(job.get, 60)]
    assert Counter(found) == {"ConversionResult": 4, InvalidTransition.__name__: 12}
    made = [await load_lead(app, lead) for lead in leads]
    assert len({lead.account_id for lead in made}) == len({lead.contact_id for lead in made}) == 1
    assert len({lead.opportunity_id for lead in made}) == 4
