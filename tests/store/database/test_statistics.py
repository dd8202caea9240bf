"""Statistics are gathered after a migration and after the demo, and searches do not depend on them."""

from gql_leads.demo.fill import fill
from gql_leads.services.app_context import AppContext
from gql_leads.store.leads import lists
from gql_leads.store.leads.lists import LeadQuery
from gql_leads.store.search.search_plan import COUNT, find_candidates
from gql_leads.store.sql.rows import UuidArray
from tests.factories import World
from tests.fixtures import make_lead


async def test_demo_leaves_statistics_of_its_leads(app: AppContext) -> None:
    await fill(app, 60)
    if app.database.dialect == "postgres":
        (row,) = await app.database.reading.fetch("SELECT reltuples FROM pg_class WHERE oid = 'lead'::regclass")
        assert row["reltuples"] == 60
        assert await app.database.reading.fetch("SELECT 1 FROM pg_stats WHERE tablename = 'lead' LIMIT 1")


async def test_candidates_are_one_array_parameter_on_postgres(app: AppContext, world: World) -> None:
    leads = {await make_lead(app, partner=world.acme, company="Zephyr") for _ in range(3)}
    await make_lead(app, partner=world.acme)
    connection = app.database.reading
    found = await find_candidates(connection, "zephyr", app.now(), COUNT._replace(share=1.0), is_of_everybody=True)
    if connection.dialect == "postgres":
        (array,) = found.anywhere.parameters
        assert isinstance(array, UuidArray)
        assert set(array) == leads
    assert await lists.total(app.reader(world.channel), LeadQuery(search="zephyr")) == 3
