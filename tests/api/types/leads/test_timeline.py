"""What the first entry of a timeline says of how the lead was routed, and to whom."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from gql_leads.api.values.ids import encode_id
from gql_leads.domain.commands import Assignee, ContactFields, LeadFields, NewLead
from gql_leads.domain.leads.lead import LeadSource, LeadType
from gql_leads.domain.routing import Rule
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads.assignments import assign_lead
from gql_leads.services.leads.intake import create_lead
from gql_leads.services.routing import save_assignment_rules
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import make_listing, make_profile

TIMELINE = "query ($id: ID!) { lead(id: $id) { timeline(first: 50) { nodes { kind summary changes { field from to } } } } }"
NEW = NewLead(source=LeadSource.API, details=LeadFields(contact=ContactFields(last_name="Bosu"), country="FR"))


async def creation(ask: Ask, who: Viewer, lead: UUID) -> tuple[str, list[dict[str, Any]]]:
    """Return the sentence and the changes of the timeline's first entry."""
    entries = (await ask(who, TIMELINE, id=encode_id("Lead", lead)))["lead"]["timeline"]["nodes"]
    assert entries[-1]["kind"] == "CREATED"
    return entries[-1]["summary"], entries[-1]["changes"]


def change(field: str, name: str) -> list[dict[str, Any]]:
    return [{"field": field, "from": None, "to": name}]


@pytest.mark.parametrize(
    ("named", "field", "name", "phrase"),
    [("listing_id", "routing.listing", "Ledger", "the listing"), ("profile_id", "routing.profile", "Lyon", "the business profile")],
)
async def test_partner_and_vendor_read_which_listing_or_profile_routed_a_lead(
    app: AppContext, world: World, ask: Ask, named: str, field: str, name: str, phrase: str
) -> None:
    record = await (make_listing(app, world.acme, "Ledger") if named == "listing_id" else make_profile(app, world.acme, "Lyon"))
    facts: dict[str, Any] = {"type": LeadType.OFFER if named == "listing_id" else LeadType.PROFILE, named: record}
    lead = await create_lead(app, world.channel, replace(NEW, **facts))
    for who in (world.rep, world.referrals, world.channel, world.admin):
        assert await creation(ask, who, lead) == (f"Created by Chris Channel, routed by {phrase} {name}.", change(field, name))
    await assign_lead(app, world.channel, lead, Assignee(partner_id=world.globex))
    assert await creation(ask, world.rival, lead) == ("Created by Chris Channel.", [])


async def test_rules_are_named_to_those_who_keep_them(app: AppContext, world: World, ask: Ask) -> None:
    await save_assignment_rules(app, world.admin, [Rule(name="The French", countries=("FR",), partner_id=world.acme)])
    ruled = await create_lead(app, world.channel, NEW)
    assert await creation(ask, world.rep, ruled) == ("Created by Chris Channel.", [])
    for who in (world.channel, world.admin):
        said = await creation(ask, who, ruled)
        assert said == ("Created by Chris Channel, routed by the rule The French.", change("routing.rule", "The French"))


async def test_vendor_reads_that_no_rule_matched(app: AppContext, world: World, ask: Ask) -> None:
    waiting = await create_lead(app, world.channel, NEW)
    said = await creation(ask, world.admin, waiting)
    assert said == ("Created by Chris Channel, routed to the queue General.", change("routing.queue", "General"))
    await assign_lead(app, world.channel, waiting, Assignee(partner_id=world.acme))
    assert await creation(ask, world.rep, waiting) == ("Created by Chris Channel.", [])
    own = await create_lead(app, world.rep, NEW)
    assert await creation(ask, world.channel, own) == ("Created by Rita Rep.", [])


async def test_entry_of_an_earlier_release_names_no_routing(app: AppContext, world: World, ask: Ask) -> None:
    lead = await create_lead(app, world.channel, NEW)
    await app.database.writing.execute("UPDATE timeline_entry SET changes = '[]' WHERE lead_id = ?", lead)
    assert await creation(ask, world.admin, lead) == ("Created by Chris Channel.", [])
