"""Notes as rows: their author, partner and mentions."""

from uuid import UUID

from gql_leads.services.app_context import AppContext
from gql_leads.store import notes
from gql_leads.store.notes import StoredNote
from gql_leads.store.sql.rows import as_uuid, to_millis
from tests.factories import World
from tests.fixtures import load_lead, make_lead

NOTE, PLAIN = UUID(int=1), UUID(int=2)


async def test_a_note_belongs_to_its_author_and_to_the_partner_that_holds_the_lead(app: AppContext, world: World) -> None:
    lead = await load_lead(app, await make_lead(app, partner=world.acme))
    async with app.unit_of_work(world.rep) as uow:
        await notes.insert(uow, StoredNote(NOTE, lead.id, None, lead.partner_id, uow.actor.member_id, "Called twice."), [])
    (row,) = await app.database.reading.fetch("SELECT * FROM note")
    assert [as_uuid(row[name]) for name in ("id", "lead_id", "partner_id", "author_id")] == [
        NOTE, lead.id, world.acme, world.rep.member_id,
    ]  # fmt: skip
    assert (row["body"], row["created_at"], row["updated_at"]) == ("Called twice.", to_millis(app.now()), to_millis(app.now()))


async def test_mentions_are_kept_once_in_the_order_given_and_hide_members_of_other_partners(app: AppContext, world: World) -> None:
    lead = await load_lead(app, await make_lead(app, partner=world.acme))
    mentioned = [who.member_id for who in (world.referrals, world.channel, world.colleague, world.referrals, world.rival)]
    async with app.unit_of_work(world.rep) as uow:
        await notes.insert(uow, StoredNote(NOTE, lead.id, None, lead.partner_id, uow.actor.member_id, "See you."), mentioned)
        await notes.insert(uow, StoredNote(PLAIN, lead.id, None, lead.partner_id, uow.actor.member_id, "Nobody."), [])
    found = await notes.mentions(app.database.reading, world.rep, [NOTE, PLAIN])
    assert {note: [as_uuid(row["id"]) for row in rows] for note, rows in found.items()} == {NOTE: mentioned[:3], PLAIN: []}
    assert len((await notes.mentions(app.database.reading, world.channel, [NOTE]))[NOTE]) == 4
