"""Columns of boards and their pages, as rows of the store."""

from gql_leads.domain.leads.boards import LeadBoardGrouping
from gql_leads.domain.leads.filters import Filter
from gql_leads.domain.leads.lead import LeadStage, LeadStatus
from gql_leads.services.app_context import AppContext
from gql_leads.store.leads import boards, lists
from gql_leads.store.leads.lists import LeadQuery
from gql_leads.store.sql.pagination import Window
from gql_leads.store.sql.projection import Projection
from gql_leads.store.sql.rows import as_uuid
from tests.factories import World
from tests.fixtures import Clock, make_lead, make_listing

COMPANY = Projection(frozenset({"company"}))


async def test_enum_columns_without_counts_are_made_without_reading(app: AppContext, world: World) -> None:
    await make_lead(app, partner=world.acme)
    columns = await boards.columns(app.reader(world.rep), LeadQuery(), LeadBoardGrouping.STAGE, counted=False)
    assert [(column.value, column.name, column.total) for column in columns] == [(stage.value, None, None) for stage in LeadStage]


async def test_enum_columns_count_the_matching_leads_of_each_value(app: AppContext, world: World) -> None:
    for country, status in (("FR", LeadStatus.NEW), ("FR", LeadStatus.CONTACTED), ("FR", LeadStatus.CONTACTED), ("DE", LeadStatus.NEW)):
        await make_lead(app, partner=world.acme, country=country, status=status)
    await make_lead(app, partner=world.globex, country="FR")
    query = LeadQuery(filter=Filter(country=("FR",)))
    columns = await boards.columns(app.reader(world.rep), query, LeadBoardGrouping.STATUS, counted=True)
    assert {column.value: column.total for column in columns} == {
        status.value: {LeadStatus.NEW: 1, LeadStatus.CONTACTED: 2}.get(status, 0) for status in LeadStatus
    }


async def test_object_columns_follow_the_column_without_a_value_by_folded_name(app: AppContext, world: World) -> None:
    zebra, apple = await make_listing(app, world.acme, "Zebra"), await make_listing(app, world.acme, "apple")
    for listing in (zebra, apple, apple, None):
        await make_lead(app, partner=world.acme, listing_id=listing)
    await make_listing(app, world.acme, "Empty")
    columns = await boards.columns(app.reader(world.rep), LeadQuery(), LeadBoardGrouping.LISTING, counted=True)
    assert [(column.value, column.name, column.total) for column in columns] == [
        (None, None, 1), (str(apple), "apple", 2), (str(zebra), "Zebra", 1),
    ]  # fmt: skip


async def test_owners_are_one_column_without_a_value_for_a_sender(app: AppContext, world: World) -> None:
    for owner in (world.rep, world.colleague):
        await make_lead(app, partner=world.acme, owner_id=owner.member_id, sender_id=world.seller.member_id)
    (column,) = await boards.columns(app.reader(world.seller), LeadQuery(), LeadBoardGrouping.OWNER, counted=True)
    assert (column.value, column.name, column.total) == (None, None, 2)


async def test_pages_of_all_columns_have_the_newest_leads_and_whether_more_follow(app: AppContext, world: World, clock: Clock) -> None:
    for owner, companies in ((world.rep, "abc"), (world.colleague, "de"), (None, "f")):
        for company in companies:
            clock.advance(seconds=1)
            await make_lead(app, partner=world.acme, owner_id=owner and owner.member_id, company=company)
    reader = app.reader(world.rep)
    columns = await boards.columns(reader, LeadQuery(), LeadBoardGrouping.OWNER, counted=False)
    pages = await boards.pages(reader, columns, COMPANY, Window(2))
    found = {column.name: ("".join(row["company"] for row in pages[column].rows), pages[column].has_next) for column in columns}
    assert found == {None: ("f", False), "Colin Colleague": ("ed", False), "Rita Rep": ("cb", True)}


async def test_query_of_a_column_lists_the_leads_of_the_column(app: AppContext, world: World) -> None:
    owned = await make_lead(app, partner=world.acme, owner_id=world.rep.member_id)
    free = await make_lead(app, partner=world.acme)
    reader = app.reader(world.rep)
    columns = await boards.columns(reader, LeadQuery(), LeadBoardGrouping.OWNER, counted=False)
    listed = [await lists.page(reader, column.query, Projection(frozenset({"id"})), Window(10)) for column in columns]
    assert [[as_uuid(row["id"]) for row in page.rows] for page in listed] == [[free], [owned]]
