"""Outcomes through the API."""

from gql_leads.api.values.ids import encode_id
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads.outcomes import qualify_lead
from tests.api.client import mutate
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import QUALIFIED, make_accepted_lead


async def test_won_lead_keeps_the_update_of_its_status(app: AppContext, world: World, ask: Ask) -> None:
    lead = await make_accepted_lead(app, world.rep)
    await qualify_lead(app, world.rep, lead, QUALIFIED)
    selection, lead_id = "lead { outcome status allowedActions }", encode_id("Lead", lead)
    won = await mutate(ask, world.rep, "markLeadWon", selection, leadId=lead_id, status="PURCHASED")
    assert won["lead"] == {"outcome": "WON", "status": "PURCHASED", "allowedActions": ["UPDATE_STATUS"]}
    delivered = await mutate(ask, world.rep, "updateLeadStatus", selection, leadId=lead_id, status="DELIVERED")
    assert delivered["lead"] == {"outcome": "WON", "status": "DELIVERED", "allowedActions": ["UPDATE_STATUS"]}
