"""Merging of duplicates: what moves, what is filled, and what unmerging gives back."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from gql_leads.domain.activities import ActivityKind, NewActivity
from gql_leads.domain.commands import Assignee, DealFields
from gql_leads.domain.errors import InvalidTransition, NotFound, NotPermitted, Refusal, VersionConflict
from gql_leads.domain.events import Presence, TimelineKind
from gql_leads.domain.leads.filters import Filter, presence
from gql_leads.domain.leads.lead import CloseReason, LeadOutcome, LeadStage
from gql_leads.services import campaigns
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads.activities import log_lead_activity
from gql_leads.services.leads.assignments import assign_lead
from gql_leads.services.leads.claims import claim_lead
from gql_leads.services.leads.deletion import delete_lead
from gql_leads.services.leads.erasure import erase_lead_contact
from gql_leads.services.leads.merges import merge_leads, unmerge_lead
from gql_leads.services.leads.notes import add_lead_note
from gql_leads.services.leads.responses import accept_lead, decline_lead
from gql_leads.services.maintenance.scheduled_jobs import purge_leads
from tests.factories import World
from tests.fixtures import (
    Clock,
    claim_counters,
    dump_tables,
    lead_events,
    load_lead,
    load_viewer,
    make_accepted_lead,
    make_campaign,
    make_declined_lead,
    make_lead,
    make_queue,
)
from tests.services.refusing import fields_at_fault, refused


async def rows_of(app: AppContext, table: str, lead: UUID) -> list[Any]:
    """Return the ids of the rows of a table that belong to the lead."""
    found = await app.database.writing.fetch(f"SELECT id FROM {table} WHERE lead_id = ? ORDER BY id", lead)
    return [row["id"] for row in found]


async def kinds_of(app: AppContext, lead: UUID) -> list[str]:
    """Return the kinds of the lead's history entries, oldest first."""
    found = await app.database.writing.fetch(
        "SELECT COALESCE(later_kind, kind) AS kind FROM timeline_entry WHERE lead_id = ? ORDER BY id", lead
    )
    return [row["kind"] for row in found]


async def test_duplicate_gives_all_to_the_primary_and_gets_it_back(app: AppContext, world: World, clock: Clock) -> None:
    primary = await make_lead(app, partner=world.acme, phone=None, city=None, company="Contoso")
    other = await make_lead(app, partner=world.acme, phone="+33123456789", city="Lyon", company="Other")
    campaign, shared = await make_campaign(app), await make_campaign(app)
    for lead, joined in ((primary, shared), (other, shared), (other, campaign)):
        await campaigns.set_campaign_membership(app, world.channel, lead, joined)
    await add_lead_note(app, world.rep, other, "Wants a demo.")
    await add_lead_note(app, world.channel, other, "From the fair.")
    await log_lead_activity(app, world.rep, other, NewActivity(kind=ActivityKind.CALL, subject="Call"))
    tables = ("note", "activity", "timeline_entry", "campaign_membership")
    before = {lead: await load_lead(app, lead) for lead in (primary, other)}
    rows = {(table, lead): await rows_of(app, table, lead) for table in tables for lead in (primary, other)}
    clock.advance(minutes=1)
    await merge_leads(app, world.rep, primary, [other], before[primary].version)

    merged, duplicate = await load_lead(app, primary), await load_lead(app, other)
    assert (merged.phone, merged.city, merged.company, merged.stage) == ("+33123456789", "Lyon", "Contoso", LeadStage.RECEIVED)
    assert set(merged.campaign_ids) == {campaign, shared}
    assert (duplicate.stage, duplicate.outcome, duplicate.duplicate_of_id) == (LeadStage.ARCHIVED, LeadOutcome.DUPLICATE, primary)
    assert (duplicate.campaign_ids, duplicate.city, duplicate.expires_at) == ((shared,), "Lyon", None)
    assert await kinds_of(app, other) == ["CREATED", "MERGED"]
    kinds = await kinds_of(app, primary)
    assert (kinds.count("CREATED"), kinds.count("MERGED"), kinds.count("NOTE_ADDED"), kinds.count("ACTIVITY_LOGGED")) == (1, 1, 2, 1)
    assert [len(await rows_of(app, table, primary)) for table in ("note", "activity", "campaign_membership")] == [2, 1, 2]
    events = (await dump_tables(app))["event"]
    assert sum("MERGED" in str(one) for one in events) == 2

    clock.advance(days=1)
    await unmerge_lead(app, world.colleague, other)
    after = {lead: await load_lead(app, lead) for lead in (primary, other)}
    for lead in (primary, other):
        assert after[lead].version == before[lead].version + 2
        assert set(after[lead].campaign_ids) == set(before[lead].campaign_ids)
        counted = {"version": before[lead].version, "updated_at": before[lead].updated_at}
        assessed: dict[str, Any] = counted | {"quality_reasons": (), "campaign_ids": ()}
        assert replace(after[lead], **assessed) == replace(before[lead], **assessed)
    for table in ("note", "activity", "campaign_membership"):
        for lead in (primary, other):
            assert await rows_of(app, table, lead) == rows[table, lead]
    assert (await kinds_of(app, other))[-2:] == ["MERGED", "UNMERGED"]
    assert (await kinds_of(app, primary))[-2:] == ["MERGED", "UNMERGED"]
    assert isinstance(await refused(app, unmerge_lead(app, world.rep, other)), InvalidTransition)


