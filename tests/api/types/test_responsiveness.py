"""The responsiveness of partners through the API."""

from gql_leads.domain.commands import DealFields
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import responses
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import Clock, make_lead


async def test_responsiveness_is_visible_to_the_partner_and_the_vendor(app: AppContext, world: World, ask: Ask, clock: Clock) -> None:
    lead = await make_lead(app, partner=world.acme)
    clock.advance(hours=3)
    await responses.accept_lead(app, world.rep, lead, DealFields())
    document = """{ partners { nodes { name responsiveness { acceptanceRate medianResponseHours answered expired } } } }"""
    figures = {"acceptanceRate": 1.0, "medianResponseHours": 3.0, "answered": 1, "expired": 0}
    nothing = {"acceptanceRate": None, "medianResponseHours": None, "answered": 0, "expired": 0}
    for who, expected in (
        (world.rep, [figures, None]),
        (world.rival, [None, nothing]),
        (world.channel, [figures, nothing]),
        (world.seller, [figures, nothing]),
    ):
        assert [one["responsiveness"] for one in (await ask(who, document))["partners"]["nodes"]] == expected
