"""Copies of a listing's name and kind in its leads."""

from uuid import UUID

from gql_leads.domain.leads.lead import ListingKind
from gql_leads.services.app_context import AppContext
from gql_leads.store.maintenance import denormalization
from gql_leads.store.organization import lists as organization
from tests.factories import World
from tests.fixtures import load_lead, make_lead, make_listing


async def listed_lead(app: AppContext, world: World, listing: UUID) -> UUID:
    return await make_lead(
        app, partner=world.acme, listing_id=listing, listing_name="Ledger", listing_kind=ListingKind.APPLICATION, company="Contoso"
    )


async def change(app: AppContext, listing: UUID, **columns: object) -> None:
    async with app.unit_of_work(None) as uow:
        await organization.update(uow.connection, organization.LISTINGS, listing, {**columns, "renamed_at": uow.now})


async def test_leads_get_their_listings_name_in_batches_until_none_differs(app: AppContext, world: World) -> None:
    listing = await make_listing(app, world.acme)
    leads = [await listed_lead(app, world, listing) for _ in range(3)]
    assert await denormalization.first_renamed(app.database.reading) is None
    await change(app, listing, name="LEDGER Pro")
    assert await denormalization.first_renamed(app.database.reading) == listing
    async with app.unit_of_work(None) as uow:
        await denormalization.clear_renamed(uow.connection, listing)
        assert await denormalization.first_renamed(uow.connection) == listing
        assert [await denormalization.rename_leads(uow.connection, listing, 2) for _ in range(3)] == [True, True, False]
        await denormalization.clear_renamed(uow.connection, listing)
        assert await denormalization.first_renamed(uow.connection) is None
    assert [(await load_lead(app, lead)).listing_name for lead in leads] == ["LEDGER Pro"] * 3
    rows = await app.database.reading.fetch("SELECT listing_key, search_open FROM lead")
    assert {row["listing_key"] for row in rows} == {"ledger pro"}
    assert all("ledger pro" in row["search_open"] for row in rows)


async def test_a_lead_of_another_kind_than_its_listing_is_found_and_changed(app: AppContext, world: World) -> None:
    listing = await make_listing(app, world.acme)
    lead = await listed_lead(app, world, listing)
    await change(app, listing, kind=ListingKind.SERVICE)
    async with app.unit_of_work(None) as uow:
        locked = await uow.lock_first(denormalization.of_another_kind(listing))
        assert locked is not None
        assert locked.lead.id == lead
        await denormalization.clear_renamed(uow.connection, listing)
        assert await denormalization.first_renamed(uow.connection) == listing
        await denormalization.change_kind(uow.connection, lead, await denormalization.kind_of(uow.connection, listing))
        assert await uow.lock_first(denormalization.of_another_kind(listing)) is None
        await denormalization.clear_renamed(uow.connection, listing)
        assert await denormalization.first_renamed(uow.connection) is None
    assert (await load_lead(app, lead)).listing_kind is ListingKind.SERVICE
