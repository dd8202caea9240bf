"""Listings and business profiles: who keeps them, what is wrong with them, and that leads follow a listing's name and kind."""

import asyncio
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.domain.errors import NotFound, NotPermitted
from gql_leads.domain.events import LeadSnapshot
from gql_leads.domain.leads.filters import Filter
from gql_leads.domain.leads.lead import CallToAction, CompanySize, LeadSource, LeadType, ListingKind
from gql_leads.domain.listings import SaveBusinessProfile, SaveListing
from gql_leads.domain.viewer import Viewer
from gql_leads.services import scheduled_jobs
from gql_leads.services.app_context import AppContext
from gql_leads.services.denormalization import BATCH
from gql_leads.services.leads import deletion
from gql_leads.services.listings import save_business_profile, save_listing
from gql_leads.store import organization
from gql_leads.store.leads import lists
from gql_leads.store.leads.lists import LeadQuery
from gql_leads.store.organization import LISTINGS, PROFILES, Kind
from gql_leads.store.sql.rows import Row, decode_json, reader
from tests.factories import World
from tests.fixtures import enter_lead, load_lead, make_lead, make_listing, make_profile
from tests.services.refusing import fields_at_fault, refused

texts = reader(tuple[str, ...])
APP = SaveListing(name=" Ledger Pro ", kind=ListingKind.APPLICATION)


async def record(app: AppContext, viewer: Viewer, kind: Kind, record_id: UUID) -> Row:
    return (await organization.by_id(app.database.reading, viewer, kind, [record_id]))[record_id]


async def test_a_profile_admin_makes_a_listing_and_changes_what_is_given(app: AppContext, world: World) -> None:
    calls = [CallToAction.CONTACT_ME, CallToAction.FREE_TRIAL, CallToAction.CONTACT_ME]
    made = await save_listing(app, world.profiles, SaveListing(name=APP.name, kind=APP.kind, calls_to_action=calls))
    row = await record(app, world.rep, LISTINGS, made)
    assert (row["name"], row["kind"], bool(row["is_published"])) == ("Ledger Pro", "APPLICATION", True)
    assert texts(row["calls_to_action"]) == ("CONTACT_ME", "FREE_TRIAL")
    assert await save_listing(app, world.profiles, SaveListing(id=made, is_published=False, calls_to_action=None)) == made
    row = await record(app, world.rep, LISTINGS, made)
    assert (row["name"], bool(row["is_published"]), texts(row["calls_to_action"])) == ("Ledger Pro", False, ())
    assert not await organization.by_id(app.database.reading, world.rival, LISTINGS, [made])


async def test_a_profile_admin_makes_a_profile_and_changes_what_is_given(app: AppContext, world: World) -> None:
    sizes = [CompanySize.EMPLOYEES_10_TO_50, CompanySize.EMPLOYEES_10_TO_50]
    given = SaveBusinessProfile(
        location="Lyon", country="FR", contact_email=" Office@Partner.example ", keywords=["Cloud", "cloud", " ERP "], company_sizes=sizes
    )
    made = await save_business_profile(app, world.profiles, given)
    row = await record(app, world.rep, PROFILES, made)
    assert (row["location"], row["country"], row["contact_email"]) == ("Lyon", "FR", "Office@partner.example")
    assert (texts(row["keywords"]), texts(row["company_sizes"])) == (("cloud", "ERP"), ("EMPLOYEES_10_TO_50",))
    await save_business_profile(app, world.profiles, SaveBusinessProfile(id=made, country=None, contact_email=None, keywords=None))
    row = await record(app, world.rep, PROFILES, made)
    assert (row["location"], row["country"], row["contact_email"], texts(row["keywords"])) == ("Lyon", None, None, ())
    assert texts(row["company_sizes"]) == ("EMPLOYEES_10_TO_50",)


