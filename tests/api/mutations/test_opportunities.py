"""Accounts, contacts and opportunities through the API."""

import pytest

from gql_leads.api.values.filters import OpportunityFilterInput
from gql_leads.api.values.ids import encode_id
from gql_leads.services.app_context import AppContext
from tests.api.client import create, errors_of, mutate, private_fields
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import Clock

OPPORTUNITY = """opportunity { id version name stage amount { amount currency } expectedCloseDate owner { name } lead { id }
    account { name isPerson country } contact { firstName lastName account { name } } allowedActions createdAt updatedAt }"""
LISTS = """query($search: String) {
    accounts(search: $search) { totalCount nodes { name } } contacts(search: $search) { totalCount nodes { lastName } }
    opportunities(search: $search) { totalCount nodes { name } } }"""
NOWHERE = "00000000-0000-7000-8000-000000000000"


async def test_opportunity_is_created_and_closed_without_a_lead(world: World, ask: Ask, clock: Clock) -> None:
    account = await create(ask, world.rep, "saveAccount", "account", name="Contoso", country="FR")
    contact = await create(ask, world.rep, "saveContact", "contact", accountId=account, firstName="Aparna", lastName="Bosu")
    amount = {"amount": "12500.5", "currency": "EUR"}
    given = {"accountId": account, "contactId": contact, "name": "Ledger", "amount": amount, "expectedCloseDate": "2027-01-31"}
    payload = await mutate(ask, world.rep, "createOpportunity", OPPORTUNITY, **given)
    opportunity = payload["opportunity"].pop("id")
    assert payload == {
        "errors": [],
        "opportunity": {
            "version": 1, "name": "Ledger", "stage": "PROSPECTING", "amount": {"amount": "12500.50", "currency": "EUR"},
            "expectedCloseDate": "2027-01-31", "owner": {"name": "Rita Rep"}, "lead": None,
            "account": {"name": "Contoso", "isPerson": False, "country": "FR"},
            "contact": {"firstName": "Aparna", "lastName": "Bosu", "account": {"name": "Contoso"}},
            "allowedActions": ["EDIT", "CLOSE"], "createdAt": "2026-11-21T09:30:00.000Z", "updatedAt": "2026-11-21T09:30:00.000Z",
        },
    }  # fmt: skip
    clock.advance(minutes=1)
    edited = await mutate(
        ask, world.colleague, "updateOpportunity", OPPORTUNITY, opportunityId=opportunity, amount=None, stage="CLOSED_WON"
    )
    found = edited["opportunity"]
    assert (found["version"], found["stage"], found["amount"], found["allowedActions"]) == (2, "CLOSED_WON", None, [])
    again = await mutate(ask, world.rep, "updateOpportunity", "opportunity { id }", opportunityId=opportunity, name="New")
    assert again["opportunity"] is None
    assert errors_of(again) == [("InvalidInput", ["opportunityId"])]
    assert again["errors"][0]["message"] == "Choose an open opportunity: this one is closed as won, which is final."
    stale = await mutate(
        ask, world.rep, "updateOpportunity", "opportunity { id }", opportunityId=opportunity, name="New", expectedVersion=1
    )
    assert (errors_of(stale), stale["errors"][0]["currentVersion"]) == ([("VersionConflict", ["expectedVersion"])], 2)
    document = """mutation($input: UpdateOpportunityInput!) { updateOpportunity(input: $input) {
        errors { ... on VersionConflict { current { __typename id ... on Opportunity { version stage } } } } } }"""
    late = {"opportunityId": opportunity, "name": "New", "expectedVersion": 1}
    refused = (await ask(world.rep, document, input=late))["updateOpportunity"]
    assert refused["errors"] == [{"current": {"__typename": "Opportunity", "id": opportunity, "version": 2, "stage": "CLOSED_WON"}}]


async def test_explicit_null_removes_the_contact_from_its_account(world: World, ask: Ask) -> None:
    account = await create(ask, world.rep, "saveAccount", "account", name="Contoso")
    contact = await create(ask, world.rep, "saveContact", "contact", accountId=account, lastName="Bosu")
    for given, expected in (({"title": "CIO"}, {"name": "Contoso"}), ({"accountId": None}, None)):
        payload = await mutate(ask, world.rep, "saveContact", "contact { account { name } }", contactId=contact, **given)
        assert payload["contact"] == {"account": expected}


async def test_lists_are_searched_literally_and_without_case(world: World, ask: Ask) -> None:
    for name in ("École 100%", "Fabrikam"):
        account = await create(ask, world.rep, "saveAccount", "account", name=name)
        await create(
            ask, world.rep, "saveContact", "contact", accountId=account, firstName="Zoë", lastName=name, email=f"z@{name[:3]}.example"
        )
        await create(ask, world.rep, "createOpportunity", "opportunity", accountId=account, name=f"{name} - Ledger")
    expected = {"accounts": ["École 100%"], "contacts": ["École 100%"], "opportunities": ["École 100% - Ledger"]}
    for term in ("ÉCOLE", "100%", "e 1"):
        found = await ask(world.rep, LISTS, search=term)
        assert {kind: [next(iter(one.values())) for one in told["nodes"]] for kind, told in found.items()} == expected
    by_person = await ask(world.rep, LISTS, search="ZOË F")
    assert [told["totalCount"] for told in by_person.values()] == [0, 1, 0]
    by_address = await ask(world.rep, LISTS, search="@fab")
    assert [told["totalCount"] for told in by_address.values()] == [0, 1, 0]
    for term in ("_", "100%%", "*"):
        assert [told["totalCount"] for told in (await ask(world.rep, LISTS, search=term)).values()] == [0, 0, 0]
    blank = await ask(world.rep, LISTS, search=" ")
    assert [one["name"] for one in blank["accounts"]["nodes"]] == ["Fabrikam", "École 100%"]


