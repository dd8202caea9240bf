"""Assignments through the API."""

from gql_leads.api.values.ids import encode_id
from gql_leads.services.app_context import AppContext
from tests.api.client import mutate
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import make_lead


async def test_assignment_names_only_visible_holders_in_the_timeline(app: AppContext, world: World, ask: Ask) -> None:
    lead = encode_id("Lead", await make_lead(app, partner=world.acme))
    to = {"partnerId": encode_id("Partner", world.globex)}
    assert (await mutate(ask, world.channel, "assignLead", "lead { partner { name } }", leadId=lead, to=to))["lead"] == {
        "partner": {"name": "Globex"}
    }
    document = "query($id: ID!) { lead(id: $id) { timeline { nodes { kind summary actor { name } changes { field from to } } } } }"
    entry = (await ask(world.channel, document, id=lead))["lead"]["timeline"]["nodes"][0]
    assert {"field": "partner", "from": "Acme Cloud", "to": "Globex"} in entry["changes"]
    assert entry["summary"] == "Assigned to Globex by Chris Channel."
    entry = (await ask(world.rival, document, id=lead))["lead"]["timeline"]["nodes"][0]
    assert {"field": "partner", "from": None, "to": "Globex"} in entry["changes"]
