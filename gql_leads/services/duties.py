"""Work that runs by itself: rows with a due time, taken in batches, so that any number of servers share it and each is done once."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from gql_leads.domain.events import TimelineKind
from gql_leads.domain.lead import LeadOutcome
from gql_leads.services.archiving import archived
from gql_leads.services.batches import BATCH, at_once
from gql_leads.services.desk import Desk
from gql_leads.services.renaming import rename_some
from gql_leads.store import duties, forgetting, log, purging, repeating


async def expire(desk: Desk) -> bool:
    """Archive leads that nobody answered in time; whether there were any."""
    async with desk.change(None) as change:
        due = await duties.hold_unanswered(change, at_once(change))
        for held in due:
            expired = replace(archived(change, held.lead, LeadOutcome.EXPIRED), queue_id=None)
            await change.save(held.lead, expired, TimelineKind.EXPIRED)
    return bool(due)


async def mark_overdue(desk: Desk) -> bool:
    """Record that hot leads became overdue; whether there were any."""
    async with desk.change(None) as change:
        due = await duties.hold_overdue(change, at_once(change))
        for held in due:
            await change.save(held.lead, replace(held.lead, overdue_at=None), TimelineKind.CONTACT_OVERDUE)
    return bool(due)


async def purge(desk: Desk) -> bool:
    """Remove what leads deleted long ago contained, but for their figures; whether there were any."""
    async with desk.change(None) as change:
        return await purging.purge(change, BATCH)


async def forget(desk: Desk) -> bool:
    """Take what was erased or purged out of the index of the search, step by step; whether there was any."""
    async with desk.database.transaction() as connection:
        return await forgetting.forget(connection)


async def trim(desk: Desk) -> None:
    """Forget events and idempotency keys that are too old."""
    async with desk.database.transaction() as connection:
        await log.trim(connection, desk.now() - desk.rules.keep_events)
        await repeating.forget(connection, desk.now() - desk.rules.keep_idempotency)


DUTIES: tuple[Callable[[Desk], Awaitable[bool]], ...] = (mark_overdue, expire, purge, rename_some, forget)


async def do_what_is_due(desk: Desk) -> None:
    """Do everything that is due now."""
    for duty in DUTIES:
        while await duty(desk):
            pass
