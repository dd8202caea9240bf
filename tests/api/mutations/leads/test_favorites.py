"""Favorites through the API."""

from gql_leads.api.values.ids import encode_id
from gql_leads.services.app_context import AppContext
from tests.api.client import mutate
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import make_lead


async def test_favorites_are_private_to_the_member(app: AppContext, world: World, ask: Ask) -> None:
    lead = encode_id("Lead", await make_lead(app, partner=world.acme))
    assert (await mutate(ask, world.rep, "favoriteLead", "lead { isFavorite version }", leadId=lead))["lead"] == {
        "isFavorite": True,
        "version": 1,
    }
    document = "{ leads(filter: {tab: FAVORITES}) { totalCount } }"
    assert (await ask(world.rep, document))["leads"]["totalCount"] == 1
    assert (await ask(world.colleague, document))["leads"]["totalCount"] == 0
    assert (await mutate(ask, world.rep, "unfavoriteLead", "lead { isFavorite }", leadId=lead))["lead"] == {"isFavorite": False}