@pytest.mark.parametrize("kind", ["accounts", "contacts", "opportunities"])
async def test_pages_go_both_ways_newest_first(world: World, ask: Ask, clock: Clock, kind: str) -> None:
    account = ""
    for number in range(5):
        account = await create(ask, world.rep, "saveAccount", "account", name=f"Account {number}")
        await create(ask, world.rep, "saveContact", "contact", lastName=f"Contact {number}")
        await create(ask, world.rep, "createOpportunity", "opportunity", accountId=account, name=f"Sale {number}")
        clock.advance(minutes=number % 2)
    document = f"""query($first: Int, $after: String, $last: Int, $before: String) {{
        {kind}(first: $first, after: $after, last: $last, before: $before) {{
            edges {{ cursor node {{ id }} }} pageInfo {{ hasNextPage hasPreviousPage endCursor startCursor }} }} }}"""
    whole = [edge["node"]["id"] for edge in (await ask(world.rep, document))[kind]["edges"]]
    assert len(whole) == 5
    forward: list[str] = []
    after = None
    while True:
        page = (await ask(world.rep, document, first=2, after=after))[kind]
        forward += [edge["node"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert forward == whole
    backward: list[str] = []
    before = None
    while True:
        page = (await ask(world.rep, document, last=2, before=before))[kind]
        backward = [edge["node"]["id"] for edge in page["edges"]] + backward
        before = page["pageInfo"]["startCursor"]
        if not page["pageInfo"]["hasPreviousPage"]:
            break
    assert backward == whole


async def test_opportunities_are_filtered(world: World, ask: Ask) -> None:
    account = await create(ask, world.rep, "saveAccount", "account", name="Contoso")
    other = await create(ask, world.rep, "saveAccount", "account", name="Fabrikam")
    await create(ask, world.rep, "createOpportunity", "opportunity", accountId=account, name="Mine")
    await create(ask, world.colleague, "createOpportunity", "opportunity", accountId=account, name="Won", stage="CLOSED_WON")
    await create(ask, world.colleague, "createOpportunity", "opportunity", accountId=other, name="Other")
    document = "query($filter: OpportunityFilter) { opportunities(filter: $filter) { totalCount nodes { name } } }"
    for filter_, expected in (
        ({}, ["Other", "Won", "Mine"]),
        ({"isMine": True}, ["Mine"]),
        ({"isMine": False}, ["Other", "Won"]),
        ({"stages": ["CLOSED_WON", "CLOSED_LOST"]}, ["Won"]),
        ({"stages": []}, []),
        ({"accountIds": [other]}, ["Other"]),
        ({"accountIds": [account], "isMine": None, "stages": ["PROSPECTING"]}, ["Mine"]),
        ({"accountIds": [encode_id("Account", NOWHERE)]}, []),
    ):
        found = (await ask(world.rep, document, filter=filter_))["opportunities"]
        assert ([one["name"] for one in found["nodes"]], found["totalCount"]) == (expected, len(expected)), filter_
    assert private_fields(OpportunityFilterInput) == {"isMine"}


async def test_each_partner_sees_its_own_and_the_vendor_all_of_them(app: AppContext, world: World, ask: Ask) -> None:
    account = await create(ask, world.rep, "saveAccount", "account", name="Contoso")
    contact = await create(ask, world.rep, "saveContact", "contact", accountId=account, lastName="Bosu")
    opportunity = await create(ask, world.rep, "createOpportunity", "opportunity", accountId=account, contactId=contact, name="Ledger")
    ids = [account, contact, opportunity]
    nodes = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Opportunity { allowedActions } } }"
    for who, sees in ((world.colleague, True), (world.profiles, True), (world.admin, True), (world.channel, True),
                      (world.seller, False), (world.rival, False)):  # fmt: skip
        assert [told["totalCount"] for told in (await ask(who, LISTS)).values()] == [int(sees)] * 3
        found = (await ask(who, nodes, ids=ids))["nodes"]
        assert [one and one["__typename"] for one in found] == (["Account", "Contact", "Opportunity"] if sees else [None] * 3)
        if sees:
            assert found[2]["allowedActions"] == ([] if who in world.vendor else ["EDIT", "CLOSE"])
    beside = await ask(
        world.channel, "{ accounts { nodes { contacts { totalCount nodes { lastName } } opportunities(first: 1) { nodes { name } } } } }"
    )
    assert beside["accounts"]["nodes"] == [
        {"contacts": {"totalCount": 1, "nodes": [{"lastName": "Bosu"}]}, "opportunities": {"nodes": [{"name": "Ledger"}]}}
    ]
    assert (await ask(world.rep, "query($id: ID!) { node(id: $id) { ... on Contact { lastName } } }", id=contact)) == {
        "node": {"lastName": "Bosu"}
    }
