"""Work that runs by itself: rows with a due time, taken in batches, so that any number of servers share it and each is done once."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.lead import LeadOutcome
from gql_leads.services.app_context import Desk
from gql_leads.services.denormalization import rename_some
from gql_leads.services.leads.archive import archived
from gql_leads.services.leads.bulk import BATCH, at_once
from gql_leads.store import idempotency, retention, scheduled_jobs
from gql_leads.store.events import event_log
from gql_leads.store.search import search_purge


async def expire(desk: Desk) -> bool:
    """Archive leads that nobody answered in time; whether there were any."""
    async with desk.change(None) as change:
        due = await scheduled_jobs.hold_unanswered(change, at_once(change))
        for held in due:
            expired = replace(archived(change, held.lead, LeadOutcome.EXPIRED), queue_id=None)
            await change.save(held.lead, expired, TimelineKind.EXPIRED)
    return bool(due)


async def mark_overdue(desk: Desk) -> bool:
    """Record that hot leads became overdue; whether there were any."""
    async with desk.change(None) as change:
        due = await scheduled_jobs.hold_overdue(change, at_once(change))
        for held in due:
            await change.save(held.lead, replace(held.lead, overdue_at=None), TimelineKind.CONTACT_OVERDUE)
    return bool(due)


async def purge(desk: Desk) -> bool:
    """Remove what leads deleted long ago contained, but for their figures; whether there were any."""
    async with desk.change(None) as change:
        return await retention.purge(change, BATCH)


async def forget(desk: Desk) -> bool:
    """Take what was erased or purged out of the index of the search, step by step; whether there was any."""
    async with desk.database.transaction() as connection:
        return await search_purge.forget(connection)


async def trim(desk: Desk) -> None:
    """Forget events and idempotency keys that are too old."""
    async with desk.database.transaction() as connection:
        await event_log.trim(connection, desk.now() - desk.rules.keep_events)
        await idempotency.forget(connection, desk.now() - desk.rules.keep_idempotency)


DUTIES: tuple[Callable[[Desk], Awaitable[bool]], ...] = (mark_overdue, expire, purge, rename_some, forget)


async def do_what_is_due(desk: Desk) -> None:
    """Do everything that is due now."""
    for duty in DUTIES:
        while await duty(desk):
            pass
