"""Work that runs by itself: rows with a due time, taken in batches, so that any number of servers share it and each is done once."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.lead import LeadOutcome
from gql_leads.domain.leads.transitions import archived
from gql_leads.services.app_context import AppContext
from gql_leads.services.denormalization import update_listing_copies
from gql_leads.services.leads.bulk import BATCH, batch_size
from gql_leads.store import idempotency, retention, scheduled_jobs
from gql_leads.store.events import event_log
from gql_leads.store.search import search_purge


async def expire_leads(app: AppContext) -> bool:
    """Archive leads that nobody answered in time; whether there were any."""
    async with app.unit_of_work(None) as uow:
        due = await scheduled_jobs.lock_unanswered(uow, batch_size(uow))
        for locked in due:
            expired = archived(locked.lead, LeadOutcome.EXPIRED, uow.now)
            await uow.save(locked.lead, expired, TimelineKind.EXPIRED)
    return bool(due)


async def mark_leads_overdue(app: AppContext) -> bool:
    """Record that hot leads became overdue; whether there were any."""
    async with app.unit_of_work(None) as uow:
        due = await scheduled_jobs.lock_overdue(uow, batch_size(uow))
        for locked in due:
            await uow.save(locked.lead, replace(locked.lead, overdue_at=None), TimelineKind.CONTACT_OVERDUE)
    return bool(due)


async def purge_leads(app: AppContext) -> bool:
    """Remove what leads deleted long ago contained, but for their figures; whether there were any."""
    async with app.unit_of_work(None) as uow:
        return await retention.purge(uow, BATCH)


async def purge_search_index(app: AppContext) -> bool:
    """Take what was erased or purged out of the index of the search, step by step; whether there was any."""
    async with app.database.transaction() as connection:
        return await search_purge.forget(connection)


async def delete_old_records(app: AppContext) -> None:
    """Forget events and idempotency keys that are too old."""
    async with app.database.transaction() as connection:
        await event_log.trim(connection, app.now() - app.rules.keep_events)
        await idempotency.forget(connection, app.now() - app.rules.keep_idempotency)


JOBS: tuple[Callable[[AppContext], Awaitable[bool]], ...] = (
    mark_leads_overdue,
    expire_leads,
    purge_leads,
    update_listing_copies,
    purge_search_index,
)


async def run_due_jobs(app: AppContext) -> None:
    """Do everything that is due now."""
    for duty in JOBS:
        while await duty(app):
            pass
