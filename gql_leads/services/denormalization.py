"""Leads follow the name and kind of their listing: in batches, each a transaction, so that whoever is interrupted can go on.

A listing says since when its leads may be behind (`renamed_at`), from the transaction that renamed it until none of them is. A lead is
searched, sorted and shown by its own copy of the name. A new name leaves version and timeline, and no event tells it; a new kind can change
what a stream's filter selects: an event tells it.
"""

from dataclasses import replace
from uuid import UUID

from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.lead import ListingKind
from gql_leads.services.app_context import AppContext
from gql_leads.store import denormalization

BATCH = 500


async def update_listing_copies(app: AppContext) -> bool:
    """Bring some leads up to date with their listings; whether there may be more."""
    listing_id = await denormalization.first_renamed(app.database.reading)
    return listing_id is not None and (
        await _rename_leads(app, listing_id) or await _change_kind_of_lead(app, listing_id) or await _mark_up_to_date(app, listing_id)
    )


async def _rename_leads(app: AppContext, listing_id: UUID) -> bool:
    async with app.unit_of_work(None) as uow:
        return await denormalization.rename_leads(uow.connection, listing_id, BATCH)


async def _change_kind_of_lead(app: AppContext, listing_id: UUID) -> bool:
    # One at a time: the log tells changes in the order of their transactions, each of which gets its place when it locks a lead.
    async with app.unit_of_work(None) as uow:
        locked = await uow.lock_first(denormalization.of_another_kind(listing_id))
        if locked is None:
            return False
        kind = await denormalization.kind_of(uow.connection, listing_id)
        await denormalization.change_kind(uow.connection, locked.lead.id, kind)
        await uow.tell(locked.lead, replace(locked.lead, listing_kind=ListingKind(kind)), TimelineKind.DETAILS_CHANGED, "listing")
    return True


async def _mark_up_to_date(app: AppContext, listing_id: UUID) -> bool:
    """No lead is behind any more, unless another one has come in or was locked just now."""
    async with app.unit_of_work(None) as uow:
        await denormalization.settle(uow.connection, listing_id)
    return True
