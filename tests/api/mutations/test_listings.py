"""Listings and business profiles through the API."""

from gql_leads.api.values.ids import encode_id
from gql_leads.services.app_context import AppContext
from tests.api.client import errors_of, mutate
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import make_lead, make_listing

UNKNOWN = "00000000-0000-7000-8000-000000000000"


async def test_listing_is_created_renamed_and_unpublished(app: AppContext, world: World, ask: Ask) -> None:
    payload = "listing { id name kind callsToAction isPublished partner { name } }"
    made = await mutate(ask, world.profiles, "saveListing", payload, name="Ledger", kind="APPLICATION", callsToAction=["FREE_TRIAL"])
    listing = made["listing"]["id"]
    facts = {"id": listing, "kind": "APPLICATION", "callsToAction": ["FREE_TRIAL"], "partner": {"name": "Acme Cloud"}}
    assert made == {"listing": {**facts, "name": "Ledger", "isPublished": True}, "errors": []}
    changed = await mutate(ask, world.profiles, "saveListing", payload, listingId=listing, name="Books", isPublished=False)
    assert changed["listing"] == {**facts, "name": "Books", "isPublished": False}
    node = "query($id: ID!) { node(id: $id) { ... on Listing { name } } }"
    assert await ask(world.rep, node, id=listing) == {"node": {"name": "Books"}}
    assert await ask(world.rival, node, id=listing) == {"node": None}


async def test_renamed_listings_leads_are_found_by_its_name(app: AppContext, world: World, ask: Ask) -> None:
    listing = await make_listing(app, world.acme, "Ledger")
    await make_lead(app, partner=world.acme, listing_id=listing, listing_name="Ledger")
    await mutate(ask, world.admin, "saveListing", "listing { id }", listingId=encode_id("Listing", listing), name="Books")
    document = "query($search: String) { leads(search: $search) { nodes { version listing { name } } } }"
    assert (await ask(world.rep, document, search="books"))["leads"]["nodes"] == [{"version": 1, "listing": {"name": "Books"}}]
    assert (await ask(world.rep, document, search="ledger"))["leads"]["nodes"] == []


async def test_profile_is_created_and_changed(app: AppContext, world: World, ask: Ask) -> None:
    payload = "profile { id location country contactEmail keywords companySizes partner { name } }"
    given = {"location": "Lyon", "country": "FR", "contactEmail": "lyon@acme.example", "keywords": ["ERP"]}
    made = await mutate(
        ask, world.admin, "saveBusinessProfile", payload,
        partnerId=encode_id("Partner", world.acme), companySizes=["EMPLOYEES_1_TO_9"], **given,
    )  # fmt: skip
    profile = made["profile"]["id"]
    facts = {"id": profile, **given, "partner": {"name": "Acme Cloud"}}
    assert made["profile"] == {**facts, "companySizes": ["EMPLOYEES_1_TO_9"]}
    changed = await mutate(ask, world.profiles, "saveBusinessProfile", payload, profileId=profile, companySizes=None)
    assert changed["profile"] == {**facts, "companySizes": []}


async def test_unknown_record_is_not_found(world: World, ask: Ask) -> None:
    for mutation, given, field in (
        ("saveListing", {"listingId": encode_id("Listing", UNKNOWN), "name": "x"}, "listingId"),
        ("saveListing", {"partnerId": encode_id("Partner", UNKNOWN), "name": "x", "kind": "SERVICE"}, "partnerId"),
        ("saveBusinessProfile", {"profileId": encode_id("BusinessProfile", UNKNOWN), "location": "x"}, "profileId"),
        ("updateMember", {"memberId": encode_id("Member", UNKNOWN), "name": "x"}, "memberId"),
    ):
        assert errors_of(await mutate(ask, world.admin, mutation, "errors { message }", **given)) == [("NotFound", [field])]
