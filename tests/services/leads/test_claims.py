from datetime import UTC, datetime, timedelta

import pytest
from uuid_utils.compat import uuid7

from gql_leads.domain.commands import Assignee, DealFields, SaveQueue
from gql_leads.domain.errors import (
    ClaimLimitReached,
    InvalidTransition,
    LeadAlreadyClaimed,
    NotFound,
    NotPermitted,
    QueueEmpty,
)
from gql_leads.domain.leads.filters import Filter
from gql_leads.domain.leads.lead import CloseReason, LeadStage, LeadStatus
from gql_leads.domain.viewer import Viewer
from gql_leads.services import queues
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import assignments, claims, deletion, outcomes, responses, updates
from gql_leads.store.queues import allowances
from tests.factories import World
from tests.fixtures import Clock, claim_counters, dump_tables, load_lead, load_viewer, make_lead, make_queue, migrate_to, timeline_kinds


async def test_a_claimed_lead_belongs_to_the_claimer_and_leaves_the_queue(app: AppContext, world: World) -> None:
    lead = await make_lead(app)
    claimed = await claims.claim_lead(app, world.rep, lead)
    assert claimed == claims.ClaimResult(lead, world.general)
    found = await load_lead(app, lead)
    assert (found.partner_id, found.owner_id, found.queue_id) == (world.acme, world.rep.member_id, None)
    assert (found.stage, found.claimed_at, found.version) == (LeadStage.RECEIVED, app.now(), 2)
    assert found.expires_at == app.now() + timedelta(days=14)
    assert await timeline_kinds(app, lead) == ["CREATED", "CLAIMED"]


async def test_a_later_claim_gets_the_time_of_the_first(app: AppContext, world: World, clock: Clock) -> None:
    lead, when = await make_lead(app), app.now()
    await claims.claim_lead(app, world.rep, lead)
    clock.advance(hours=1)
    for late in (world.colleague, world.referrals, world.rival):
        with pytest.raises(LeadAlreadyClaimed) as refused:
            await claims.claim_lead(app, late, lead)
        assert refused.value.claimed_at == when
    await outcomes.mark_lead_lost(app, world.rep, await responses.accept_lead(app, world.rep, lead, DealFields()), CloseReason.SPAM)
    with pytest.raises(LeadAlreadyClaimed):
        await claims.claim_lead(app, world.rival, lead)


async def test_the_owner_of_a_claimed_lead_claims_it_again_until_it_is_answered_or_expired(
    app: AppContext, world: World, clock: Clock
) -> None:
    queue = await make_queue(app, max_open_claims=1, max_claims_per_day=1)
    rep = await load_viewer(app, world.rep)
    lead = await make_lead(app, queue=queue)
    first = await claims.claim_lead(app, rep, lead)
    clock.advance(hours=1)
    before = await dump_tables(app)
    assert await claims.claim_lead(app, rep, lead) == first == claims.ClaimResult(lead, queue)
    assert await dump_tables(app) == before
    clock.advance(days=14)
    with pytest.raises(LeadAlreadyClaimed):
        await claims.claim_lead(app, rep, lead)
    accepted = (await claims.claim_lead(app, rep, await make_lead(app))).lead_id
    await responses.accept_lead(app, rep, accepted, DealFields())
    with pytest.raises(LeadAlreadyClaimed):
        await claims.claim_lead(app, rep, accepted)
    for facts in ({}, {"owner_id": rep.member_id}):
        own = await make_lead(app, partner=world.acme, **facts)
        with pytest.raises(InvalidTransition):
            await claims.claim_lead(app, rep, own)


async def test_a_lead_that_was_never_in_an_open_queue_is_not_found(app: AppContext, world: World) -> None:
    closed = await make_queue(app, open_to=[world.globex])
    lead = await make_lead(app, queue=closed)
    await claims.claim_lead(app, await load_viewer(app, world.rival), lead)
    given = await make_lead(app)
    await assignments.assign_lead(app, world.channel, given, Assignee(partner_id=world.globex))
    for gone in (lead, given, uuid7()):
        with pytest.raises(NotFound):
            await claims.claim_lead(app, await load_viewer(app, world.rep), gone)


async def test_the_oldest_lead_is_claimed_next_until_the_queue_is_empty(app: AppContext, world: World) -> None:
    now = app.now()
    leads = [await make_lead(app, created_at=now + timedelta(seconds=second)) for second in (3, 1, 2)]
    taken = [(await claims.claim_next_lead(app, world.rep)).lead_id for _ in leads]
    assert taken == [leads[1], leads[2], leads[0]]
    with pytest.raises(QueueEmpty):
        await claims.claim_next_lead(app, world.rep)


