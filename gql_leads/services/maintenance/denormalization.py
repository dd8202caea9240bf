"""Copies of a listing's name and kind on its leads, updated in batches of one transaction each.

`listing.renamed_at` is set by the update of a listing and cleared once no lead has an old copy, so an interrupted run continues later.
Leads are searched, sorted and shown by their copy. A new name changes neither version nor history and has no event. A new kind can
change which streams a lead matches, so it has an event.
"""

from dataclasses import replace
from uuid import UUID

from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.lead import ListingKind
from gql_leads.services.app_context import AppContext
from gql_leads.store.maintenance import denormalization

BATCH = 500


async def update_listing_copies(app: AppContext) -> bool:
    """Update some leads of one renamed listing; return whether there may be more."""
    listing_id = await denormalization.first_renamed(app.database.reading)
    return listing_id is not None and (
        await _rename_leads(app, listing_id) or await _change_kind_of_lead(app, listing_id) or await _mark_up_to_date(app, listing_id)
    )


async def _rename_leads(app: AppContext, listing_id: UUID) -> bool:
    async with app.unit_of_work(None) as uow:
        return await denormalization.rename_leads(uow.connection, listing_id, BATCH)


async def _change_kind_of_lead(app: AppContext, listing_id: UUID) -> bool:
    # One lead a transaction: its place in the event log is fixed by its first lock (see `bulk.batch_size`).
    async with app.unit_of_work(None) as uow:
        locked = await uow.lock_first(denormalization.of_another_kind(listing_id))
        if locked is None:
            return False
        kind = await denormalization.kind_of(uow.connection, listing_id)
        await denormalization.change_kind(uow.connection, locked.lead.id, kind)
        await uow.record_change(locked.lead, replace(locked.lead, listing_kind=ListingKind(kind)), TimelineKind.DETAILS_CHANGED, "listing")
    return True


async def _mark_up_to_date(app: AppContext, listing_id: UUID) -> bool:
    """Clear `renamed_at` unless a lead with an old copy was added or locked meanwhile."""
    async with app.unit_of_work(None) as uow:
        await denormalization.clear_renamed(uow.connection, listing_id)
    return True