async def test_administrators_name_the_partner_of_what_they_make(app: AppContext, world: World) -> None:
    listing = await save_listing(app, world.admin, SaveListing(name="x", kind=ListingKind.SERVICE, partner_id=world.globex))
    profile = await save_business_profile(app, world.admin, SaveBusinessProfile(location="x", partner_id=world.globex))
    for kind, made in ((LISTINGS, listing), (PROFILES, profile)):
        assert str((await record(app, world.admin, kind, made))["partner_id"]) == str(world.globex)
    await save_listing(app, world.admin, SaveListing(id=listing, name="y", partner_id=world.globex))
    assert await fields_at_fault(app, save_listing(app, world.admin, APP)) == [("partnerId",)]
    assert await fields_at_fault(app, save_listing(app, world.admin, SaveListing(id=listing, partner_id=world.acme))) == [("partnerId",)]
    assert await fields_at_fault(app, save_business_profile(app, world.admin, SaveBusinessProfile(id=profile, partner_id=None))) == [
        ("partnerId",)
    ]
    unknown = await refused(app, save_business_profile(app, world.admin, SaveBusinessProfile(location="x", partner_id=uuid7())))
    assert (type(unknown), unknown.field) == (NotFound, ("partnerId",))


async def test_everything_wrong_is_told_at_once(app: AppContext, world: World) -> None:
    wrong = SaveBusinessProfile(location=" ", country="XX", contact_email="nobody", keywords=["ok", " ", "x" * 101], company_sizes=None)
    named = [("location",), ("country",), ("contactEmail",), ("keywords", "1"), ("keywords", "2")]
    assert await fields_at_fault(app, save_business_profile(app, world.profiles, wrong)) == named
    many = SaveBusinessProfile(location="x" * 201, keywords=["x"] * 51)
    assert await fields_at_fault(app, save_business_profile(app, world.profiles, many)) == [("location",), ("keywords",)]
    assert await fields_at_fault(app, save_listing(app, world.profiles, SaveListing())) == [("name",), ("kind",)]
    cleared = SaveListing(id=uuid7(), name=None, kind=None, is_published=None)
    assert await fields_at_fault(app, save_listing(app, world.profiles, cleared)) == [("name",), ("kind",), ("isPublished",)]


async def test_others_keep_none(app: AppContext, world: World) -> None:
    listing, profile = await make_listing(app, world.acme), await make_profile(app, world.acme)
    for who in (world.rep, world.referrals, world.channel, world.seller):
        partner = world.acme if who.is_vendor else None
        for attempt in (
            save_listing(app, who, SaveListing(id=listing, name="x")),
            save_listing(app, who, SaveListing(name="x", kind=ListingKind.SERVICE, partner_id=partner)),
            save_business_profile(app, who, SaveBusinessProfile(id=profile, location="x")),
            save_business_profile(app, who, SaveBusinessProfile(location="x", partner_id=partner)),
        ):
            assert isinstance(await refused(app, attempt), NotPermitted)


async def test_another_partners_are_not_found(app: AppContext, world: World) -> None:
    listing, hidden = await make_listing(app, world.globex), await make_listing(app, world.globex, is_published=False)
    profile = await make_profile(app, world.globex)
    attempts = [(save_listing(app, world.profiles, SaveListing(id=one, name="x")), "listingId") for one in (listing, hidden, uuid7())]
    attempts += [
        (save_business_profile(app, world.profiles, SaveBusinessProfile(id=one, location="x")), "profileId") for one in (profile, uuid7())
    ]
    attempts += [(save_business_profile(app, world.profiles, SaveBusinessProfile(location="x", partner_id=world.globex)), "partnerId")]
    for attempt, field in attempts:
        refusal = await refused(app, attempt)
        assert (type(refusal), refusal.message, refusal.field) == (NotFound, NotFound().message, (field,))
    assert await save_business_profile(app, world.profiles, SaveBusinessProfile(location="x", partner_id=world.acme))


async def test_leads_follow_a_listings_name_without_growing_their_version(app: AppContext, world: World) -> None:
    listing = await make_listing(app, world.acme, "Ledger")
    lead = await make_lead(app, partner=world.acme, listing_id=listing, listing_name="Ledger", listing_kind=ListingKind.APPLICATION)
    other = await make_lead(app, partner=world.acme, listing_name="Ledger")
    before, events = await load_lead(app, lead), await count(app, "event")
    await save_listing(app, world.profiles, SaveListing(id=listing, name="Été & Co"))
    after = await load_lead(app, lead)
    assert (after.listing_name, after.version, after.updated_at) == ("Été & Co", before.version, before.updated_at)
    assert await count(app, "event") == events
    reader = app.reader(world.rep)
    assert await lists.total(reader, LeadQuery("éTÉ & c")) == 1
    assert await lists.total(reader, LeadQuery("contoso")) == 2
    assert await lists.total(reader, LeadQuery("ledger")) == 1
    assert (await load_lead(app, other)).listing_name == "Ledger"
    row = await app.database.writing.fetch_one("SELECT listing_key FROM lead WHERE id = ?", lead)
    assert row is not None
    assert row["listing_key"] == "été & co"