async def test_value_changed_since_is_kept_at_unmerging(app: AppContext, world: World) -> None:
    primary, other = await make_lead(app, partner=world.acme, city=None), await make_lead(app, partner=world.acme, city="Lyon")
    await merge_leads(app, world.rep, primary, [other])
    await app.database.writing.execute("UPDATE lead SET city = 'Nice' WHERE id = ?", primary)
    await unmerge_lead(app, world.rep, other)
    assert (await load_lead(app, primary)).city == "Nice"


async def test_unmerging_ends_after_thirty_days(app: AppContext, world: World, clock: Clock) -> None:
    primary, other = await make_lead(app, partner=world.acme), await make_lead(app, partner=world.acme)
    await merge_leads(app, world.rep, primary, [other])
    clock.advance(days=30, milliseconds=1)
    assert isinstance(await refused(app, unmerge_lead(app, world.rep, other)), InvalidTransition)
    clock.advance(milliseconds=-1)
    await unmerge_lead(app, world.rep, other)
    back = await load_lead(app, other)
    assert (back.stage, back.expires_at) == (LeadStage.RECEIVED, clock.at + app.rules.respond_within)


async def test_merging_closes_an_open_claim_and_unmerging_opens_it(app: AppContext, world: World) -> None:
    primary, other = await make_lead(app), await make_lead(app)
    for lead in (primary, other):
        await claim_lead(app, world.rep, lead)
    for merge, claims in ((merge_leads(app, world.rep, primary, [other]), 1), (unmerge_lead(app, world.rep, other), 2)):
        await merge
        counted, there = await claim_counters(app)
        assert counted == there
        assert sum(there.values()) == claims


async def test_vendor_merges_leads_that_wait_in_one_queue(app: AppContext, world: World) -> None:
    queue = await make_queue(app)
    rep = await load_viewer(app, world.rep)
    primary, other = await make_lead(app, queue=queue, city=None), await make_lead(app, queue=queue, city="Lyon")
    assert isinstance(await refused(app, merge_leads(app, world.channel, primary, [other])), NotPermitted)
    await merge_leads(app, world.admin, primary, [other])
    duplicate = await load_lead(app, other)
    assert (duplicate.queue_id, duplicate.partner_id) == (None, None)
    assert isinstance(await refused(app, claim_lead(app, rep, other)), NotFound)
    await unmerge_lead(app, world.admin, other)
    await claim_lead(app, rep, other)


async def test_who_may_merge(app: AppContext, world: World) -> None:
    primary, other = await make_lead(app, partner=world.acme), await make_lead(app, partner=world.acme)
    for who, error in (
        (world.rival, NotFound), (world.rival_admin, NotFound), (world.seller, NotFound), (world.channel, NotPermitted),
    ):  # fmt: skip
        assert isinstance(await refused(app, merge_leads(app, who, primary, [other])), error), who
    for who in (world.rep, world.colleague, world.profiles, world.referrals, world.admin):
        await merge_leads(app, who, primary, [other])
        await unmerge_lead(app, who, other)
    for who, error in ((world.rival, NotFound), (world.channel, NotPermitted)):
        assert isinstance(await refused(app, unmerge_lead(app, who, other)), error)


