"""The ids that marketplaces know listings by."""

from collections.abc import Collection
from uuid import UUID

from gql_leads.domain.values.text_folding import fold
from gql_leads.store.database.connection import Connection
from gql_leads.store.models.organization import Listing, ListingExternalId


async def replace_external_ids(connection: Connection, listing_id: UUID, ids: Collection[str]) -> set[str]:
    """Give the listing these ids instead of those it had; return the folded ids that another listing has."""
    rows = ListingExternalId.all(using_db=connection.client)
    await rows.filter(listing_id=listing_id).delete()
    keys = {fold(one) for one in ids}
    wanted = [ListingExternalId(key=key, listing_id=listing_id) for key in sorted(keys)]
    await ListingExternalId.bulk_create(wanted, ignore_conflicts=True, using_db=connection.client)
    return {row.key for row in await rows.filter(key__in=keys).exclude(listing_id=listing_id)} if keys else set()


async def listing_of_external_id(connection: Connection, external_id: str, partner_id: UUID | None = None) -> UUID | None:
    """Return the listing (of the partner, if one is given) that a marketplace knows by this id, or None."""
    rows = ListingExternalId.filter(key=fold(external_id)).using_db(connection.client)
    row = await (rows if partner_id is None else rows.filter(listing__partner_id=partner_id)).first()
    return None if row is None else row.listing_id


async def listing_of_title(connection: Connection, title: str, partner_id: UUID | None = None) -> UUID | None:
    """Return the only published listing (of the partner, if one is given) with this title, or None."""
    rows = Listing.filter(name_key=fold(title), is_published=True).using_db(connection.client)
    found = await (rows if partner_id is None else rows.filter(partner_id=partner_id)).limit(2)
    return found[0].id if len(found) == 1 else None
