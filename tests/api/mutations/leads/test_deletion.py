"""Deletion of test leads through the API."""

from gql_leads.services.app_context import AppContext
from tests.api.client import errors_of, mutate
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import make_lead


async def test_test_leads_are_cleared(app: AppContext, world: World, ask: Ask) -> None:
    for _ in range(3):
        await make_lead(app, partner=world.acme, is_test=True)
    refused = await mutate(ask, world.rep, "clearTestLeads", "deletedCount")
    assert (errors_of(refused), refused["deletedCount"]) == ([("NotPermitted", None)], 0)
    unknown = await mutate(ask, world.admin, "clearTestLeads", "deletedCount", partnerId="x")
    assert errors_of(unknown) == [("InvalidInput", ["partnerId"])]
    assert await mutate(ask, world.referrals, "clearTestLeads", "deletedCount") == {"deletedCount": 3, "errors": []}
    assert (await ask(world.rep, "{ leads(filter: {isTest: true}) { totalCount } }"))["leads"]["totalCount"] == 0
