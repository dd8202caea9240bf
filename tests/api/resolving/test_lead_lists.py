"""Recent leads through the API."""

from typing import Any

from gql_leads.api.values.ids import encode_id
from gql_leads.domain.activities import ActivityKind, NewActivity
from gql_leads.domain.commands import Assignee
from gql_leads.domain.leads.lead import LeadStatus
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import assignments, claims, deletion, notes, updates
from gql_leads.services.leads.activities import log_lead_activity
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import dump_tables, enter_lead, make_lead

RECENT = """query($first: Int, $after: String) { viewer { recentLeads(first: $first, after: $after) {
    totalCount eventCursor nodes { id } edges { cursor node { company } } facets(fields: [STATUS]) { values { value count } }
    pageInfo { hasNextPage hasPreviousPage endCursor } } } }"""


async def recent(ask: Ask, who: Viewer, **asked: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await ask(who, RECENT, **asked))["viewer"]["recentLeads"]
    return found


async def test_recent_leads_are_listed_once_latest_first(app: AppContext, world: World, ask: Ask) -> None:
    entered = await enter_lead(app, world.rep)
    claimed = (await claims.claim_lead(app, world.rep, await make_lead(app))).lead_id
    noted, called, changed = [await make_lead(app, partner=world.acme) for _ in range(3)]
    await notes.add_lead_note(app, world.rep, noted, "x")
    await log_lead_activity(app, world.rep, called, NewActivity(kind=ActivityKind.CALL, subject="x"))
    await updates.update_lead_status(app, world.rep, changed, LeadStatus.CONTACTED)
    await notes.add_lead_note(app, world.rep, entered, "x")
    await notes.add_lead_note(app, world.colleague, noted, "x")  # somebody else's doing moves nothing
    before = await dump_tables(app)
    expected = [encode_id("Lead", one) for one in (entered, changed, called, noted, claimed)]
    page = await recent(ask, world.rep)
    assert [one["id"] for one in page["nodes"]] == expected
    assert page["totalCount"] == 5
    assert page["facets"][0]["values"] == [{"value": "NEW", "count": 4}, {"value": "CONTACTED", "count": 1}]
    assert [one["id"] for one in (await recent(ask, world.colleague))["nodes"]] == [encode_id("Lead", noted)]
    assert (await recent(ask, world.admin))["nodes"] == []
    walked, after = list[str](), None
    for number in range(3):
        page = await recent(ask, world.rep, first=2, after=after)
        walked += [one["id"] for one in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        assert (page["pageInfo"]["hasNextPage"], page["pageInfo"]["hasPreviousPage"]) == (number < 2, number > 0)
    assert walked == expected
    assert await dump_tables(app) == before


async def test_recent_leads_that_became_invisible_are_skipped(app: AppContext, world: World, ask: Ask) -> None:
    kept, given, deleted = [await make_lead(app, partner=world.acme) for _ in range(3)]
    for lead in (kept, given, deleted):
        await notes.add_lead_note(app, world.rep, lead, "x")
    await assignments.assign_lead(app, world.channel, given, Assignee(partner_id=world.globex))
    await deletion.delete_lead(app, world.referrals, deleted)
    page = await recent(ask, world.rep)
    assert ([one["id"] for one in page["nodes"]], page["totalCount"]) == ([encode_id("Lead", kept)], 1)
    assert [one["id"] for one in (await recent(ask, world.channel))["nodes"]] == [encode_id("Lead", given)]
