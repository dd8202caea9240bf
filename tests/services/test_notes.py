"""Edits of notes: by their authors, with the former text in the history of the partner that the note belongs to."""

import asyncio

import pytest
from uuid_utils.compat import uuid7

from gql_leads.domain.commands import Assignee
from gql_leads.domain.errors import NotFound, NotPermitted
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.filters import EVERYTHING, presence
from gql_leads.domain.opportunities.records import OpportunityStage
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import assignments
from gql_leads.services.leads.notes import add_lead_note
from gql_leads.services.notes import add_opportunity_note, update_note
from gql_leads.store.events import event_log
from gql_leads.store.events.event_log import BEGINNING
from gql_leads.store.sql.rows import loaded, uuid_or_none
from tests.factories import World
from tests.fixtures import Clock, load_lead, make_lead, timeline_kinds, wait_for_event_log
from tests.services.customers import an_account, an_opportunity
from tests.services.refusing import fields_at_fault, refused


async def test_the_author_edits_a_note_also_on_an_archived_lead(app: AppContext, world: World, clock: Clock) -> None:
    lead = await make_lead(app, partner=world.acme)
    note = await add_lead_note(app, world.rep, lead, "Called.")
    await app.database.writing.execute("UPDATE lead SET stage = 'ARCHIVED', outcome = 'LOST' WHERE id = ?", lead)
    before = await load_lead(app, lead)
    clock.advance(hours=1)
    assert await update_note(app, world.rep, note, " Called\r\ntwice. ") == note
    row = await app.database.writing.fetch_one("SELECT * FROM note")
    assert row is not None
    assert (row["body"], row["updated_at"] - row["created_at"]) == ("Called\ntwice.", 3_600_000)
    entry = await app.database.writing.fetch_one("SELECT * FROM timeline_entry ORDER BY id DESC LIMIT 1")
    assert entry is not None
    assert (entry["later_kind"], entry["kind"]) == ("NOTE_EDITED", "NOTE_ADDED")
    assert loaded(entry["changes"]) == [{"field": "note.body", "from": "Called.", "to": "Called\ntwice."}]
    assert await load_lead(app, lead) == before


async def test_nobody_else_edits_a_note_and_a_faulty_text_is_refused(app: AppContext, world: World) -> None:
    note = await add_lead_note(app, world.rep, await make_lead(app, partner=world.acme), "Called.")
    for who in world.everybody:
        if who is not world.rep:
            hidden = who in (world.seller, world.rival, world.rival_admin)
            assert isinstance(await refused(app, update_note(app, who, note, "x")), NotFound if hidden else NotPermitted)
    for body in ("", " \n", "x" * 10_001, "a\0b"):
        assert await fields_at_fault(app, update_note(app, world.rep, note, body)) == [("body",)]
    for unknown in (uuid7(), world.rep.member_id):
        assert (await refused(app, update_note(app, world.rep, unknown, "x"))).field == ("noteId",)


async def test_an_equal_text_and_a_repeated_edit_write_nothing(app: AppContext, world: World) -> None:
    lead = await make_lead(app, partner=world.acme)
    note = await add_lead_note(app, world.rep, lead, "Called.")
    await update_note(app, world.rep, note, " Called. ")
    await asyncio.gather(*(update_note(app, world.rep, note, "Twice.") for _ in range(6)))
    assert await timeline_kinds(app, lead) == ["CREATED", "NOTE_ADDED", "NOTE_ADDED"]


@pytest.mark.parametrize("holder", ["acme", None])
async def test_an_edit_of_the_vendors_note_stays_in_the_history_of_the_earlier_partner(
    app: AppContext, world: World, holder: str | None
) -> None:
    lead = await make_lead(app, partner=world.acme if holder else None)
    note = await add_lead_note(app, world.channel, lead, "Secret.")
    await assignments.assign_lead(app, world.channel, lead, Assignee(partner_id=world.globex))
    await update_note(app, world.channel, note, "More.")
    entry = await app.database.writing.fetch_one("SELECT partner_id FROM timeline_entry ORDER BY id DESC LIMIT 1")
    assert entry is not None
    assert uuid_or_none(entry["partner_id"]) == (world.acme if holder else None)
    await wait_for_event_log(app)
    event = (await event_log.read(app.database.reading, BEGINNING, 100))[-1].event
    assert event.kind is TimelineKind.NOTE_EDITED
    assert [who for who in world.everybody if presence(EVERYTHING, who, event)] == [world.admin, world.channel]


async def test_notes_of_an_opportunity_are_added_by_all_who_see_it_and_edited_by_their_authors(app: AppContext, world: World) -> None:
    opportunity = await an_opportunity(app, world.rep, await an_account(app, world.rep), stage=OpportunityStage.CLOSED_WON)
    for who in world.everybody:
        attempt = add_opportunity_note(app, who, opportunity, "Delivered.")
        if who in (world.seller, world.rival, world.rival_admin):
            refusal = await refused(app, attempt)
            assert (type(refusal), refusal.field) == (NotFound, ("opportunityId",))
            continue
        note = await attempt
        other = world.admin if who is world.rep else world.rep
        assert isinstance(await refused(app, update_note(app, other, note, "x")), NotPermitted)
        assert isinstance(await refused(app, update_note(app, world.rival, note, "x")), NotFound)
        await update_note(app, who, note, "Delivered in full.")
        await update_note(app, who, note, "Delivered in full.")
    rows = await app.database.writing.fetch("SELECT kind, changes FROM opportunity_timeline_entry ORDER BY id")
    assert [row["kind"] for row in rows] == ["CREATED", *["NOTE_ADDED", "NOTE_EDITED"] * 6]
    assert loaded(rows[-1]["changes"]) == [{"field": "note.body", "from": "Delivered.", "to": "Delivered in full."}]


async def test_a_note_of_an_opportunity_mentions_its_readers_once_for_each_key(app: AppContext, world: World) -> None:
    opportunity = await an_opportunity(app, world.rep, await an_account(app, world.rep))
    mentions = [world.channel.member_id, world.colleague.member_id]
    made = await asyncio.gather(*(add_opportunity_note(app, world.rep, opportunity, "Look!", "key", mentions) for _ in range(4)))
    assert len(set(made)) == 1
    assert await fields_at_fault(app, add_opportunity_note(app, world.rep, opportunity, "Other", "key")) == [("idempotencyKey",)]
    assert await fields_at_fault(app, add_opportunity_note(app, world.rep, opportunity, " ", " ", mentions * 11)) == [
        ("body",), ("mentionIds",), ("idempotencyKey",),
    ]  # fmt: skip
    for stranger in (world.rival.member_id, world.seller.member_id, uuid7()):
        refusal = await refused(app, add_opportunity_note(app, world.rep, opportunity, "x", mentions=[*mentions, stranger]))
        assert (type(refusal), refusal.field) == (NotFound, ("mentionIds", "2"))