async def test_the_next_lead_matches_the_given_queue_and_filter(app: AppContext, world: World) -> None:
    queue = await make_queue(app)
    rep = await load_viewer(app, world.rep)
    first, second, third = await make_lead(app), await make_lead(app, queue=queue), await make_lead(app, is_test=True)
    assert (await claims.claim_next_lead(app, rep, queue)).lead_id == second
    assert (await claims.claim_next_lead(app, rep, asked=Filter(is_test=True))).lead_id == third
    with pytest.raises(QueueEmpty):
        await claims.claim_next_lead(app, rep, queue)
    assert (await claims.claim_next_lead(app, rep)).lead_id == first


async def test_a_filter_of_the_next_lead_cannot_probe_hidden_contacts(app: AppContext, world: World) -> None:
    await make_lead(app)
    with pytest.raises(QueueEmpty):
        await claims.claim_next_lead(app, world.rep, asked=Filter(email_validity=("UNKNOWN",)))  # type: ignore[arg-type]


async def test_deleted_leads_are_not_claimed_next(app: AppContext, world: World) -> None:
    await make_lead(app)
    await deletion.delete_lead(app, world.admin, await make_lead(app))
    with pytest.raises(QueueEmpty):
        await claims.claim_next_lead(app, world.referrals, asked=Filter(is_deleted=True))


async def test_an_expired_lead_is_not_claimed_next(app: AppContext, world: World) -> None:
    await make_lead(app, expires_at=app.now())
    with pytest.raises(QueueEmpty):
        await claims.claim_next_lead(app, world.rep)


async def test_the_vendor_claims_nothing_and_an_unknown_queue_is_not_found(app: AppContext, world: World) -> None:
    await make_lead(app)
    closed = await make_queue(app, open_to=[world.globex])
    for viewer in world.vendor:
        with pytest.raises(NotPermitted):
            await claims.claim_next_lead(app, viewer)
    for queue in (closed, uuid7()):
        with pytest.raises(NotFound) as refused:
            await claims.claim_next_lead(app, world.rep, queue)
        assert refused.value.field == ("queueId",)


async def test_a_queue_closed_meanwhile_gives_nothing_to_a_viewer_loaded_before(app: AppContext, world: World) -> None:
    queue = await make_queue(app)
    early = await load_viewer(app, world.rep)
    lead = await make_lead(app, queue=queue)
    await queues.save_queue(app, world.channel, SaveQueue(queue_id=queue, partner_ids=(world.globex,)))
    before = await dump_tables(app)
    with pytest.raises(NotFound):
        await claims.claim_lead(app, early, lead)
    with pytest.raises(NotFound):
        await responses.accept_lead(app, early, lead, DealFields())
    with pytest.raises(QueueEmpty):
        await claims.claim_next_lead(app, early)
    assert await dump_tables(app) == before


async def test_a_released_lead_returns_to_its_queue_and_its_clock_restarts(app: AppContext, world: World, clock: Clock) -> None:
    queue = await make_queue(app)
    rep = await load_viewer(app, world.rep)
    lead = await make_lead(app, queue=queue)
    await claims.claim_lead(app, rep, lead)
    await updates.update_lead_status(app, rep, lead, LeadStatus.CONTACTED)
    clock.advance(days=3)
    await claims.release_lead(app, rep, lead)
    found = await load_lead(app, lead)
    assert (found.queue_id, found.partner_id, found.owner_id, found.claimed_at) == (queue, None, None, None)
    assert found.status is LeadStatus.NEW
    assert found.expires_at == app.now() + timedelta(days=14)
    assert await claim_counters(app) == ({}, {})
    assert (await claims.claim_lead(app, await load_viewer(app, world.rival), lead)).queue_id == queue


async def test_only_a_claimed_lead_is_released_and_only_by_its_owner_or_a_manager(app: AppContext, world: World) -> None:
    lead = await make_lead(app, partner=world.acme, owner_id=world.rep.member_id)
    with pytest.raises(InvalidTransition):
        await claims.release_lead(app, world.rep, lead)
    for steering in (world.rep, world.referrals, world.channel, world.admin):
        claimed = (await claims.claim_lead(app, world.rep, await make_lead(app))).lead_id
        with pytest.raises(NotPermitted):
            await claims.release_lead(app, world.colleague, claimed)
        await claims.release_lead(app, steering, claimed)
    assert await claim_counters(app) == ({}, {})


async def use(app: AppContext, viewer: Viewer, queue: object) -> tuple[int, int]:
    ((_, used),) = (await allowances(app.reader(viewer), [queue])).values()  # type: ignore[list-item]
    return used.open_claims, used.claims_today


