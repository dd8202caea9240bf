"""Repeated requests: by idempotency key, or by external reference."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from gql_leads.domain.commands import ContactFields, LeadFields, NewLead, SaveQueue
from gql_leads.domain.errors import Invalid, InvalidTransition, NotFound, QueueEmpty
from gql_leads.domain.leads.filters import Filter
from gql_leads.domain.leads.lead import LeadSource, LeadType
from gql_leads.services import queues
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import claims as claims_module
from gql_leads.services.leads import deletion, notes, outcomes
from gql_leads.services.leads.intake import create_lead
from tests.factories import World
from tests.fixtures import Clock, dump_tables, load_lead, load_viewer, make_lead, make_qualified_lead, make_queue

NEW = NewLead(type=LeadType.MARKETING_QUALIFIED, source=LeadSource.API, details=LeadFields(contact=ContactFields(last_name="Bosu")))
KNOWN = replace(NEW, external_reference="A-1")


async def count(app: AppContext, table: str) -> int:
    row = await app.database.writing.fetch_one(f"SELECT count(*) AS total FROM {table}")
    assert row is not None
    return int(row["total"])


async def test_the_same_key_creates_one_lead(app: AppContext, world: World) -> None:
    first = await create_lead(app, world.admin, NEW, "key")
    before = await dump_tables(app)
    assert await create_lead(app, world.admin, NEW, "key") == first
    assert await dump_tables(app) == before
    assert await create_lead(app, world.channel, NEW, "key") != first
    assert await create_lead(app, world.admin, NEW, "another key") != first
    assert await create_lead(app, world.admin, NEW) != await create_lead(app, world.admin, NEW)


async def test_the_same_key_used_concurrently_creates_one_lead(app: AppContext, world: World) -> None:
    made = await asyncio.gather(*(create_lead(app, world.admin, NEW, "key") for _ in range(12)))
    assert len(set(made)) == 1
    assert await count(app, "lead") == 1


async def test_a_key_with_other_input_is_refused(app: AppContext, world: World) -> None:
    lead = await make_lead(app, partner=world.acme)
    await create_lead(app, world.rep, NEW, "key")
    before = await dump_tables(app)
    for attempt in (
        create_lead(app, world.rep, replace(NEW, is_test=True), "key"),
        notes.add_lead_note(app, world.rep, lead, "hello", "key"),
    ):
        with pytest.raises(Invalid) as refused:
            await attempt
        assert [fault.field for fault in refused.value.invalid_fields] == [("idempotencyKey",)]
    assert await dump_tables(app) == before


async def test_left_out_and_null_are_the_same_input_for_a_key(app: AppContext, world: World) -> None:
    nulls = LeadFields(contact=ContactFields(last_name="Bosu", title=None), company=None, country=None)
    first = await create_lead(app, world.admin, NEW, "key")
    assert await create_lead(app, world.admin, replace(NEW, details=nulls, external_reference=None), "key") == first


async def test_a_key_expires_after_24_hours(app: AppContext, world: World, clock: Clock) -> None:
    first = await create_lead(app, world.admin, NEW, "key")
    clock.advance(hours=24)
    assert await create_lead(app, world.admin, NEW, "key") == first
    clock.advance(milliseconds=1)
    second = await create_lead(app, world.admin, replace(NEW, is_test=True), "key")
    assert second != first
    assert await create_lead(app, world.admin, replace(NEW, is_test=True), "key") == second


async def test_a_refused_request_does_not_reserve_its_key(app: AppContext, world: World) -> None:
    with pytest.raises(NotFound):
        await create_lead(app, world.admin, replace(NEW, listing_id=UUID(int=1)), "key")
    await create_lead(app, world.admin, NEW, "key")
    with pytest.raises(QueueEmpty):
        await claims_module.claim_next_lead(app, world.rep, asked=Filter(is_test=True), idempotency_key="key")
    assert await claims_module.claim_next_lead(app, world.rep, idempotency_key="key")


async def test_a_repeated_note_is_one_note_even_after_the_lead_was_archived(app: AppContext, world: World) -> None:
    lead = await make_qualified_lead(app, world.rep)
    first = await notes.add_lead_note(app, world.rep, lead, "hello", "key")
    assert await notes.add_lead_note(app, world.rep, lead, " hello\n", "key") == first
    await outcomes.mark_lead_won(app, world.rep, lead)
    assert await notes.add_lead_note(app, world.rep, lead, "hello", "key") == first
    with pytest.raises(InvalidTransition):
        await notes.add_lead_note(app, world.rep, lead, "hello", "new key")
    assert await count(app, "note") == 1


async def test_claiming_next_twice_with_one_key_claims_one_lead(app: AppContext, world: World) -> None:
    for _ in range(3):
        await make_lead(app)
    first = await claims_module.claim_next_lead(app, world.rep, idempotency_key="key")
    assert await claims_module.claim_next_lead(app, world.rep, idempotency_key="key") == first
    with pytest.raises(Invalid):
        await claims_module.claim_next_lead(app, world.rep, world.general, idempotency_key="key")
    await claims_module.release_lead(app, world.rep, first.lead_id)
    assert await claims_module.claim_next_lead(app, world.rep, idempotency_key="key") == first
    assert await count(app, "claim") == 1


async def test_a_repeated_claim_returns_its_result_even_after_the_queue_was_closed(app: AppContext, world: World) -> None:
    queue = await make_queue(app)
    await make_lead(app, queue=queue)
    first = await claims_module.claim_next_lead(app, await load_viewer(app, world.rep), queue, idempotency_key="key")
    await queues.save_queue(app, world.channel, SaveQueue(queue_id=queue, partner_ids=(world.globex,)))
    again = await load_viewer(app, world.rep)
    assert await claims_module.claim_next_lead(app, again, queue, idempotency_key="key") == first
    with pytest.raises(NotFound):
        await claims_module.claim_next_lead(app, again, queue, idempotency_key="new key")


@pytest.mark.parametrize("waiting", [1, 5])
async def test_claiming_next_concurrently_with_one_key_claims_one_lead(app: AppContext, world: World, waiting: int) -> None:
    for _ in range(waiting):
        await make_lead(app)
    claims = await asyncio.gather(*(claims_module.claim_next_lead(app, world.rep, idempotency_key="key") for _ in range(8)))
    assert len(set(claims)) == 1
    assert await count(app, "claim") == 1


async def test_an_external_reference_is_unique_within_source_and_scope(app: AppContext, world: World) -> None:
    vendors = await create_lead(app, world.admin, KNOWN)
    before = await dump_tables(app)
    assert await create_lead(app, world.channel, replace(KNOWN, is_test=True)) == vendors
    assert await dump_tables(app) == before
    others = [
        await create_lead(app, world.rep, KNOWN),
        await create_lead(app, world.rival, KNOWN),
        await create_lead(app, world.admin, replace(KNOWN, source=LeadSource.EVENT)),
        await create_lead(app, world.admin, replace(KNOWN, external_reference="a-1")),
    ]
    assert len({vendors, *others}) == 5
    assert await create_lead(app, world.colleague, KNOWN) == others[0]


async def test_one_external_reference_used_concurrently_creates_one_lead(app: AppContext, world: World) -> None:
    made = await asyncio.gather(*(create_lead(app, who, KNOWN) for who in (world.admin, world.channel) * 8))
    assert len(set(made)) == 1
    assert [await count(app, table) for table in ("lead", "timeline_entry", "notification")] == [1, 1, 1]
    assert await count(app, "event") == 2, "one of the lead, one of its notification"


async def test_a_deleted_lead_loses_its_reference_to_a_new_lead(app: AppContext, world: World) -> None:
    first = await create_lead(app, world.rep, KNOWN)
    await deletion.delete_lead(app, world.referrals, first)
    second = await create_lead(app, world.rep, KNOWN)
    assert second != first
    await deletion.restore_lead(app, world.referrals, first)
    assert await create_lead(app, world.rep, KNOWN) == second
    assert (await load_lead(app, first)).external_reference == "A-1"


async def test_a_restored_lead_keeps_its_reference_if_no_new_lead_took_it(app: AppContext, world: World) -> None:
    first = await create_lead(app, world.rep, KNOWN)
    await deletion.delete_lead(app, world.referrals, first)
    await deletion.restore_lead(app, world.referrals, first)
    assert await create_lead(app, world.rep, KNOWN) == first
