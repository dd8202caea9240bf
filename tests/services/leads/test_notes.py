"""Notes on a lead and their mentions."""

import pytest
from uuid_utils.compat import uuid7

from gql_leads.domain.errors import Invalid, NotFound
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import notes
from gql_leads.store import notes as note_store
from tests.factories import World
from tests.fixtures import (  # fmt: skip
    REP,
    dump_tables,
    load_lead,
    make_lead,
    make_member,
    make_partner,
    make_qualified_lead,
    timeline_kinds,
)


async def test_a_note_mentions_members_who_can_read_it(app: AppContext, world: World) -> None:
    lead = await make_lead(app, partner=world.acme)
    mentions = [one.member_id for one in (world.channel, world.colleague, world.admin, world.colleague, world.rep)]
    note = await notes.add_lead_note(app, world.rep, lead, "Look!", mentions=mentions)
    rows = (await note_store.mentions(app.database.reading, world.rep, [note]))[note]
    assert [row["name"] for row in rows] == ["Chris Channel", "Colin Colleague", "Ada Admin", "Rita Rep"]


async def test_mentioning_a_member_who_cannot_read_the_note_is_not_found(app: AppContext, world: World) -> None:
    ours = await make_lead(app, partner=world.acme, sender_id=world.seller.member_id, sender_partner_id=world.globex)
    waiting = await make_lead(app)
    gone = (await make_member(app, world.acme, REP)).member_id
    await app.database.writing.execute("UPDATE member SET is_active = ? WHERE id = ?", False, gone)
    known = world.rep.member_id
    for writer, lead, one in (
        (world.rep, ours, world.rival.member_id),
        (world.rep, ours, world.seller.member_id),
        (world.rep, ours, gone),
        (world.rep, ours, uuid7()),
        (world.channel, ours, world.rival.member_id),
        (world.channel, waiting, known),
        (world.rival, ours, known),
    ):
        before = await dump_tables(app)
        with pytest.raises(NotFound) as refused:
            await notes.add_lead_note(app, writer, lead, "Look!", mentions=[world.channel.member_id, one])
        assert (refused.value.message, refused.value.field) == (NotFound().message, ("mentionIds", "1"))
        assert await dump_tables(app) == before
    assert await notes.add_lead_note(app, world.channel, waiting, "Look!", mentions=[world.admin.member_id])


async def test_a_note_mentions_at_most_20(app: AppContext, world: World) -> None:
    lead = await make_lead(app, partner=world.acme)
    with pytest.raises(Invalid) as refused:
        await notes.add_lead_note(app, world.rep, lead, " ", mentions=[world.rep.member_id] * 21)
    assert [fault.field for fault in refused.value.invalid_fields] == [("body",), ("mentionIds",)]
    assert await notes.add_lead_note(app, world.rep, lead, "x", mentions=[world.rep.member_id] * 20)


async def test_a_key_is_refused_for_other_mentions(app: AppContext, world: World) -> None:
    lead, somebody = await make_lead(app, partner=world.acme), [world.colleague.member_id]
    note = await notes.add_lead_note(app, world.rep, lead, "x", "key", somebody)
    assert await notes.add_lead_note(app, world.rep, lead, "x", "key", somebody) == note
    with pytest.raises(Invalid):
        await notes.add_lead_note(app, world.rep, lead, "x", "key")


async def test_a_member_of_an_inactive_partner_cannot_be_mentioned(app: AppContext, world: World) -> None:
    asleep = await make_partner(app)
    somebody = await make_member(app, asleep, REP)
    lead = await make_lead(app, partner=asleep)
    await app.database.writing.execute("UPDATE partner SET is_active = ? WHERE id = ?", False, asleep)
    with pytest.raises(NotFound):
        await notes.add_lead_note(app, world.channel, lead, "x", mentions=[somebody.member_id])


async def test_a_note_leaves_the_version_and_its_event_has_no_text(app: AppContext, world: World) -> None:
    lead = await make_qualified_lead(app, world.rep)
    before = await load_lead(app, lead)
    for who in (world.rep, world.channel, world.admin):
        await notes.add_lead_note(app, who, lead, "a\nb")
    assert await load_lead(app, lead) == before
    assert (await timeline_kinds(app, lead))[-3:] == ["NOTE_ADDED"] * 3
    rows = await app.database.reading.fetch("SELECT changes FROM timeline_entry WHERE kind = 'NOTE_ADDED'")
    assert {str(row["changes"]) for row in rows} == {"[]"}
