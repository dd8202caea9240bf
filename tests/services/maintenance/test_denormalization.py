"""Leads get the new name and kind of their listing."""

import asyncio
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.domain.leads.filters import Filter
from gql_leads.domain.leads.lead import LeadSource, LeadType, ListingKind
from gql_leads.domain.leads.snapshots import LeadSnapshot
from gql_leads.domain.listings import SaveListing
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import deletion
from gql_leads.services.listings import save_listing
from gql_leads.services.maintenance import scheduled_jobs
from gql_leads.services.maintenance.denormalization import BATCH
from gql_leads.store.leads import lists
from gql_leads.store.leads.lists import LeadQuery
from gql_leads.store.sql.rows import decode_json
from tests.factories import World
from tests.fixtures import enter_lead, load_lead, make_lead, make_listing


async def test_leads_get_a_listings_new_name_without_a_new_version(app: AppContext, world: World) -> None:
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


async def test_many_leads_are_updated_even_if_the_server_stops_in_between(app: AppContext, world: World) -> None:
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
    await scheduled_jobs.run_due_jobs(app)  # A server that starts later does the same.
    row = await app.database.writing.fetch_one(behind)
    assert row is not None
    assert row["total"] == 0
    assert (await load_lead(app, deleted)).listing_name == "Books"
    assert not await app.database.writing.fetch("SELECT id FROM listing WHERE renamed_at IS NOT NULL")


async def test_a_new_kind_has_an_event_for_streams_that_filter_by_it(app: AppContext, world: World) -> None:
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


async def test_leads_created_during_a_rename_get_the_last_name(app: AppContext, world: World) -> None:
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
    """Insert copies of this lead."""
    row = await app.database.writing.fetch_one("SELECT * FROM lead WHERE id = ?", lead)
    columns = dict(row)  # type: ignore[call-overload]
    copies = [{**columns, "id": uuid7(), "reference": f"L-C{number:05d}"} for number in range(times)]
    await app.database.writing.execute_many(
        f"INSERT INTO lead ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", [tuple(one.values()) for one in copies]
    )
