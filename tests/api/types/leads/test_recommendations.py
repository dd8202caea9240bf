"""Recommended leads through the API."""

from gql_leads.api.values.ids import encode_id
from gql_leads.domain.leads.lead import CompanySize
from gql_leads.domain.listings import SaveBusinessProfile
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import deletion
from gql_leads.services.listings import save_business_profile
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import Clock, load_viewer, make_accepted_lead, make_lead, make_queue

RECOMMENDED = "query($first: Int) { recommendedLeads(first: $first) { reason lead { id company contact { lastName } } } }"


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


async def test_keyword_finds_nothing_in_a_hidden_contact(app: AppContext, world: World, ask: Ask) -> None:
    await save_business_profile(app, world.profiles, SaveBusinessProfile(location="Lyon", keywords=["Bosu", "aparna", "contoso.example"]))
    await make_lead(app, company=None)
    (found,) = (await ask(world.rep, RECOMMENDED))["recommendedLeads"]
    assert found["reason"] == "It is one of the newest that wait."
