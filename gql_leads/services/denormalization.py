"""Leads follow the name and kind of their listing: in batches, each a transaction, so that whoever is interrupted can go on.

A listing says since when its leads may be behind (`renamed_at`), from the transaction that renamed it until none of them is. A lead is
searched, sorted and shown by its own copy of the name. A new name leaves version and timeline, and no event tells it; a new kind can change
what a stream's filter selects: an event tells it.
"""

from dataclasses import replace
from uuid import UUID

from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.lead import ListingKind
from gql_leads.services.app_context import Desk
from gql_leads.store import denormalization

BATCH = 500


async def rename_some(desk: Desk) -> bool:
    """Bring some leads up to date with their listings; whether there may be more."""
    listing_id = await denormalization.first_renamed(desk.database.reading)
    return listing_id is not None and (
        await _rename_leads(desk, listing_id) or await _change_kind_of_lead(desk, listing_id) or await _settle(desk, listing_id)
    )


async def _rename_leads(desk: Desk, listing_id: UUID) -> bool:
    async with desk.change(None) as change:
        return await denormalization.rename_leads(change.connection, listing_id, BATCH)


async def _change_kind_of_lead(desk: Desk, listing_id: UUID) -> bool:
    # One at a time: the log tells changes in the order of their transactions, each of which gets its place when it locks a lead.
    async with desk.change(None) as change:
        held = await change.hold_first(denormalization.of_another_kind(listing_id))
        if held is None:
            return False
        kind = await denormalization.kind_of(change.connection, listing_id)
        await denormalization.change_kind(change.connection, held.lead.id, kind)
        await change.tell(held.lead, replace(held.lead, listing_kind=ListingKind(kind)), TimelineKind.DETAILS_CHANGED, "listing")
    return True


async def _settle(desk: Desk, listing_id: UUID) -> bool:
    """No lead is behind any more, unless another one has come in or was locked just now."""
    async with desk.change(None) as change:
        await denormalization.settle(change.connection, listing_id)
    return True