async def test_open_claims_are_limited_and_every_outcome_frees_one(app: AppContext, world: World) -> None:
    queue = await make_queue(app, max_open_claims=2)
    rep, rival = await load_viewer(app, world.rep), await load_viewer(app, world.rival)
    leads = [await make_lead(app, queue=queue) for _ in range(9)]
    locked = [(await claims.claim_next_lead(app, rep)).lead_id for _ in range(2)]
    assert locked == leads[:2]
    for _ in range(2):
        with pytest.raises(ClaimLimitReached) as refused:
            await claims.claim_next_lead(app, await load_viewer(app, world.colleague))
        assert (refused.value.limit, refused.value.resets_at) == (2, None)
        with pytest.raises(ClaimLimitReached):
            await claims.claim_lead(app, rep, leads[4])
    assert await use(app, rep, queue) == (2, 2)
    assert (await claims.claim_next_lead(app, rival)).lead_id == leads[2]

    async def refill() -> None:
        await claims.claim_next_lead(app, rep)
        with pytest.raises(ClaimLimitReached):
            await claims.claim_next_lead(app, rep)

    await claims.release_lead(app, rep, locked[0])
    await refill()
    await responses.accept_lead(app, rep, locked[1], DealFields())  # This does not close it.
    with pytest.raises(ClaimLimitReached):
        await claims.claim_next_lead(app, rep)
    await outcomes.mark_lead_lost(app, rep, locked[1], CloseReason.SPAM)
    await refill()
    await responses.decline_lead(app, rep, locked[0], CloseReason.SPAM)
    await refill()
    await deletion.delete_lead(app, world.referrals, leads[3])
    await refill()
    await deletion.restore_lead(app, world.referrals, leads[3])  # This passes the limit.
    assert await use(app, rep, queue) == (3, 6)
    await assignments.assign_lead(app, world.channel, leads[3], Assignee(partner_id=world.globex))
    in_use, there = await claim_counters(app)
    assert in_use == there == {(str(queue), str(world.acme)): 2, (str(queue), str(world.globex)): 2}


async def test_a_days_claims_are_counted_until_midnight_utc_released_or_not(app: AppContext, world: World, clock: Clock) -> None:
    clock.at = datetime(2026, 11, 21, 23, 59, 59, tzinfo=UTC)
    queue = await make_queue(app, max_claims_per_day=2)
    rep = await load_viewer(app, world.rep)
    for _ in range(4):
        await make_lead(app, queue=queue)
    first = await claims.claim_next_lead(app, rep)
    await claims.release_lead(app, rep, first.lead_id)
    await claims.claim_next_lead(app, rep)
    with pytest.raises(ClaimLimitReached) as refused:
        await claims.claim_next_lead(app, rep)
    assert (refused.value.limit, refused.value.resets_at) == (2, datetime(2026, 11, 22, tzinfo=UTC))
    clock.at = datetime(2026, 11, 22, tzinfo=UTC)
    await claims.claim_next_lead(app, rep)
    assert await use(app, rep, queue) == (2, 1)


async def test_a_server_clock_behind_midnight_keeps_the_days_count(app: AppContext, world: World, clock: Clock) -> None:
    queue = await make_queue(app, max_claims_per_day=2)
    rep = await load_viewer(app, world.rep)
    for _ in range(3):
        await make_lead(app, queue=queue)
    for clock.at in (datetime(2026, 11, 22, tzinfo=UTC), datetime(2026, 11, 21, 23, 59, 59, tzinfo=UTC)):
        await claims.claim_next_lead(app, rep)
    for clock.at in (datetime(2026, 11, 21, 23, 59, 59, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC)):
        with pytest.raises(ClaimLimitReached):
            await claims.claim_next_lead(app, rep)


async def test_claims_made_before_the_daily_counter_existed_are_counted(app: AppContext, world: World, clock: Clock) -> None:
    clock.at = datetime(2026, 11, 21, 23, 59, 59, tzinfo=UTC)
    queue = await make_queue(app)
    rep, rival = await load_viewer(app, world.rep), await load_viewer(app, world.rival)
    for _ in range(4):
        await make_lead(app, queue=queue)
    for who in (rep, rival):
        await claims.claim_next_lead(app, who)
    clock.at = datetime(2026, 11, 22, tzinfo=UTC)
    await claims.release_lead(app, rep, (await claims.claim_next_lead(app, rep)).lead_id)
    await claims.claim_next_lead(app, rep)
    await migrate_to(app.database, "0007_partners")
    await migrate_to(app.database)
    assert await use(app, rep, queue) == (2, 2)
    assert await use(app, rival, queue) == (1, 0)
    await make_lead(app, queue=queue)
    await claims.claim_next_lead(app, rep)
    assert await use(app, rep, queue) == (3, 3)


async def test_a_queue_at_its_limit_is_skipped_while_another_has_leads(app: AppContext, world: World) -> None:
    full = await make_queue(app, max_open_claims=0)
    rep = await load_viewer(app, world.rep)
    await make_lead(app, queue=full)
    later = await make_lead(app, created_at=app.now() + timedelta(seconds=1))
    assert (await claims.claim_next_lead(app, rep)).lead_id == later
    with pytest.raises(ClaimLimitReached):
        await claims.claim_next_lead(app, rep)
