"""The leads that the viewer did something with, and those that are recommended to their partner."""

from typing import Any

from gql_leads.api.values.ids import encode_id
from gql_leads.domain.activities import ActivityKind, NewActivity
from gql_leads.domain.commands import Assignee, DealFields
from gql_leads.domain.leads.lead import CompanySize, LeadStatus
from gql_leads.domain.listings import SaveBusinessProfile
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import assignments, claims, deletion, notes, responses, updates
from gql_leads.services.leads.activities import log_lead_activity
from gql_leads.services.listings import save_business_profile
from tests.api.client import do, said
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import Clock, dump_tables, enter_lead, load_viewer, make_accepted_lead, make_lead, make_queue

RECENT = """query($first: Int, $after: String) { viewer { recentLeads(first: $first, after: $after) {
    totalCount eventCursor nodes { id } edges { cursor node { company } } facets(fields: [STATUS]) { values { value count } }
    pageInfo { hasNextPage hasPreviousPage endCursor } } } }"""
RECOMMENDED = "query($first: Int) { recommendedLeads(first: $first) { reason lead { id company contact { lastName } } } }"


async def recent(ask: Ask, who: Viewer, **asked: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await ask(who, RECENT, **asked))["viewer"]["recentLeads"]
    return found


async def test_what_was_acted_on_last_comes_first_and_each_lead_once(app: AppContext, world: World, ask: Ask) -> None:
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


async def test_what_is_out_of_sight_today_is_passed_over(app: AppContext, world: World, ask: Ask) -> None:
    kept, given, deleted = [await make_lead(app, partner=world.acme) for _ in range(3)]
    for lead in (kept, given, deleted):
        await notes.add_lead_note(app, world.rep, lead, "x")
    await assignments.assign_lead(app, world.channel, given, Assignee(partner_id=world.globex))
    await deletion.delete_lead(app, world.referrals, deleted)
    page = await recent(ask, world.rep)
    assert ([one["id"] for one in page["nodes"]], page["totalCount"]) == ([encode_id("Lead", kept)], 1)
    assert [one["id"] for one in (await recent(ask, world.channel))["nodes"]] == [encode_id("Lead", given)]


async def test_matching_leads_are_recommended_first_with_the_reason(app: AppContext, world: World, ask: Ask, clock: Clock) -> None:
    await save_business_profile(
        app, world.profiles,
        SaveBusinessProfile(location="Lyon", keywords=["ERP"], company_sizes=[CompanySize.EMPLOYEES_1_TO_9]),
    )  # fmt: skip
    for _ in range(2):
        await make_accepted_lead(app, world.rep, country="DE")
    speaking = await make_lead(app, message="An erp, please", country="IS")
    clock.advance(minutes=1)
    small = await make_lead(app, company_size=CompanySize.EMPLOYEES_1_TO_9, country="IS")
    liked = await make_lead(app, country="DE")
    clock.advance(minutes=1)
    other = await make_lead(app, country="IS")
    found = (await ask(world.rep, RECOMMENDED))["recommendedLeads"]
    assert [(one["lead"]["id"], one["reason"]) for one in found] == [
        (encode_id("Lead", small), "The customer is of a size that your profiles name."),
        (encode_id("Lead", speaking), "It speaks of “ERP”, as your profiles do."),
        (encode_id("Lead", liked), "You accepted 2 of 2 leads from Germany."),
        (encode_id("Lead", other), "You accepted 2 of 2 leads of the type offer."),
    ]
    assert {one["lead"]["contact"] for one in found} == {None}
    assert len((await ask(world.rep, RECOMMENDED, first=1))["recommendedLeads"]) == 1
    told = (await ask(world.rival, RECOMMENDED))["recommendedLeads"]
    assert {one["reason"] for one in told} == {"It is one of the newest that wait."}
    for who in world.vendor:
        assert (await ask(who, RECOMMENDED))["recommendedLeads"] == []


async def test_only_what_can_be_claimed_now_is_recommended(app: AppContext, world: World, ask: Ask) -> None:
    assert (await ask(world.rep, RECOMMENDED))["recommendedLeads"] == []
    closed, ours = await make_queue(app, open_to=[world.globex]), await make_queue(app, open_to=[world.acme])
    await make_lead(app, queue=closed)
    await make_lead(app, partner=world.acme)
    await make_lead(app, is_test=True)
    await make_lead(app, expires_at=app.now())
    await deletion.delete_lead(app, world.admin, await make_lead(app))
    for _ in range(9):
        await make_queue(app, open_to=[world.acme])
    claimable = [await make_lead(app), await make_lead(app, queue=ours)]
    found = (await ask(await load_viewer(app, world.rep), RECOMMENDED))["recommendedLeads"]
    assert {one["lead"]["id"] for one in found} == {encode_id("Lead", one) for one in claimable}


async def test_a_keyword_finds_nothing_in_a_hidden_contact(app: AppContext, world: World, ask: Ask) -> None:
    await save_business_profile(app, world.profiles, SaveBusinessProfile(location="Lyon", keywords=["Bosu", "aparna", "contoso.example"]))
    await make_lead(app, company=None)
    (found,) = (await ask(world.rep, RECOMMENDED))["recommendedLeads"]
    assert found["reason"] == "It is one of the newest that wait."


async def test_responsiveness_is_told_to_the_partner_itself_and_to_the_vendor(
    app: AppContext, world: World, ask: Ask, clock: Clock
) -> None:
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


async def test_test_leads_are_cleared(app: AppContext, world: World, ask: Ask) -> None:
    for _ in range(3):
        await make_lead(app, partner=world.acme, is_test=True)
    refused = await do(ask, world.rep, "clearTestLeads", "deletedCount")
    assert (said(refused), refused["deletedCount"]) == ([("NotPermitted", None)], 0)
    unknown = await do(ask, world.admin, "clearTestLeads", "deletedCount", partnerId="x")
    assert said(unknown) == [("NotFound", ["partnerId"])]
    assert await do(ask, world.referrals, "clearTestLeads", "deletedCount") == {"deletedCount": 3, "errors": []}
    assert (await ask(world.rep, "{ leads(filter: {isTest: true}) { totalCount } }"))["leads"]["totalCount"] == 0
