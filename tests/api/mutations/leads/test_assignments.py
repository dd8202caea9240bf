"""Assignments through the API."""

from gql_leads.api.values.ids import encode_id
from gql_leads.domain.commands import Assignee
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads.assignments import assign_lead
from tests.api.client import errors_of, mutate
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import load_lead, make_accepted_lead, make_lead


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


async def test_leads_are_assigned_each_by_itself_and_once(app: AppContext, world: World, ask: Ask) -> None:
    received, other = await make_lead(app, partner=world.globex), await make_lead(app, partner=world.globex)
    accepted = await make_accepted_lead(app, world.rep)
    ids = [encode_id("Lead", one) for one in (received, accepted, other, received)] + ["nonsense"]
    given = {"leadIds": ids, "to": {"partnerId": encode_id("Partner", world.acme)}, "idempotencyKey": "once"}
    payload = "results { leadId lead { partner { name } } errors { __typename } }"
    first = await mutate(ask, world.channel, "assignLeads", payload, **given)
    assert [one["leadId"] for one in first["results"]] == ids
    assert [[error["__typename"] for error in one["errors"]] for one in first["results"]] == [
        [], ["InvalidTransition"], [], [], ["InvalidInput"],
    ]  # fmt: skip
    assert {one["lead"]["partner"]["name"] for one in first["results"] if one["lead"]} == {"Acme Cloud"}
    version = (await load_lead(app, received)).version
    await assign_lead(app, world.channel, received, Assignee(partner_id=world.globex))
    assert await mutate(ask, world.channel, "assignLeads", payload, **given) != first  # it shows the lead as it is now
    assert ((await load_lead(app, received)).partner_id, (await load_lead(app, received)).version) == (world.globex, version + 1)
    too_many = await mutate(ask, world.channel, "assignLeads", payload, **{**given, "leadIds": ids[:1] * 101})
    assert errors_of(too_many) == [("InvalidInput", ["leadIds"])]
    blank = await mutate(ask, world.channel, "assignLeads", payload, **{**given, "idempotencyKey": " "})
    assert errors_of(blank) == [("InvalidInput", ["idempotencyKey"])]