async def test_many_leads_follow_even_if_the_server_stops_half_way(app: AppContext, world: World) -> None:
    listing = await make_listing(app, world.acme, "Ledger")
    facts: dict[str, Any] = {"listing_id": listing, "listing_name": "Ledger", "listing_kind": ListingKind.APPLICATION}
    first = await make_lead(app, partner=world.acme, **facts)
    await multiply(app, first, BATCH + 1)
    deleted = await deletion.delete_lead(app, world.referrals, await make_lead(app, partner=world.acme, **facts))
    await save_listing(app, world.profiles, SaveListing(id=listing, name="Books"))
    behind = "SELECT count(*) AS total FROM lead WHERE listing_name = 'Ledger'"
    row = await app.database.writing.fetch_one(behind)
    assert row is not None
    assert row["total"] == 3
    await scheduled_jobs.run_due_jobs(app)  # as the next server does
    row = await app.database.writing.fetch_one(behind)
    assert row is not None
    assert row["total"] == 0
    assert (await load_lead(app, deleted)).listing_name == "Books"
    assert not await app.database.writing.fetch("SELECT id FROM listing WHERE renamed_at IS NOT NULL")


async def test_a_new_kind_is_told_to_streams_that_filter_by_it(app: AppContext, world: World) -> None:
    listing = await make_listing(app, world.acme, "Ledger")
    facts: dict[str, Any] = {"listing_id": listing, "listing_name": "Ledger", "listing_kind": ListingKind.APPLICATION}
    ids = [await make_lead(app, partner=world.acme, **facts), await make_lead(app, **facts)]
    start = await count(app, "event")
    await save_listing(app, world.profiles, SaveListing(id=listing, kind=ListingKind.SERVICE, name="Books"))
    await scheduled_jobs.run_due_jobs(app)
    rows = await app.database.writing.fetch("SELECT * FROM event ORDER BY id")
    told = {UUID(str(row["lead_id"])): row for row in rows[start:]}
    assert told.keys() == set(ids)
    for lead_id, row in told.items():
        assert row["kind"] == "DETAILS_CHANGED"
        kinds = [decode_json(LeadSnapshot, row[name]).listing_kind for name in ("before", "after")]
        assert kinds == [ListingKind.APPLICATION, ListingKind.SERVICE]
        lead = await load_lead(app, lead_id)
        assert (lead.listing_kind, lead.listing_name, lead.version) == (ListingKind.SERVICE, "Books", 1)
    assert await lists.total(app.reader(world.rep), LeadQuery(filter=Filter(listing_kind=(ListingKind.SERVICE,)))) == 2


async def test_leads_that_come_in_while_their_listing_is_renamed_have_its_last_name(app: AppContext, world: World) -> None:
    listing = await make_listing(app, world.acme, "Name 0")
    new = {"type": LeadType.OFFER, "source": LeadSource.API, "listing_id": listing}

    async def rename() -> None:
        for number in range(1, 6):
            await save_listing(app, world.profiles, SaveListing(id=listing, name=f"Name {number}"))

    made, _ = await asyncio.gather(asyncio.gather(*(enter_lead(app, world.rep, **new) for _ in range(20))), rename())
    await scheduled_jobs.run_due_jobs(app)
    assert {(await load_lead(app, lead)).listing_name for lead in made} == {"Name 5"}


async def count(app: AppContext, table: str) -> int:
    row = await app.database.writing.fetch_one(f"SELECT count(*) AS total FROM {table}")
    assert row is not None
    return int(row["total"])


async def multiply(app: AppContext, lead: UUID, times: int) -> None:
    """More leads like this one."""
    row = await app.database.writing.fetch_one("SELECT * FROM lead WHERE id = ?", lead)
    columns = dict(row)  # type: ignore[call-overload]
    copies = [{**columns, "id": uuid7(), "reference": f"L-C{number:05d}"} for number in range(times)]
    await app.database.writing.execute_many(
        f"INSERT INTO lead ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", [tuple(one.values()) for one in copies]
    )