async def test_leads_that_do_not_belong_together_are_refused(app: AppContext, world: World) -> None:
    primary = await make_lead(app, partner=world.acme)
    waiting, theirs = await make_lead(app), await make_lead(app, partner=world.globex)
    test_lead = await make_lead(app, partner=world.acme, is_test=True)
    assert isinstance(await refused(app, merge_leads(app, world.rep, primary, [theirs])), NotFound)
    assert (await refused(app, merge_leads(app, world.rep, primary, [waiting]))).message == "Claim this lead first."
    found = await fields_at_fault(app, merge_leads(app, world.admin, primary, [theirs, waiting, test_lead]))
    assert found == [("duplicateIds", "0"), ("duplicateIds", "1"), ("duplicateIds", "2")]
    assert await fields_at_fault(app, merge_leads(app, world.rep, primary, [])) == [("duplicateIds",)]
    assert await fields_at_fault(app, merge_leads(app, world.rep, primary, [primary])) == [("duplicateIds", "0")]
    assert await fields_at_fault(app, merge_leads(app, world.rep, primary, [test_lead] * 21)) == [("duplicateIds",)]
    other = await make_lead(app, partner=world.acme)
    assert isinstance(await refused(app, merge_leads(app, world.rep, primary, [other], 9)), VersionConflict)


async def test_stages_that_can_be_merged(app: AppContext, world: World) -> None:
    received, accepted = await make_lead(app, partner=world.acme), await make_accepted_lead(app, world.rep)
    declined = await make_declined_lead(app, world.rep)
    for primary, other in ((received, accepted), (received, declined), (declined, received)):
        assert isinstance(await refused(app, merge_leads(app, world.rep, primary, [other])), InvalidTransition)
    await merge_leads(app, world.rep, accepted, [received])
    second = await make_accepted_lead(app, world.rep)
    await merge_leads(app, world.rep, second, [accepted])
    assert isinstance(await refused(app, merge_leads(app, world.rep, second, [accepted])), InvalidTransition)
    # Of a chain, the last merge is undone first.
    assert isinstance(await refused(app, unmerge_lead(app, world.rep, received)), InvalidTransition)
    await unmerge_lead(app, world.rep, accepted)
    await unmerge_lead(app, world.rep, received)
    assert [(await load_lead(app, one)).stage.value for one in (received, accepted, second)] == ["RECEIVED", "ACCEPTED", "ACCEPTED"]


async def test_history_goes_back_from_a_lead_that_another_partner_has(app: AppContext, world: World) -> None:
    primary, other = await make_lead(app, partner=world.acme, city=None), await make_lead(app, partner=world.acme, city="Lyon")
    await add_lead_note(app, world.rep, other, "Ours.")
    await merge_leads(app, world.rep, primary, [other])
    await assign_lead(app, world.channel, primary, Assignee(partner_id=world.globex))
    version = (await load_lead(app, primary)).version
    kinds = await kinds_of(app, primary)
    await unmerge_lead(app, world.rep, other)
    theirs = await load_lead(app, primary)
    assert (theirs.version, theirs.city) == (version, "Lyon")
    assert await kinds_of(app, primary) == [one for one in kinds if one != "NOTE_ADDED"]
    assert len(await rows_of(app, "note", other)) == 1


async def test_erasure_reaches_what_was_merged(app: AppContext, world: World) -> None:
    for erase_primary in (True, False):
        primary, other = [await make_lead(app, partner=world.acme, email=f"{erase_primary}@x.example") for _ in range(2)]
        await add_lead_note(app, world.rep, other, f"{erase_primary}@x.example called.")
        await merge_leads(app, world.rep, primary, [other])
        await erase_lead_contact(app, world.referrals, primary if erase_primary else other)
        assert f"{erase_primary}@x.example".lower() not in str(await dump_tables(app)).lower()


async def test_dry_run_changes_nothing(app: AppContext, world: World) -> None:
    primary, other = await make_lead(app, partner=world.acme), await make_lead(app, partner=world.acme)
    stored = await dump_tables(app)
    result = await merge_leads(app, world.rep, primary, [other], dry_run=True)
    assert result.dry_run_rows["lead", other]["outcome"] == "DUPLICATE"
    assert await dump_tables(app) == stored


async def attempt(doing: Any) -> str:
    try:
        await doing
    except Refusal as refusal:
        return type(refusal).__name__
    return "done"


