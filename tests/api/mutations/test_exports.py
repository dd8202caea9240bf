"""Export links through the API."""

from gql_leads.services.app_context import AppContext
from tests.api.client import errors_of, mutate
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import make_lead


async def test_export_link_returns_the_listed_leads(app: AppContext, world: World, ask: Ask) -> None:
    await make_lead(app, partner=world.acme)
    await make_lead(app, partner=world.acme, status="CONTACTED")
    payload = "export { filename url expiresAt rowCount eventCursor }"
    made = (await mutate(ask, world.rep, "exportLeads", payload, filter={"statuses": ["NEW"]}, search="bosu"))["export"]
    assert (made["filename"], made["rowCount"]) == ("Leads_11212026.csv", 1)
    assert made["url"].startswith("http://127.0.0.1:8000/exports/Leads_11212026.csv?token=")
    page = await ask(world.rep, "query($after: EventCursor) { leadChanges(after: $after) { nodes { kind } } }", after=made["eventCursor"])
    assert page["leadChanges"]["nodes"] == []
    refused = await mutate(ask, world.rep, "exportLeads", payload, search="x" * 300)
    assert (refused["export"], errors_of(refused)) == (None, [("InvalidInput", None)])
