"""Ids and titles by which marketplaces know listings."""

from uuid import UUID

from gql_leads.domain.leads.lead import ListingKind
from gql_leads.domain.listings import SaveListing
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.listings import save_listing
from gql_leads.store.organization import lists as organization
from gql_leads.store.organization.external_ids import listing_of_external_id, listing_of_title
from gql_leads.store.organization.lists import LISTINGS
from gql_leads.store.sql.rows import reader
from tests.factories import World
from tests.fixtures import make_listing
from tests.services.refusing import fields_at_fault

texts = reader(tuple[str, ...])
APP = SaveListing(name="Ledger", kind=ListingKind.APPLICATION)


async def test_listings_have_ids_of_marketplaces_that_nobody_else_has(app: AppContext, world: World) -> None:
    made = await save_listing(
        app, world.profiles, SaveListing(name="x", kind=APP.kind, external_ids=[" Acme.Ledger ", "acme.ledger", "acme.b"])
    )
    assert await external_ids(app, world.profiles, made) == await external_ids(app, world.admin, made) == ("acme.ledger", "acme.b")
    assert await external_ids(app, world.rival, made) is None
    assert await listing_of_external_id(app.database.reading, "ACME.LEDGER") == made
    taken = SaveListing(name="y", kind=APP.kind, partner_id=world.globex, external_ids=["globex.y", "ACME.B"])
    assert await fields_at_fault(app, save_listing(app, world.admin, taken)) == [("externalIds", "1")]
    assert await listing_of_external_id(app.database.reading, "globex.y") is None
    await save_listing(app, world.profiles, SaveListing(id=made, name="z"))
    assert await external_ids(app, world.profiles, made) == ("acme.ledger", "acme.b")
    await save_listing(app, world.profiles, SaveListing(id=made, external_ids=["acme.b"]))
    await save_listing(app, world.admin, SaveListing(name="y", kind=APP.kind, partner_id=world.globex, external_ids=["acme.ledger"]))
    await save_listing(app, world.profiles, SaveListing(id=made, external_ids=None))
    assert await external_ids(app, world.profiles, made) == ()
    for ids, field in ((["a"] * 51, ("externalIds",)), ([" "], ("externalIds", "0"))):
        assert await fields_at_fault(app, save_listing(app, world.profiles, SaveListing(id=made, external_ids=ids))) == [field]


async def external_ids(app: AppContext, viewer: Viewer, listing: UUID) -> tuple[str, ...] | None:
    found = (await organization.by_id(app.database.reading, viewer, LISTINGS, [listing]))[listing]["external_ids"]
    return None if found is None else texts(found)


async def test_only_one_published_listing_is_found_by_its_title(app: AppContext, world: World) -> None:
    reading = app.database.reading
    own = await make_listing(app, world.acme, "Ledger")
    await make_listing(app, world.acme, "Hidden", is_published=False)
    assert [await listing_of_title(reading, title) for title in ("LEDGER", "Hidden", "Other")] == [own, None, None]
    theirs = await make_listing(app, world.globex, "Ledger")
    assert [await listing_of_title(reading, "Ledger", partner) for partner in (None, world.acme, world.globex)] == [None, own, theirs]
