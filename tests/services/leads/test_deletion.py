"""Deletion, restoration and clearing of test leads."""

from datetime import timedelta

from uuid_utils.compat import uuid7

from gql_leads.domain.errors import NotFound, NotPermitted
from gql_leads.domain.leads.expiry import months_later
from gql_leads.domain.leads.lead import LeadStage
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import claims, deletion
from gql_leads.services.leads.bulk import BATCH
from gql_leads.services.leads.deletion import clear_test_leads, delete_lead, restore_lead
from gql_leads.services.maintenance import scheduled_jobs
from tests.factories import World
from tests.fixtures import (
    Clock,
    RecordingNotifier,
    claim_counters,
    load_lead,
    make_accepted_lead,
    make_lead,
    make_won_lead,
    timeline_kinds,
)
from tests.services.refusing import refused


async def test_a_referral_admin_clears_the_test_leads_of_their_partner(app: AppContext, world: World) -> None:
    ours = [await make_lead(app, partner=world.acme, is_test=True), await make_won_lead(app, world.rep, is_test=True)]
    real = await make_lead(app, partner=world.acme)
    waiting, theirs = await make_lead(app, is_test=True), await make_lead(app, partner=world.globex, is_test=True)
    gone = await delete_lead(app, world.referrals, await make_lead(app, partner=world.acme, is_test=True))
    gone_at = (await load_lead(app, gone)).version
    assert await clear_test_leads(app, world.referrals) == 2
    for lead in ours:
        assert (await load_lead(app, lead)).deleted_at == app.now()
        assert (await timeline_kinds(app, lead))[-1] == "DELETED"
    for lead in (real, waiting, theirs):
        assert (await load_lead(app, lead)).deleted_at is None
    assert (await load_lead(app, gone)).version == gone_at
    assert await clear_test_leads(app, world.referrals, world.acme) == 0
    assert await restore_lead(app, world.referrals, ours[0]) == ours[0]


async def test_an_administrator_clears_the_test_leads_of_all_partners_or_of_one(app: AppContext, world: World) -> None:
    for partner in (world.acme, world.globex, None):
        await make_lead(app, partner=partner, is_test=True)
        await make_lead(app, partner=partner)
    assert await clear_test_leads(app, world.admin, world.globex) == 1
    assert await clear_test_leads(app, world.admin) == 2
    row = await app.database.reading.fetch_one("SELECT count(*) AS total FROM lead WHERE deleted_at IS NULL")
    assert row is not None
    assert row["total"] == 3
    in_use, there = await claim_counters(app)
    assert in_use == there


async def test_many_test_leads_are_cleared_in_batches(app: AppContext, world: World) -> None:
    many = BATCH + 5 if app.database.dialect == "sqlite" else 7
    for _ in range(many):
        await make_lead(app, partner=world.acme, is_test=True)
    assert isinstance(app.notify, RecordingNotifier)
    calls = app.notify.calls
    assert await clear_test_leads(app, world.referrals) == many
    assert app.notify.calls - calls == (2 if app.database.dialect == "sqlite" else many)


async def test_other_roles_may_not_clear_test_leads(app: AppContext, world: World) -> None:
    await make_lead(app, partner=world.acme, is_test=True)
    for who in (world.rep, world.profiles, world.channel, world.seller):
        assert isinstance(await refused(app, clear_test_leads(app, who)), NotPermitted)
    for who, partner in ((world.referrals, world.globex), (world.rep, world.globex), (world.referrals, uuid7()), (world.admin, uuid7())):
        refusal = await refused(app, clear_test_leads(app, who, partner))
        assert (type(refusal), refusal.field) == (NotFound, ("partnerId",))


async def test_a_deleted_lead_can_be_restored_for_30_days(app: AppContext, world: World, clock: Clock) -> None:
    lead = (await claims.claim_lead(app, world.rep, await make_lead(app))).lead_id
    was = await load_lead(app, lead)
    await deletion.delete_lead(app, world.referrals, lead)
    assert await claim_counters(app) == ({}, {})
    clock.advance(days=10)
    await scheduled_jobs.run_due_jobs(app)
    await deletion.restore_lead(app, world.referrals, lead)
    found = await load_lead(app, lead)
    assert (found.deleted_at, found.version, found.expires_at) == (None, was.version + 2, was.expires_at)
    assert await timeline_kinds(app, lead) == ["CREATED", "CLAIMED", "DELETED", "RESTORED"]
    in_use, there = await claim_counters(app)
    assert in_use == there == {(str(world.general), str(world.acme)): 1}


async def test_a_lead_that_became_overdue_while_deleted_is_restored_overdue(app: AppContext, world: World, clock: Clock) -> None:
    lead = await make_lead(app, partner=world.acme, contact_requested_at=app.now())
    await deletion.delete_lead(app, world.referrals, lead)
    clock.advance(days=4)
    await deletion.restore_lead(app, world.referrals, lead)
    await scheduled_jobs.run_due_jobs(app)
    assert (await load_lead(app, lead)).overdue_at is None
    assert await timeline_kinds(app, lead) == ["CREATED", "DELETED", "RESTORED"]


async def test_a_lead_whose_time_ended_while_it_was_deleted_gets_a_new_time_to_answer(app: AppContext, world: World, clock: Clock) -> None:
    facts = ({"partner": world.acme}, {"queue": world.general}, {"partner": world.acme, "requires_response": False})
    leads = [await make_lead(app, **one) for one in facts]
    for lead in leads:
        await deletion.delete_lead(app, world.admin, lead)
    clock.advance(days=14)
    for lead in leads:
        await deletion.restore_lead(app, world.admin, lead)
    await scheduled_jobs.run_due_jobs(app)
    found = [await load_lead(app, lead) for lead in leads]
    assert {lead.stage for lead in found} == {LeadStage.RECEIVED}
    in_six_months = months_later(app.now(), 6)
    assert [lead.expires_at for lead in found] == [app.now() + timedelta(days=14)] * 2 + [in_six_months]
    answered = await make_accepted_lead(app, world.rep)
    await deletion.delete_lead(app, world.admin, answered)
    await deletion.restore_lead(app, world.admin, answered)
    assert (await load_lead(app, answered)).expires_at is None
