"""Lists, counts and single leads, each as far as the viewer sees them."""

from datetime import timedelta

from gql_leads.domain.leads.filters import Filter
from gql_leads.domain.leads.lead import LeadStage
from gql_leads.services.app_context import AppContext
from gql_leads.store.leads import lists
from gql_leads.store.leads.lists import LeadQuery
from gql_leads.store.sql.builder import TRUE, Sql
from gql_leads.store.sql.pagination import Window
from gql_leads.store.sql.projection import Projection
from gql_leads.store.sql.rows import as_uuid
from tests.factories import World
from tests.fixtures import Clock, make_lead

CONTACT = Projection(frozenset({"last_name", "contact_hidden", "is_reduced", "owner__name", "partner__name"}))


async def test_page_lists_the_visible_leads_newest_first_and_total_counts_them(app: AppContext, world: World, clock: Clock) -> None:
    references: list[str] = []
    for partner in (world.acme, None, world.globex, world.acme):
        clock.advance(seconds=1)
        references.append(f"L-{len(references)}")
        await make_lead(app, partner=partner, reference=references[-1])
    reader = app.reader(world.rep)
    page = await lists.page(reader, LeadQuery(), Projection(frozenset({"reference"})), Window(2))
    assert ([row["reference"] for row in page.rows], page.has_next) == (["L-3", "L-1"], True)
    assert await lists.total(reader, LeadQuery()) == 3
    assert await lists.total(reader, LeadQuery(filter=Filter(partner_id=(world.acme,)))) == 2
    assert await lists.total(app.reader(world.admin), LeadQuery()) == 4


async def test_masked_columns_are_null_with_the_reason(app: AppContext, world: World) -> None:
    waiting = await make_lead(app)
    held = await make_lead(app, partner=world.acme, owner_id=world.rep.member_id, sender_id=world.seller.member_id)
    expected = {
        (world.rep, waiting): (None, "UNCLAIMED", False, None, None),
        (world.rep, held): ("Bosu", None, False, "Rita Rep", "Acme Cloud"),
        (world.channel, waiting): ("Bosu", None, False, None, None),
        (world.seller, held): ("Bosu", None, True, None, "Acme Cloud"),
    }
    for (viewer, lead), values in expected.items():
        row = (await lists.by_id(app.reader(viewer), [lead], CONTACT))[lead]
        found = tuple(row[name] for name in ("last_name", "contact_hidden", "is_reduced", "owner__name", "partner__name"))
        assert (*found[:2], bool(found[2]), *found[3:]) == values


async def test_leads_read_by_id_are_visible_or_deleted_and_restorable(app: AppContext, world: World) -> None:
    present = await make_lead(app, partner=world.acme)
    deleted = await make_lead(app, partner=world.acme, deleted_at=app.now())
    rival = await make_lead(app, partner=world.globex)
    ids, projection = [present, deleted, rival], Projection(frozenset({"reference"}))
    assert await lists.by_id(app.reader(world.rep), [], projection) == {}
    assert set(await lists.by_id(app.reader(world.rep), ids, projection)) == {present}
    assert set(await lists.by_id(app.reader(world.rep), ids, projection, deleted=True)) == set()
    assert set(await lists.by_id(app.reader(world.referrals), ids, projection, deleted=True)) == {deleted}


async def test_urgency_is_computed_for_the_time_of_the_read(app: AppContext, world: World, clock: Clock) -> None:
    lead = await make_lead(app, partner=world.acme, contact_requested_at=app.now())
    urgency = Projection(frozenset({"urgency"}))
    assert (await lists.by_id(app.reader(world.rep), [lead], urgency))[lead]["urgency"] == "HOT"
    clock.at += app.rules.hot_for + timedelta(milliseconds=1)
    assert (await lists.by_id(app.reader(world.rep), [lead], urgency))[lead]["urgency"] == "OVERDUE"


async def test_counts_of_disjoint_conditions_are_added_in_total_and_by_value(app: AppContext, world: World) -> None:
    for country, partner in (("FR", world.acme), ("FR", None), ("DE", None)):
        await make_lead(app, partner=partner, country=country)
    branches = [Sql("l.partner_id IS NULL"), Sql("l.partner_id = ?", (world.acme,))]
    connection = app.database.reading
    (row,) = await connection.fetch(lists.counting(branches))
    assert row["total"] == 3
    for conditions in (branches, [TRUE]):
        rows = await connection.fetch(lists.counting(conditions, Sql("l.country")))
        assert {row["value"]: row["total"] for row in rows} == {"FR": 2, "DE": 1}


async def test_ids_and_references_are_found_for_every_viewer(app: AppContext, world: World) -> None:
    leads = [
        await make_lead(app, stage=stage, partner=world.acme, reference=f"L-{stage.value}")
        for stage in (LeadStage.RECEIVED, LeadStage.ACCEPTED)
    ]
    connection = app.database.reading
    assert await lists.ids(connection, TRUE) == sorted(leads)
    assert await lists.ids(connection, Sql("l.stage = ?", (LeadStage.ACCEPTED,))) == [as_uuid(leads[1])]
    assert await lists.is_known(connection, "L-ACCEPTED")
    assert not await lists.is_known(connection, "L-OTHER")
