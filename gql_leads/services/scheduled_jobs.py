"""Work that runs by itself: rows with a due time, taken in batches, so that any number of servers share it and each is done once."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.lead import LeadOutcome
from gql_leads.services.app_context import AppContext
from gql_leads.services.denormalization import rename_some
from gql_leads.services.leads.archive import archived
from gql_leads.services.leads.bulk import BATCH, at_once
from gql_leads.store import idempotency, retention, scheduled_jobs
from gql_leads.store.events import event_log
from gql_leads.store.search import search_purge


async def expire(app: AppContext) -> bool:
    """Archive leads that nobody answered in time; whether there were any."""
    async with app.unit_of_work(None) as uow:
        due = await scheduled_jobs.lock_unanswered(uow, at_once(uow))
        for locked in due:
            expired = replace(archived(uow, locked.lead, LeadOutcome.EXPIRED), queue_id=None)
            await uow.save(locked.lead, expired, TimelineKind.EXPIRED)
    return bool(due)


async def mark_overdue(app: AppContext) -> bool:
    """Record that hot leads became overdue; whether there were any."""
    async with app.unit_of_work(None) as uow:
        due = await scheduled_jobs.lock_overdue(uow, at_once(uow))
        for locked in due:
            await uow.save(locked.lead, replace(locked.lead, overdue_at=None), TimelineKind.CONTACT_OVERDUE)
    return bool(due)


async def purge(app: AppContext) -> bool:
    """Remove what leads deleted long ago contained, but for their figures; whether there were any."""
    async with app.unit_of_work(None) as uow:
        return await retention.purge(uow, BATCH)


async def forget(app: AppContext) -> bool:
    """Take what was erased or purged out of the index of the search, step by step; whether there was any."""
    async with app.database.transaction() as connection:
        return await search_purge.forget(connection)


async def trim(app: AppContext) -> None:
    """Forget events and idempotency keys that are too old."""
    async with app.database.transaction() as connection:
        await event_log.trim(connection, app.now() - app.rules.keep_events)
        await idempotency.forget(connection, app.now() - app.rules.keep_idempotency)


DUTIES: tuple[Callable[[AppContext], Awaitable[bool]], ...] = (mark_overdue, expire, purge, rename_some, forget)


async def do_what_is_due(app: AppContext) -> None:
    """Do everything that is due now."""
    for duty in DUTIES:
        while await duty(app):
            pass
