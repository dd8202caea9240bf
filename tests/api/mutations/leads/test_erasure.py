"""No interface returns an erased contact."""

import csv
import json
from typing import Any, Final

import pytest

from gql_leads.api.values.ids import encode_id
from gql_leads.domain.commands import Conversion
from gql_leads.exports import csv_of
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads.conversion import convert_lead
from gql_leads.store.leads.lists import LeadQuery
from tests.api.client import selection_of
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import load_viewer, make_lead, wait_for_event_log
from tests.services.leads.test_erasure import ONCE, WHO, a_life

ERASE: Final = """
    mutation($id: ID!) { eraseLeadContact(input: {leadId: $id}) {
        lead { version contact { lastName } contactHidden allowedActions
            timeline(first: 1) { nodes { kind summary changes { field from to } } } }
        errors { __typename message } } }
"""
EVERYTHING: Final = f"""
    query($search: String) {{
        leads(search: $search) {{ totalCount nodes {{ {selection_of("Lead")} }} facets(fields: [COUNTRY]) {{ values {{ label }} }} }}
        accounts(search: $search) {{ totalCount nodes {{ {selection_of("Account")} }} }}
        contacts(search: $search) {{ totalCount nodes {{ {selection_of("Contact")} }} }}
        opportunities(search: $search) {{ totalCount nodes {{ {selection_of("Opportunity", 2)} }} }} }}
"""
SEPARATOR: Final = """
    { leadBoard(groupBy: OWNER) { columns { label leads { nodes { company message } } } } recommendedLeads { reason }
      leadChanges { nodes { kind leadId lead { company message deal { name } } } } }
"""


@pytest.mark.parametrize("company", [None, "Engineering Office"])
async def test_no_interface_returns_the_erased_contact(app: AppContext, world: World, ask: Ask, company: str | None) -> None:
    lead = await a_life(app, world, company)
    await convert_lead(app, world.rep, lead, Conversion())
    for who in (world.rep, world.admin):
        assert [(await ask(who, EVERYTHING, search=WHO))[kind]["totalCount"] for kind in ("leads", "accounts", "contacts")] == [1, 1, 1]
    payload = (await ask(world.referrals, ERASE, id=encode_id("Lead", lead)))["eraseLeadContact"]
    assert payload["errors"] == []
    await wait_for_event_log(app)
    for who in (world.rep, world.referrals, world.admin, world.channel, world.rival):
        found = [await ask(who, EVERYTHING, search=search) for search in (None, WHO, ONCE)]
        told = json.dumps([found, await ask(who, SEPARATOR), await exported(app, who)]).lower()
        assert not [name for name in (WHO, ONCE) if name.lower() in told]
        assert {one[kind]["totalCount"] for one in found[1:] for kind in one} == {0}


async def exported(app: AppContext, who: Any) -> list[list[str]]:
    """The file that the viewer's export gives."""
    reader = app.reader(await load_viewer(app, who))
    text = "".join([part if isinstance(part, str) else part.decode() async for part in csv_of(reader, LeadQuery())])
    return list(csv.reader(text.splitlines()))


async def test_erased_lead_is_shown_as_erased(app: AppContext, world: World, ask: Ask) -> None:
    lead = encode_id("Lead", await make_lead(app, partner=world.acme, message="Hello", title="CIO"))
    erased = (await ask(world.referrals, ERASE, id=lead))["eraseLeadContact"]["lead"]
    (entry,) = erased["timeline"]["nodes"]
    fields = ("contact.firstName", "contact.lastName", "contact.title", "contact.email", "message")
    assert entry == {
        "kind": "CONTACT_ERASED",
        "summary": "Contact erased by Rafa Referrals.",
        "changes": [{"field": field, "from": None, "to": None} for field in fields],
    }
    assert (erased["version"], erased["contact"], erased["contactHidden"]) == (2, None, "ERASED")
    assert "ERASE_CONTACT" in erased["allowedActions"]
    again = (await ask(world.referrals, ERASE, id=lead))["eraseLeadContact"]
    assert (again["lead"]["version"], again["errors"]) == (2, [])


async def test_erasure_without_permission_is_refused(app: AppContext, world: World, ask: Ask) -> None:
    lead = encode_id("Lead", await make_lead(app, partner=world.acme))
    for who, refusal in ((world.rep, "NotPermitted"), (world.channel, "NotPermitted"), (world.rival_admin, "NotFound")):
        (error,) = (await ask(who, ERASE, id=lead))["eraseLeadContact"]["errors"]
        assert error["__typename"] == refusal
