"""Notes and activities of several leads, as far as a viewer may read them."""

from typing import Any
from uuid import UUID

import pytest

from gql_leads.domain.activities import Activity, ActivityKind
from gql_leads.domain.leads.lead import Lead
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.store import activities, notes
from gql_leads.store.leads import notes_and_activities
from gql_leads.store.leads.notes_and_activities import ACTIVITIES, NOTES, Kind
from gql_leads.store.notes import StoredNote
from gql_leads.store.sql.pagination import Window
from gql_leads.store.sql.projection import Projection
from gql_leads.store.sql.rows import as_uuid
from tests.factories import World
from tests.fixtures import Clock, load_lead, make_lead

ID = Projection(frozenset({"id"}))
KINDS = pytest.mark.parametrize("kind", [NOTES, ACTIVITIES], ids=["notes", "activities"])


async def insert(app: AppContext, clock: Clock, kind: Kind, number: int, lead: Lead, who: Viewer) -> UUID:
    """Insert a note or an activity by the member, one second after the previous one."""
    clock.advance(seconds=1)
    async with app.unit_of_work(who) as uow:
        if kind is NOTES:
            await notes.insert(uow, StoredNote(UUID(int=number), lead.id, None, lead.partner_id, who.member_id, "Text"), [])
        else:
            parent: dict[str, Any] = {"lead_id": lead.id, "partner_id": lead.partner_id, "owner_id": who.member_id, "created_at": uow.now}
            activity = Activity(id=UUID(int=number), kind=ActivityKind.TASK, subject="Text", **parent)
            await activities.insert(uow.connection, activity)
    return UUID(int=number)


@KINDS
async def test_each_lead_has_its_own_page_newest_first_and_its_own_total(app: AppContext, world: World, clock: Clock, kind: Kind) -> None:
    one, two, empty = [await load_lead(app, await make_lead(app, partner=world.acme)) for _ in range(3)]
    for number, lead in enumerate((one, two, one, one), 1):
        await insert(app, clock, kind, number, lead, world.rep)
    ids, connection = [one.id, two.id, empty.id], app.database.reading
    pages = await notes_and_activities.pages(connection, world.rep, kind, ID, Window(2), ids)
    found = {lead: ([as_uuid(row["id"]).int for row in page.rows], page.has_next) for lead, page in pages.items()}
    assert found == {one.id: ([4, 3], True), two.id: ([2], False), empty.id: ([], False)}
    assert await notes_and_activities.totals(connection, world.rep, kind, ids) == {one.id: 3, two.id: 1}


@KINDS
async def test_rows_of_an_earlier_partner_are_read_by_the_vendor_only(app: AppContext, world: World, clock: Clock, kind: Kind) -> None:
    lead = await load_lead(app, await make_lead(app, partner=world.acme, sender_id=world.seller.member_id))
    earlier = await insert(app, clock, kind, 1, lead, world.rep)
    await app.database.writing.execute("UPDATE lead SET partner_id = ? WHERE id = ?", world.globex, lead.id)
    later = await insert(app, clock, kind, 2, await load_lead(app, lead.id), world.rival)
    expected = {world.channel: {earlier, later}, world.rival: {later}, world.rep: set(), world.seller: set()}
    for viewer, ids in expected.items():
        rows = await notes_and_activities.by_id(app.database.reading, viewer, kind, ID, [earlier, later])
        assert set(rows) == ids
        totals = await notes_and_activities.totals(app.database.reading, viewer, kind, [lead.id])
        assert totals == ({lead.id: len(ids)} if ids else {})


@KINDS
async def test_member_who_wrote_a_row_is_joined_as_the_viewer_may_know_them(
    app: AppContext, world: World, clock: Clock, kind: Kind
) -> None:
    lead = await load_lead(app, await make_lead(app, partner=world.acme))
    own = await insert(app, clock, kind, 1, lead, world.rep)
    column = f"{kind.member}__name"
    (row,) = (
        await notes_and_activities.by_id(app.database.reading, world.colleague, kind, Projection(frozenset({column})), [own])
    ).values()
    assert row[column] == "Rita Rep"
