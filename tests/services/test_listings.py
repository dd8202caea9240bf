"""Listings and business profiles: creation, update and permissions."""

from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.domain.errors import NotFound, NotPermitted
from gql_leads.domain.leads.lead import CallToAction, CompanySize, ListingKind
from gql_leads.domain.listings import SaveBusinessProfile, SaveListing
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.listings import save_business_profile, save_listing
from gql_leads.store.organization import lists as organization
from gql_leads.store.organization.lists import LISTINGS, PROFILES, Kind
from gql_leads.store.sql.rows import Row, reader
from tests.factories import World
from tests.fixtures import make_listing, make_profile
from tests.services.refusing import fields_at_fault, refused

texts = reader(tuple[str, ...])
APP = SaveListing(name=" Ledger Pro ", kind=ListingKind.APPLICATION)


async def record(app: AppContext, viewer: Viewer, kind: Kind, record_id: UUID) -> Row:
    return (await organization.by_id(app.database.reading, viewer, kind, [record_id]))[record_id]


async def test_a_profile_admin_creates_a_listing_and_updates_given_fields(app: AppContext, world: World) -> None:
    calls = [CallToAction.CONTACT_ME, CallToAction.FREE_TRIAL, CallToAction.CONTACT_ME]
    made = await save_listing(app, world.profiles, SaveListing(name=APP.name, kind=APP.kind, calls_to_action=calls))
    row = await record(app, world.rep, LISTINGS, made)
    assert (row["name"], row["kind"], bool(row["is_published"])) == ("Ledger Pro", "APPLICATION", True)
    assert texts(row["calls_to_action"]) == ("CONTACT_ME", "FREE_TRIAL")
    assert await save_listing(app, world.profiles, SaveListing(id=made, is_published=False, calls_to_action=None)) == made
    row = await record(app, world.rep, LISTINGS, made)
    assert (row["name"], bool(row["is_published"]), texts(row["calls_to_action"])) == ("Ledger Pro", False, ())
    assert not await organization.by_id(app.database.reading, world.rival, LISTINGS, [made])


async def test_a_profile_admin_creates_a_profile_and_updates_given_fields(app: AppContext, world: World) -> None:
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


async def test_administrators_must_name_the_partner_of_a_new_record(app: AppContext, world: World) -> None:
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


async def test_every_faulty_field_is_reported_at_once(app: AppContext, world: World) -> None:
    wrong = SaveBusinessProfile(location=" ", country="XX", contact_email="nobody", keywords=["ok", " ", "x" * 101], company_sizes=None)
    named = [("location",), ("country",), ("contactEmail",), ("keywords", "1"), ("keywords", "2")]
    assert await fields_at_fault(app, save_business_profile(app, world.profiles, wrong)) == named
    many = SaveBusinessProfile(location="x" * 201, keywords=["x"] * 51)
    assert await fields_at_fault(app, save_business_profile(app, world.profiles, many)) == [("location",), ("keywords",)]
    assert await fields_at_fault(app, save_listing(app, world.profiles, SaveListing())) == [("name",), ("kind",)]
    cleared = SaveListing(id=uuid7(), name=None, kind=None, is_published=None)
    assert await fields_at_fault(app, save_listing(app, world.profiles, cleared)) == [("name",), ("kind",), ("isPublished",)]


async def test_other_roles_may_not_save_listings_or_profiles(app: AppContext, world: World) -> None:
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


async def test_another_partners_listings_and_profiles_are_not_found(app: AppContext, world: World) -> None:
    listing, hidden = await make_listing(app, world.globex), await make_listing(app, world.globex, is_published=False)
    profile = await make_profile(app, world.globex)
    attempts = [(save_listing(app, world.profiles, SaveListing(id=one, name="x")), "listingId") for one in (listing, hidden, uuid7())]
    attempts += [
        (save_business_profile(app, world.profiles, SaveBusinessProfile(id=one, location="x")), "profileId") for one in (profile, uuid7())
    ]
    attempts += [(save_business_profile(app, world.profiles, SaveBusinessProfile(location="x", partner_id=world.globex)), "partnerId")]
    whose = [
        "This is the listing of another partner. Choose one of your own partner's.", NotFound().message, NotFound().message,
        "This is the business profile of another partner. Choose one of your own partner's.", NotFound().message,
        "This is another partner. Leave the partnerId out: it becomes your own partner's.",
    ]  # fmt: skip
    for (attempt, field), message in zip(attempts, whose, strict=True):
        refusal = await refused(app, attempt)
        assert (type(refusal), refusal.message, refusal.field) == (NotFound, message, (field,))
    assert await save_business_profile(app, world.profiles, SaveBusinessProfile(location="x", partner_id=world.acme))


async def count(app: AppContext, table: str) -> int:
    row = await app.database.writing.fetch_one(f"SELECT count(*) AS total FROM {table}")
    assert row is not None
    return int(row["total"])