@pytest.mark.parametrize("number", range(3))
async def test_concurrent_merges_and_changes_leave_one_state(app: AppContext, world: World, number: int) -> None:
    leads = [await make_lead(app) for _ in range(3)]
    for lead in leads:
        await claim_lead(app, world.rep, lead)
    a, b, c = leads
    attempts = [
        merge_leads(app, world.rep, a, [b]), merge_leads(app, world.colleague, b, [a]), merge_leads(app, world.rep, c, [b, a]),
        accept_lead(app, world.rep, b, DealFields()), decline_lead(app, world.colleague, a, CloseReason.SPAM),
    ]  # fmt: skip
    await asyncio.gather(*(attempt(one) for one in attempts[number:] + attempts[:number]))
    found = {lead: await load_lead(app, lead) for lead in leads}
    for one in found.values():
        assert (one.duplicate_of_id is not None) == (one.outcome is LeadOutcome.DUPLICATE)
        if one.duplicate_of_id is not None:
            assert found[one.duplicate_of_id].duplicate_of_id != one.id
    counted, there = await claim_counters(app)
    assert counted == there


async def test_repeated_request_merges_once(app: AppContext, world: World) -> None:
    primary, other = await make_lead(app, partner=world.acme), await make_lead(app, partner=world.acme)
    requests = (merge_leads(app, world.rep, primary, [other], idempotency_key="key") for _ in range(4))
    assert len(set(map(str, await asyncio.gather(*requests)))) == 1
    stored = await dump_tables(app)
    await merge_leads(app, world.rep, primary, [other], idempotency_key="key")
    assert await dump_tables(app) == stored


async def test_each_lead_has_one_event_of_merging_and_one_of_unmerging(app: AppContext, world: World) -> None:
    primary, other = await make_lead(app, partner=world.acme), await make_lead(app, partner=world.acme)
    await merge_leads(app, world.rep, primary, [other])
    await unmerge_lead(app, world.rep, other)
    events = [event for event in await lead_events(app) if event.kind is not TimelineKind.CREATED]
    received = Filter(stage=(LeadStage.RECEIVED,))
    seen = [(event.kind, event.lead_id, presence(received, world.rep, event)) for event in events]
    assert seen == [
        (TimelineKind.MERGED, other, Presence.LEFT),
        (TimelineKind.MERGED, primary, Presence.CHANGED),
        (TimelineKind.UNMERGED, other, Presence.ENTERED),
        (TimelineKind.UNMERGED, primary, Presence.CHANGED),
    ]
    assert [presence(received, world.rival, event) for event in events] == [None] * 4


async def test_duplicate_of_a_deleted_or_purged_lead_is_given_back(app: AppContext, world: World, clock: Clock) -> None:
    app = replace(app, rules=replace(app.rules, restore_within=timedelta(days=1)))
    primary, *others = [await make_lead(app, partner=world.acme, city=city) for city in (None, "Lyon", "Nice")]
    for other in others:
        await add_lead_note(app, world.rep, other, "Wants a demo.")
    await merge_leads(app, world.rep, primary, others)
    await delete_lead(app, world.referrals, primary)
    await unmerge_lead(app, world.rep, others[0])
    clock.advance(days=2)
    assert await purge_leads(app)
    await unmerge_lead(app, world.rep, others[1])
    # A note belongs to the primary once it is merged, and is purged with it.
    for other, city, notes in zip(others, ("Lyon", "Nice"), (1, 0), strict=True):
        back = await load_lead(app, other)
        assert (back.city, back.stage, back.outcome, len(await rows_of(app, "note", other))) == (city, LeadStage.RECEIVED, None, notes)
    assert (await load_lead(app, primary)).city is None


async def test_purged_duplicate_cannot_be_unmerged(app: AppContext, world: World, clock: Clock) -> None:
    primary, other = await make_lead(app, partner=world.acme), await make_lead(app, partner=world.acme)
    await merge_leads(app, world.rep, primary, [other])
    await delete_lead(app, world.referrals, other)
    with pytest.raises(NotFound):
        await unmerge_lead(app, world.rep, other)
    clock.at += app.rules.restore_within + timedelta(minutes=1)
    assert await purge_leads(app)
    with pytest.raises(NotFound):
        await unmerge_lead(app, world.rep, other)
    assert (await load_lead(app, primary)).stage is LeadStage.RECEIVED
